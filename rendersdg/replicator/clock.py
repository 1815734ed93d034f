"""The clock of a run: lets time pass on the timeline, for the bodies, and for those who listen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rendersdg.replicator.physics import LivePhysics
from rendersdg.replicator.timeline import Timeline

Listener = Callable[[float], object]


@dataclass(eq=False)
class Clock:
    """Lets time pass on the timeline, for the bodies of UsdPhysics, and for those who listen.

    ``step_listeners`` are called after each physics step with its seconds, ``early_listeners`` before it;
    ``time_listeners`` with the timeline's time when it has passed.
    """

    timeline: Timeline
    physics: LivePhysics
    step_listeners: list[Listener] = field(default_factory=list)
    early_listeners: list[Listener] = field(default_factory=list)
    time_listeners: list[Listener] = field(default_factory=list)
    simulated: float = 0.0  # seconds of physics since time began
    _is_notifying: bool = False

    def pass_time(self, seconds: float) -> None:
        """Let ``seconds`` pass; where somebody listens to physics steps, step by step."""
        is_watched = bool(self.step_listeners or self.early_listeners)
        count = max(round(seconds / self.physics.step_seconds()), 1) if is_watched else 1
        for _ in range(count):
            self.timeline.forward(seconds / count)
            if seconds > 0:
                self.step_bodies(seconds / count)
        if seconds > 0 and not self._is_notifying:  # a listener may let time pass itself
            self._is_notifying = True
            try:
                for listener in list(self.time_listeners):
                    listener(self.timeline.time)
            finally:
                self._is_notifying = False

    def step_bodies(self, seconds: float) -> None:
        """Do one physics step: the bodies move, the timeline stays where it is."""
        for listener in list(self.early_listeners):
            listener(seconds)
        self.physics.move_bodies(seconds)
        self.simulated += seconds
        for listener in list(self.step_listeners):
            listener(seconds)

    def pass_frame(self) -> None:
        """Let a frame of the timeline pass."""
        self.pass_time(1.0 / self.timeline.rate)

    def rewind(self) -> None:
        """Go back to the start of time: the bodies stand where they stood before they fell."""
        self.timeline.stop()
        self.simulated = 0.0
        self.physics.rewind()
