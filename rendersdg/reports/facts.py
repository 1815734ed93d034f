"""What a report knows of a set: its labels, boxes and pixels, and what readers could not read."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from detectors.readers import read
from detectors.samples import Sample, Samples
from detectors.tolerance import Flaw, noting
from rendersdg.errors import DatasetError
from rendersdg.reports.boxes import Boxes
from rendersdg.reports.pixels import Pixels, measured


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """A set as it was read: N samples, their boxes and pixels, and the flaws of what could not be read.

    ``root`` is the folder that all images lie below.
    """

    samples: Samples
    boxes: Boxes
    pixels: Pixels
    flaws: tuple[Flaw, ...]
    root: Path

    def name(self, file: Path) -> str:
        """Return a file's name below the root, for people."""
        try:
            return file.relative_to(self.root).as_posix()
        except ValueError:
            return file.as_posix()

    def name_of(self, place: int) -> str:
        """Return the name of the image at a place."""
        return self.name(self.samples.images[place].file)

    def pictures(self) -> tuple[Sample, ...]:
        """Return the samples whose images can be read."""
        return tuple(s for s, is_read in zip(self.samples.images, self.pixels.is_read) if is_read)

    def class_of(self, label: int) -> str:
        """Return the name of a class."""
        return self.samples.classes[label]


def read_leniently(spec: str) -> tuple[Samples, tuple[Flaw, ...]]:
    """Return the set that ``[LAYOUT:]PATH[@SPLIT]`` names, without what is wrong in it, and what that is.

    Raises DatasetError where the whole set cannot be read, or none of its images.
    """
    with noting() as flaws:
        try:
            samples = read(spec)
        except DatasetError as error:
            if flaws and str(error).endswith("holds no image"):
                raise DatasetError(f"no image of {spec} can be read; the first fault: {flaws[0].message}") from None
            raise
    return samples, tuple(flaws)


def facts_of(samples: Samples, flaws: Sequence[Flaw], on_image: Callable[[], None]) -> Facts:
    """Return what is to know of a set; ``on_image`` is called after each image that is looked at."""
    pixels = measured([s.file for s in samples.images], on_image)
    return Facts(samples, Boxes.of(samples), pixels, tuple(flaws), _root(samples.images))


def _root(images: Sequence[Sample]) -> Path:
    try:
        return Path(os.path.commonpath([s.file.parent for s in images]))
    except ValueError:  # on several drives
        return Path()
