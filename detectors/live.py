"""Labelled images that are made when a batch asks for them, and kept nowhere: frames of a scene, to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from detectors.preprocess import Image
from rendersdg.arrays import F8, I8, Mask


@dataclass(frozen=True, slots=True)
class Shot:
    """An image that was made, and its labels.

    ``rgb`` is (H, W, 3) uint8; ``xyxy`` (N, 4) float64 in its pixels, right and bottom exclusive; ``labels`` (N,)
    int64 indexes the set's classes. ``masks`` (N, H, W) are each object's pixels, None where they were not asked for.
    """

    rgb: Image
    xyxy: F8
    labels: I8
    masks: Mask | None = None


class Maker(Protocol):
    """Makes the images of a set by their number. It is sent to the processes that prepare batches."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names in order."""
        ...

    @property
    def name(self) -> str:
        """What the set is called in records."""
        ...

    def __len__(self) -> int: ...

    def shot(self, number: int, *, masks: bool = False) -> Shot:
        """Return an image, and the masks of its objects where they are asked for: a function of its number alone."""
        ...

    def fingerprint(self) -> str:
        """Return a digest of all that decides the images and their labels."""
        ...


@dataclass(frozen=True, slots=True)
class LiveSample:
    """One image of a live set, not made yet."""

    maker: Maker
    number: int

    @property
    def file(self) -> Path:
        """What stands for its file in messages."""
        return Path(f"{self.maker.name}@{self.number}")

    def shot(self, *, masks: bool = False) -> Shot:
        """Make the image, with the masks of its objects where they are asked for."""
        return self.maker.shot(self.number, masks=masks)


@dataclass(frozen=True, slots=True)
class LiveImages:
    """The images of a live set, by number."""

    maker: Maker

    def __len__(self) -> int:
        return len(self.maker)

    def __getitem__(self, number: int) -> LiveSample:
        return LiveSample(self.maker, number)

    def __iter__(self) -> Iterator[LiveSample]:
        return (self[number] for number in range(len(self)))


@dataclass(frozen=True, slots=True)
class LiveSamples:
    """A labelled set whose images are made on demand; it stands in a mix where :class:`Samples` may."""

    maker: Maker

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names in order."""
        return self.maker.classes

    @property
    def name(self) -> str:
        """What the set is called in records."""
        return self.maker.name

    @property
    def images(self) -> LiveImages:
        """The images, by number."""
        return LiveImages(self.maker)

    def __len__(self) -> int:
        return len(self.maker)

    def fingerprint(self) -> str:
        """Return a digest of all that decides the images and their labels."""
        return self.maker.fingerprint()
