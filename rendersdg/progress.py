"""Progress with rate and time left: a bar on a terminal, plain lines in a log. Before the first frame it says what
takes so long.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

_LINE_EVERY = 5.0  # seconds between lines when there is no terminal
_LONG = 1.0  # seconds after which a step of the set-up is worth a line

_SHOWN: ContextVar[FrameProgress | None] = ContextVar("rendersdg_progress", default=None)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say, where progress is shown and the first frame is not done yet, what goes on inside the block."""
    shown = _SHOWN.get()
    if shown is None:
        yield
        return
    with shown.step(text):
        yield


class FrameProgress:
    """Counts frames as they are committed, or steps of training.
    ``total`` None means that nobody knows how many there will be.

    The rate, and the time left that follows from it, are of the frames after the first one: until that is done a
    command sets up.
    """

    def __init__(
        self,
        total: int | None,
        label: str,
        *,
        quiet: bool = False,
        unit: str = "frames",
        done: int = 0,
        clock: Callable[[], float] = time.monotonic,
        every: float = _LINE_EVERY,
    ) -> None:
        self._every = every  # seconds between lines of a log
        self.total = total
        self.done = self._counted_from = done  # what an earlier run did counts as done, not for the rate
        self._unit = unit
        self.seconds: dict[str, float] = {}
        self._label = label
        self._quiet = quiet
        self._clock = clock
        self._first = self._printed_at = 0.0  # when the first frame was done, and the last line written
        self._is_counting = False
        self._steps: list[str] = []
        self._token: Token[FrameProgress | None] | None = None
        self._bar = None if quiet or not sys.stderr.isatty() else _bar(clock)
        if self._bar:
            self._task = self._bar.add_task(label, total=total, completed=done, rate="")

    def __enter__(self) -> FrameProgress:
        self._token = _SHOWN.set(self)
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _SHOWN.reset(self._token)
        if self._bar:
            self._bar.live.transient = not self._is_counting  # where nothing was done, nothing stays
            self._bar.stop()

    def expect(self, total: int) -> None:
        """Say how many there will be, now that it is known."""
        self.total = total
        if self._bar:
            self._bar.update(self._task, total=total)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Say what goes on inside the block: in the bar, or as a line when it takes longer than a second."""
        timer = None
        self._steps.append(text)
        self._describe()
        if not self._quiet and not self._bar and not self._is_counting:
            timer = threading.Timer(_LONG, self._print_step, (text,))
            timer.daemon = True
            timer.start()
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()
            self._steps.pop()
            self._describe()

    def _describe(self) -> None:
        if self._bar and not self._is_counting:
            self._bar.update(self._task, description=": ".join([self._label, *self._steps[-1:]]))

    def _print_step(self, text: str) -> None:
        if not self._is_counting:
            print(f"{self._label}: {text}", file=sys.stderr, flush=True)

    def __call__(self, frame: int, seconds: dict[str, float], count: int = 1) -> None:
        """Note that ``frame`` is committed, the last of ``count`` since the call before."""
        self.done += count
        for key, value in seconds.items():
            self.seconds[key] = self.seconds.get(key, 0.0) + value
        now = self._clock()
        is_first = not self._is_counting
        if is_first:
            self._is_counting, self._first, self._counted_from = True, now, self.done
        counted = self.done - self._counted_from
        rate = counted / max(now - self._first, 1e-9)
        if self._bar:
            shown = f"{rate:.2f} {self._unit}/s" if counted else ""
            self._bar.update(self._task, advance=count, rate=shown, description=self._label)
        elif not self._quiet and (is_first or now - self._printed_at > self._every or self.done == self.total):
            self._printed_at = now
            total = "" if self.total is None else f"/{self.total}"
            unit = self._unit.removesuffix("s") if (self.total or self.done) == 1 else self._unit
            text = f"{self._label}: {self.done}{total} {unit}"
            if counted:
                text += f", {rate:.2f} {self._unit}/s"
                if self.total is not None:
                    text += f", {(self.total - self.done) / rate:.0f} s left"
            print(text, file=sys.stderr, flush=True)


@contextmanager
def phases(quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """Yield what shows the progress of one phase of work after another, a bar each.

    It takes the phase's name, how many steps of it are done, and how many there are.
    """
    shown: list[tuple[str, FrameProgress]] = []

    def close() -> None:
        if shown:
            shown.pop()[1].__exit__(None, None, None)

    def on_step(what: str, done: int, total: int) -> None:
        if not shown or shown[-1][0] != what:
            close()
            shown.append((what, FrameProgress(total, what, quiet=quiet, unit="steps").__enter__()))
        bar = shown[-1][1]
        bar(done - 1, {}, done - bar.done)

    try:
        yield on_step
    finally:
        close()


def _bar(clock: Callable[[], float]) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), get_time=clock)
