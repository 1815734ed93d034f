"""Reading on past what is wrong with single images: for those who look a set through, not for those who learn from it.

Readers stop at the first fault. Inside of :func:`noting` they note the fault, leave the image out and go on; a fault of
the whole set still stops them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from rendersdg.english import counted
from rendersdg.errors import DatasetError

log = logging.getLogger("rendersdg.data")
T = TypeVar("T")
Kind = Literal["size", "picture", "label"]


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with one image or its labels.

    Attributes:
        kind: ``size`` the labels tell another size than the file has; ``picture`` the file is missing or unreadable;
            ``label`` anything else.
        file: the image, or the file of labels where no image is known.
        message: the whole, naming the file.
        is_left_out: whether what it concerns is left out: the image, or the label where that alone is wrong.
    """

    kind: Kind
    file: Path
    message: str
    is_left_out: bool


_NOTED: ContextVar[list[Flaw] | None] = ContextVar("rendersdg_noted_flaws", default=None)


@contextmanager
def noting() -> Iterator[list[Flaw]]:
    """Have readers note faults of single images, in the list that is yielded, in the order in which they are met."""
    flaws: list[Flaw] = []
    token = _NOTED.set(flaws)
    try:
        yield flaws
    finally:
        _NOTED.reset(token)


def is_noted(kind: Kind, file: Path, message: str) -> bool:
    """Note a fault that an image can be read in spite of. Return False where faults are not noted but raised."""
    flaws = _NOTED.get()
    if flaws is not None:
        flaws.append(Flaw(kind, file, message, False))
    return flaws is not None


@contextmanager
def tolerated(file: Path, kind: Kind = "label") -> Iterator[None]:
    """Note a DatasetError that ends the block early, where faults are noted; let it through elsewhere."""
    flaws = _NOTED.get()
    try:
        yield
    except DatasetError as error:
        if flaws is None:
            raise
        flaws.append(Flaw("picture" if isinstance(error, PictureFault) else kind, file, str(error), True))


class PictureFault(DatasetError):
    """A picture is missing or cannot be read."""


def each(make: Callable[..., T], rows: Iterable[tuple[Any, ...]], file: Callable[..., Path]) -> Iterator[T]:
    """Yield what is made of each row, without those rows whose faults are noted.

    ``file`` returns, of a row, the file that a fault is noted of.
    """
    for row in rows:
        with tolerated(file(*row)):
            yield make(*row)


def say(text: str) -> None:
    """Say what a set's user should know although the set is read: what is left out of it, or how it was understood."""
    log.warning(text)


def say_left_out(files: Sequence[Path], why: str) -> None:
    """Say that images are left out, how many and which one for example; nothing where there are none."""
    if files:
        say(f"{counted(len(files), 'image')} left out: {why}, e.g. {files[0]}")
