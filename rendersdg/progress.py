"""Progress with rate and time left: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_LINE_EVERY = 5.0  # seconds between lines when there is no terminal


class FrameProgress:
    """Counts frames as they are committed, or steps of training. ``total`` None means that nobody knows how many there will be."""

    def __init__(
        self, total: int | None, label: str, *, quiet: bool = False, unit: str = "frames", done: int = 0
    ) -> None:
        self.total = total
        self.done = self._before = done  # what an earlier run did counts as done, not for the rate
        self._unit = unit
        self.seconds: dict[str, float] = {}
        self._label = label
        self._quiet = quiet
        self._start = self._said = time.monotonic()
        self._bar: Progress | None = None
        if not quiet and sys.stderr.isatty():
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=Console(stderr=True))
            self._task = self._bar.add_task(label, total=total, completed=done, rate="")

    def __enter__(self) -> FrameProgress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def __call__(self, frame: int, seconds: dict[str, float], count: int = 1) -> None:
        """Note that ``frame`` is committed, the last of ``count`` since the call before."""
        self.done += count
        for key, value in seconds.items():
            self.seconds[key] = self.seconds.get(key, 0.0) + value
        now = time.monotonic()
        rate = (self.done - self._before) / max(now - self._start, 1e-9)
        if self._bar:
            self._bar.update(self._task, advance=count, rate=f"{rate:.2f} {self._unit}/s")
        elif not self._quiet and (now - self._said > _LINE_EVERY or self.done == self.total):
            self._said = now
            if self.total is None:
                text = f"{self._label}: {self.done} {self._unit}, {rate:.2f} {self._unit}/s"
            else:
                left = (self.total - self.done) / rate
                text = f"{self._label}: {self.done}/{self.total} {self._unit}, {rate:.2f} {self._unit}/s, {left:.0f} s left"
            print(text, file=sys.stderr, flush=True)
