"""The moments of a stage that a script captures: frames for its writers, and what its annotators read in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from rendersdg.dataset.dataset import FrameResult
from rendersdg.graph.nodes import WriterUse
from rendersdg.graph.plan import Plan
from rendersdg.orchestrator.session import Capture, Session
from rendersdg.replicator import products
from rendersdg.replicator.output import Output
from rendersdg.replicator.sessions import Sessions
from rendersdg.replicator.timeline import Timeline
from rendersdg.replicator.unwinding import FramesLimit
from rendersdg.replicator.watch import StageWatch
from rendersdg.scene.recorder import Recorder
from rendersdg.stage.physics import Simulator
from rendersdg.stage.state import SceneState


@dataclass(eq=False)
class Captures:
    """Captures frames and counts them. ``frame`` is the next one's number, ``limit`` bounds it.

    ``reads`` counts the captures that annotators read between frames; the limit bounds them, too. ``is_due`` says that
    the application has updated since the last capture. ``on_frame`` is told how many frames there are.
    """

    sessions: Sessions
    timeline: Timeline
    output: Output
    limit: int | None = None
    on_frame: Callable[[int], None] = lambda frames: None
    frame: int = 0
    reads: int = 0
    last: Capture | None = None
    is_due: bool = False
    has_readers: bool = False  # the script reads annotators itself
    packs_colours: bool = False  # coloured segmentations are uint32 (H, W), as releases before Isaac Sim 6 give them
    _written: dict[WriterUse, int] = field(default_factory=dict)  # frames that each writer has got
    _sent_at: dict[str, int] = field(default_factory=dict)  # reads made when an event was last sent, by its name

    @property
    def recorder(self) -> Recorder:
        """What is captured."""
        return self.sessions.recorder

    @property
    def watch(self) -> StageWatch:
        """What changed on the stage since."""
        return self.sessions.watch

    def capture(self, *, write: bool = True, time: float | None = None) -> None:
        """Evaluate the graph at the next frame and render what is asked for; with ``write`` the writers get it.

        ``time`` is the stage's time in seconds when the bodies have moved on the stage itself. Raises FramesLimit when
        the frames are used up.
        """
        if write and self.limit is not None and self.frame >= self.limit:
            raise FramesLimit
        products.read(self.recorder.stage, self.recorder.graph.products)
        session = self.sessions.now()
        self.output.begin()
        with self._capturing():
            plan = self._planned(session)
            session.builder.simulates = time is None
            if time is not None:
                plan = replace(plan, time=time, stage_time=time)
            self.last = session.capture(plan)
            self._show(session)
            if not write:
                return
            writers = self.recorder.graph.writers
            numbers = {use: self._written.get(use, 0) for use in writers}
            if self.output.wants(self.frame) or self.has_memory():
                result = session.encode(self.last, numbers)
            else:
                result = FrameResult(self.frame, {}, {}, {})
            fires = session.planner.schedule.fires
            self.output.remember(session.writers)
            for use in writers:
                if any(p.enabled for p in use.products) and (use.trigger is None or fires(use.trigger, self.frame)):
                    self._written[use] = numbers[use] + 1
        self.output.commit(result, [u.folder for u in writers if u.products and u.folder is not None])
        self.frame += 1
        self.on_frame(self.frame)

    def latest(self) -> Capture | None:
        """Return what annotators read: the last capture, or the stage as it is if the application has updated since.

        None before the first of either. Raises FramesLimit when as many were read as frames are allowed.
        """
        if self.is_due and not self.watch.is_capturing:
            if self.limit is not None and self.reads >= self.limit:
                raise FramesLimit
            self.reads += 1
            products.read(self.recorder.stage, self.recorder.graph.products)
            session = self.sessions.now()
            with self._capturing():
                session.builder.simulates = False
                plan = session.planner.plan(self.frame - 1, with_events=True)
                self.last = session.capture(self._at_present(plan))
                self._show(session)
        return self.last

    def present(self) -> tuple[Simulator, SceneState]:
        """Return what reads the solids of the stage, and the state of the stage at the present time."""
        session = self.sessions.now()
        session.builder.simulates = False
        state = session.builder.state(self._at_present(session.planner.plan(self.frame)))
        self.sessions.shown.again()
        return session.builder.physics, state

    def jump(self, frame: int) -> None:
        """Make ``frame`` the next to capture, as if all before it had been."""
        schedule = self.sessions.now().planner.schedule
        self.frame = frame
        for use in self.recorder.graph.writers:
            self._written[use] = frame if use.trigger is None else schedule.executions(use.trigger, frame - 1)

    def send_event(self, name: str) -> None:
        """Make an event happen at the next frame, and at the next read before it;
        once more if there was a read since.
        """
        moments = self.recorder.graph.sent.setdefault(name, [])
        if self.frame not in moments or self._sent_at.get(name) != self.reads:
            moments.append(self.frame)
        self._sent_at[name] = self.reads

    def has_memory(self) -> bool:
        """Return whether a writer is the script's own, which may remember the frames before."""
        return any(u.products and getattr(u.made, "keeps_state", True) for u in self.recorder.graph.writers)

    def has_writer(self) -> bool:
        """Return whether a writer has a render product that is switched on."""
        return any(p.enabled for use in self.recorder.graph.writers for p in use.products)

    def show(self, frame: int) -> None:
        """Write to the stage what a frame gave that was made elsewhere."""
        session = self.sessions.now()
        self.sessions.shown.show(session.builder.state(session.planner.plan(frame)))

    def _at_present(self, plan: Plan) -> Plan:
        """Return a plan at the timeline's time."""
        return replace(plan, time=self.timeline.time, stage_time=self.timeline.time)

    def _planned(self, session: Session) -> Plan:
        """Return the plan of the next frame. Conditions look at the stage as the last frame left it."""
        if any(trigger.kind == "condition" for trigger in self.recorder.graph.triggers):
            self.sessions.shown.again()
        plan = session.planner.plan(self.frame)
        self.sessions.shown.hide()
        return plan

    def _show(self, session: Session) -> None:
        if session.builder.latest is not None:
            self.sessions.shown.show(session.builder.latest)

    @contextmanager
    def _capturing(self) -> Iterator[None]:
        try:
            with self.watch.capturing(), self.output.gathering():
                yield
        finally:
            self.is_due = False
