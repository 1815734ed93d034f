"""What happens to the simulation, and who is told: the callbacks of ``isaacsim.core.simulation_manager``."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeAlias

from pxr import Tf, Usd

from rendersdg.errors import BadArgument
from rendersdg.omni.kit.carb_eventdispatcher import get_eventdispatcher
from rendersdg.omni.kit.physics_core import get_physics_simulation_interface
from rendersdg.omni.kit.timeline import TimelineEventType, get_timeline_interface
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host

__all__ = ["IsaacEvents", "SimulationEvent"]


class SimulationEvent(Enum):
    """What happens to the simulation."""

    PHYSICS_PRE_STEP = "isaacsim.simulation.physics_pre_step"
    PHYSICS_POST_STEP = "isaacsim.simulation.physics_post_step"
    SIMULATION_SETUP = "isaacsim.simulation.simulation_setup"
    SIMULATION_STARTED = "isaacsim.simulation.started"
    SIMULATION_PAUSED = "isaacsim.simulation.paused"
    SIMULATION_RESUMED = "isaacsim.simulation.resumed"
    SIMULATION_STOPPED = "isaacsim.simulation.stopped"
    PRIM_DELETED = "isaacsim.simulation.prim_deleted"


class IsaacEvents(Enum):
    """The same by their older names."""

    PHYSICS_WARMUP = "isaac.physics_warmup"
    SIMULATION_VIEW_CREATED = "isaac.simulation_view_created"
    PHYSICS_READY = "isaac.physics_ready"
    POST_RESET = "isaac.post_reset"
    PRIM_DELETION = "isaac.prim_deletion"
    PRE_PHYSICS_STEP = "isaac.pre_physics_step"
    POST_PHYSICS_STEP = "isaac.post_physics_step"
    TIMELINE_STOP = "isaac.timeline_stop"


SomeEvent: TypeAlias = SimulationEvent | IsaacEvents
_BEFORE_STEP = (SimulationEvent.PHYSICS_PRE_STEP, IsaacEvents.PRE_PHYSICS_STEP)
_AFTER_STEP = (SimulationEvent.PHYSICS_POST_STEP, IsaacEvents.POST_PHYSICS_STEP)
_DELETED = (SimulationEvent.PRIM_DELETED, IsaacEvents.PRIM_DELETION)
_OF_TIMELINE = {
    SimulationEvent.SIMULATION_PAUSED: TimelineEventType.PAUSE,
    SimulationEvent.SIMULATION_STOPPED: TimelineEventType.STOP,
    IsaacEvents.TIMELINE_STOP: TimelineEventType.STOP,
}
_SET_UP = (  # in the order in which they are told
    SimulationEvent.SIMULATION_SETUP,
    IsaacEvents.PHYSICS_WARMUP,
    IsaacEvents.SIMULATION_VIEW_CREATED,
    IsaacEvents.PHYSICS_READY,
)


def tell(event: SomeEvent) -> None:
    """Tell who waits for it that something has happened."""
    get_eventdispatcher().dispatch_event(event.value, {})


class Callbacks:
    """Who waits for what, by number. The simulation is set up when time first runs, and anew after it was stopped."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: dict[int, Any] = {}
        timeline = current().timeline
        self.is_set_up = timeline.playing or timeline.time > timeline.start
        stream = get_timeline_interface().get_timeline_event_stream()
        self._timeline = (
            stream.create_subscription_to_pop_by_type(TimelineEventType.PLAY, lambda _: self._begin()),
            stream.create_subscription_to_pop_by_type(TimelineEventType.STOP, lambda _: self.forget()),
        )

    def _begin(self) -> None:
        if self.is_set_up:
            tell(SimulationEvent.SIMULATION_RESUMED)
        else:
            self.set_up()
            tell(SimulationEvent.SIMULATION_STARTED)

    def set_up(self) -> None:
        """Tell that the simulation is ready, unless it was."""
        if not self.is_set_up:
            self.is_set_up = True
            for event in _SET_UP:
                tell(event)

    def forget(self) -> None:
        """Let it be set up anew."""
        self.is_set_up = False

    def add(self, callback: Callable[..., object], event: SomeEvent, order: int) -> int:
        """Call ``callback`` when something happens: with seconds and context of a step, with the path of what was
        deleted, else with the event.
        """
        number, self.count = self.count, self.count + 1
        if event in _BEFORE_STEP or event in _AFTER_STEP:
            physics = get_physics_simulation_interface()
            self.kept[number] = physics.subscribe_physics_on_step_events(event in _BEFORE_STEP, order, callback)
        elif event in _DELETED:
            self.kept[number] = _Deletions(callback)
        elif event in _OF_TIMELINE:
            stream = get_timeline_interface().get_timeline_event_stream()
            self.kept[number] = stream.create_subscription_to_pop_by_type(_OF_TIMELINE[event], callback)
        else:
            self.kept[number] = get_eventdispatcher().observe_event(order, event.value, callback)
        return number

    def remove(self, number: int) -> bool:
        """Call no more; return whether there was something to end."""
        held = self.kept.pop(number, None)
        if held is not None:
            (held.reset if hasattr(held, "reset") else held.unsubscribe)()
        return held is not None


class _Deletions:
    """Tells the paths of prims that are removed from the stage."""

    def __init__(self, callback: Callable[[str], object]) -> None:
        self._callback = callback
        stage = current().recorder.stage
        self._listener: Any = Tf.Notice.Register(Usd.Notice.ObjectsChanged, self._sort, stage)

    def _sort(self, notice: Usd.Notice.ObjectsChanged, stage: Usd.Stage) -> None:
        for path in notice.GetResyncedPaths():
            if path.IsPrimPath() and not stage.GetPrimAtPath(path):
                self._callback(str(path))

    def reset(self) -> None:
        """Tell no more."""
        self._listener.Revoke()


def callbacks() -> Callbacks:
    """Return who waits in the running script."""
    return current_host().part(Callbacks)


def checked(event: object) -> SomeEvent:
    """Return an event, or say which there are."""
    if isinstance(event, (SimulationEvent, IsaacEvents)):
        return event
    known = ", ".join(one.name for one in SimulationEvent)
    raise BadArgument(f"{event!r} is no SimulationEvent; give one of {known}", where=current().where())
