"""The application around a script: its updates, and whether it is still open."""

from __future__ import annotations

from dataclasses import dataclass

from rendersdg.replicator.clock import Clock
from rendersdg.replicator.runs import Runs

_PATIENCE = 300  # updates without a frame after which a window loop is over
_LONG = 3000  # and after which it is over though tasks still take turns
_BUSY = 0.1  # what an update counts for in that when time has passed or an annotator was read


@dataclass(eq=False)
class Application:
    """What Kit does between two calls of a script: tasks, time, and a frame where one is due.

    ``capture_on_play`` says that every update captures while the timeline runs; ``is_over`` that a script, or a loop in
    which nothing happened, has closed the application.
    """

    runs: Runs
    clock: Clock
    capture_on_play: bool = True
    is_over: bool = False
    _idle_updates: float = 0.0  # since the last frame
    _seen: tuple[float, int] = (0.0, 0)  # time and number of reads at the last update

    def update(self, *, passes_time: bool = True, captures: bool = True) -> None:
        """Do one update. ``captures`` False leaves out the frames that a playing timeline has captured."""
        runs, clock, shots = self.runs, self.clock, self.runs.captures
        runs.tasks.turn()
        frame = shots.frame
        shots.is_due = True
        if runs.is_started:
            runs.advance()
        elif captures and clock.timeline.playing and self.capture_on_play and shots.has_writer():
            shots.capture(time=clock.timeline.time)
        if passes_time and clock.timeline.playing:
            clock.pass_frame()
        seen = (clock.timeline.time, shots.reads)
        weight = 1.0 if seen == self._seen else _BUSY
        self._idle_updates = 0.0 if shots.frame > frame else self._idle_updates + weight
        self._seen = seen

    def step(self, seconds: float | None = None, *, pause_timeline: bool = True) -> None:
        """Capture one frame, then let ``seconds`` pass (None: a frame of the timeline)."""
        timeline = self.clock.timeline
        self.runs.has_stepped = True
        self.runs.captures.capture(time=timeline.time)
        self.clock.pass_time(1.0 / timeline.rate if seconds is None else float(seconds))
        if pause_timeline:
            timeline.playing = False

    def can_continue(self) -> bool:
        """Return whether the application is still open. A window loop in which nothing happens any more is closed.

        A graph that nobody has started by then is run first, as its author would by the menu. Tasks that wait for a
        timer or a thread keep it open, and for long those that wait for updates.
        """
        if self._idle_updates >= _PATIENCE and not self.is_over:
            if self.runs.is_ready():
                self._idle_updates = 0.0
                self.runs.start(None)
            elif self.runs.tasks.waits_for_time():
                self._idle_updates = _PATIENCE  # what it wakes has its turns then
            elif not self.runs.is_started and not (self._idle_updates < _LONG and self.runs.tasks.waits_for_turn()):
                self.runs.captures.recorder.report.note(
                    "is_running", "no frame was captured for a long time; the application is closed"
                )
                self.is_over = True
        return not self.is_over

    def close(self) -> None:
        """Complete what was started. The script may go on to its own end."""
        self.runs.complete()
        self.is_over = True
