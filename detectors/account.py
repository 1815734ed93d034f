"""What training says while it runs: a line an epoch with the losses by name, scores, rate, memory and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from detectors.recipe import Recipe
from rendersdg.english import counted
from rendersdg.memory import resident_memory

_LEAST_STEPS = 20  # between two lines: epochs of few images are told several at a time
_MOST_LINES = 200  # of a stage
_WITHOUT_EPOCHS = 100  # steps between lines where nobody knows how many images there are


def steps_of(epochs: int, images: int, batch: int) -> int:
    """Return how many batches show as many images as so many epochs of a set have.

    >>> steps_of(3, 100, 16)
    19
    """
    return max(-(-epochs * images // batch), 1)


def steps_a_line(images: int, batch: int, steps: int) -> int:
    """Return the steps between two lines: whole epochs, 20 steps at least, so many that there are 200 lines at most.

    Args:
        images: in an epoch; 0 where that is not known.
        batch: images of a step.
        steps: of the stage.
    """
    least = max(_LEAST_STEPS, -(-steps // _MOST_LINES))
    epoch = steps_of(1, images, batch) if images else _WITHOUT_EPOCHS
    return epoch * -(-least // epoch)


class Logger(Protocol):
    """What takes numbers while a training runs, besides the run's own files."""

    def numbers(self, step: int, values: Mapping[str, float]) -> None:
        """Take the values by name after so many steps."""
        ...

    def close(self, files: Sequence[Path]) -> None:
        """End; ``files`` are pictures and numbers of the run."""
        ...


@dataclass(frozen=True, slots=True)
class Telling:
    """A log of lines that names ``loggers``, too, which get the numbers: see :func:`detectors.loggers.open_loggers`."""

    say: Callable[[str], None]
    loggers: tuple[str, ...] = ()

    def __call__(self, text: str) -> None:
        """Log a line."""
        self.say(text)


@dataclass(slots=True)
class Account:
    """Sums what the steps give until a line is due, and writes it; loggers get the same numbers.

    ``images`` is how many an epoch has, 0 where that is not known; ``steps`` and ``batch`` are the recipe's; ``memory``
    returns bytes, or None where nobody knows; ``done`` are the steps of earlier processes.
    """

    log: Callable[[str], None]
    images: int
    batch: int
    steps: int
    done: int = 0
    loggers: Sequence[Logger] = ()
    memory: Callable[[], int | None] = resident_memory
    clock: Callable[[], float] = time.monotonic
    _sums: dict[str, float] = field(default_factory=dict)
    _count: int = 0
    _seconds: float = 0.0
    _began: float = 0.0
    _stamp: float = 0.0

    def begin(self) -> None:
        """Note that the first step begins now."""
        self._began = self._stamp = self.clock()

    def add(self, values: Mapping[str, float]) -> None:
        """Note what a step gave: the loss, its parts, and whatever else has a name."""
        now = self.clock()
        self._seconds += now - self._stamp
        self._stamp = now
        self._count += 1
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0.0) + value

    def is_due(self, step: int) -> bool:
        """Return whether a line is due after a step."""
        return step == self.steps or step % steps_a_line(self.images, self.batch, self.steps) == 0

    def say(self, step: int, scores: Mapping[str, float] | None = None, note: str = "") -> None:
        """Write a line of what the steps since the last one gave, means of each; seconds of checks are not theirs.

        Args:
            step: how many are done.
            scores: of a check, by name.
            note: what is added at the end.
        """
        means = {name: value / max(self._count, 1) for name, value in self._sums.items()}
        told = dict(scores or {})
        parts = [self._losses(means)] if means else []
        parts += [f"{name} {value:.3f}" for name, value in told.items()]
        rate = self._count * self.batch / self._seconds if self._seconds > 0 else 0.0
        if rate:
            parts.append(f"{rate:.1f} images/s")
        held = self.memory()
        if held:
            parts.append(f"{held / 1e9:.1f} GB")
        taken, steps = self.clock() - self._began, step - self.done
        if steps > 0 and step < self.steps:
            parts.append(f"{in_words(taken / steps * (self.steps - step))} left")
        epoch = (
            f"epoch {step * self.batch / self.images:.3g}/{self.steps * self.batch / self.images:.3g}, "
            if self.images
            else ""
        )
        self.log(f"{epoch}step {step}/{self.steps}: {', '.join(parts)}{'; ' + note if note else ''}")
        numbers = {f"loss/{k}" if k != "gradient" else k: v for k, v in means.items()}
        numbers |= {f"val/{k}": v for k, v in told.items()} | ({"images_per_second": rate} if rate else {})
        for one in self.loggers:
            one.numbers(step, numbers)
        self._sums, self._count, self._seconds = {}, 0, 0.0
        self._stamp = self.clock()

    def note_scores(self, step: int, scores: Mapping[str, float]) -> None:
        """Give the loggers the scores after the last step, which are told in a table of their own."""
        for one in self.loggers:
            one.numbers(step, {f"val/{name}": value for name, value in scores.items()})

    def close(self, files: Sequence[Path]) -> None:
        """End the loggers; ``files`` are the run's pictures and numbers."""
        for one in self.loggers:
            one.close(files)

    def _losses(self, means: Mapping[str, float]) -> str:
        parts = ", ".join(f"{name} {value:.3g}" for name, value in means.items() if name not in ("loss", "gradient"))
        return f"loss {means.get('loss', 0.0):.3g}" + (f" ({parts})" if parts else "")


def opening(name: str, recipe: Recipe, images: int, where: str, *, is_checked: bool) -> str:
    """Return the line with which a stage begins.

    Args:
        name: the stage's.
        recipe: its settings.
        images: it learns from; 0 where that is not known.
        where: it runs.
        is_checked: whether checks choose a ``best.pt``.
    """
    steps = f"{counted(recipe.steps, 'step')} of {counted(recipe.batch, 'image')}"
    epochs = f" ({recipe.steps * recipe.batch / images:.3g} epochs of {counted(images, 'image')})" if images else ""
    best = f"; a check each {recipe.check_every} steps, the best so far is best.pt" if is_checked else ""
    return f"{name}: {recipe.detector}, {recipe.size} pixels, {where}, {steps}{epochs}{best}"


def in_words(seconds: float) -> str:
    """Return a time for people.

    >>> in_words(42), in_words(200), in_words(8000)
    ('42 s', '3 min', '2 h 13 min')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
