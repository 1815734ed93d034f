"""The timeline of the stage: what time it is, in which bounds, and whether it runs."""

from __future__ import annotations

from dataclasses import dataclass, fields

from pxr import Usd

_RATE = 60.0  # time codes a second of a stage that says nothing


@dataclass
class Timeline:
    """The time of the stage and its bounds, in seconds; ``rate`` is frames a second.

    ``stopped`` says that it has not run since it began or was last stopped; one that is held may go on.
    """

    rate: float = _RATE
    time: float = 0.0
    start: float = 0.0
    end: float = 100.0 / _RATE
    looping: bool = True
    playing: bool = False
    stopped: bool = True

    def play(self) -> None:
        """Run."""
        self.playing, self.stopped = True, False

    def stop(self) -> None:
        """Run no more, and go back to the start."""
        self.playing, self.stopped, self.time = False, True, self.start

    def forward(self, seconds: float) -> None:
        """Let time pass; a looping timeline begins anew at its end, another stops there."""
        self.time += seconds
        self.stopped = self.stopped and seconds <= 0
        if self.time > self.end + 1e-9 and self.end > self.start:
            if self.looping:
                self.time = self.start + (self.time - self.start) % (self.end - self.start)
            else:
                self.time, self.playing = self.end, False

    def restart(self, stage: Usd.Stage) -> None:
        """Become what a new timeline is on ``stage``, whose rate and range it takes."""
        for one in fields(self):
            setattr(self, one.name, one.default)
        self.rate = stage.GetTimeCodesPerSecond() or _RATE
        if stage.HasAuthoredTimeCodeRange():
            self.time = self.start = stage.GetStartTimeCode() / self.rate
            self.end = max(stage.GetEndTimeCode() / self.rate, self.start)
