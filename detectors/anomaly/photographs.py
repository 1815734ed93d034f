"""Photographs of good parts: found in a folder or a labelled set, looked through, and split into those to remember and
those that set the threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detectors.preprocess import Image, Preprocess, read_rgb
from detectors.readers import IMAGE_SUFFIXES, READERS, read
from detectors.samples import Sample, Samples
from detectors.splits import grouped, split
from rendersdg.arrays import U1
from rendersdg.english import counted
from rendersdg.errors import DatasetError, did_you_mean

FEWEST = 2  # one to remember, one to set the threshold


@dataclass(frozen=True, slots=True)
class Photographs:
    """Photographs as a network sees them: ``squares`` (N, S, S, 3) uint8, and the ``files`` and sizes in pixels that
    they had.
    """

    squares: U1
    files: tuple[Path, ...]
    sizes_wh: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.files)

    def inner_wh(self, preprocess: Preprocess, number: int) -> tuple[int, int]:
        """Return how much of a square its photograph fills, from the top left."""
        return preprocess.picture_wh(self.sizes_wh[number])


@dataclass(frozen=True, slots=True)
class GoodParts:
    """Good photographs, ``known`` to learn from and ``held_out`` to set the threshold by; ``skipped`` says of each file
    that was left out why.
    """

    known: Photographs
    held_out: Photographs
    preprocess: Preprocess
    skipped: tuple[str, ...] = ()


def good_parts(
    spec: str,
    *,
    size: int = 256,
    held_out: float = 0.25,
    group: str | None = None,
    seed: int = 0,
    on_image: Callable[[int], None] = lambda done: None,
) -> GoodParts:
    """Return the good photographs that ``spec`` names, split in two; photographs of one part stay together.

    Args:
        spec: a folder of pictures, looked through to its bottom; or ``LAYOUT:PATH[@SPLIT]``, whose images without a
            label are taken.
        size: pixels a side of the network's square.
        held_out: the share that sets the threshold, one photograph at least.
        group: a regular expression whose first parenthesis is the part's name in a file's name; None where each
            photograph shows a part of its own.
        seed: of the split.
        on_image: is called with the number of files looked at, after each.

    Raises:
        DatasetError: nothing is there, fewer than two pictures can be used, or all show one part.
    """
    samples = photographs_of(spec)
    if group is not None:
        samples = grouped(samples, group)
    kept: list[Sample] = []
    images: list[Image] = []
    skipped: list[str] = []
    is_grey = True
    square = Preprocess(size)
    for sample, image in usable(samples, skipped, on_image):
        kept.append(sample)
        images.append(square.image(image))
        is_grey = is_grey and bool((image[..., :1] == image).all())
    if len(kept) < FEWEST:
        others = f"; {counted(len(skipped), 'other file')} cannot be used: {skipped[0]}" if skipped else ""
        raise DatasetError(
            f"{spec} holds {counted(len(kept), 'usable photograph')} of good parts; {FEWEST} are needed at least, one "
            f"to remember and one to set the threshold, and 20 or more are better{others}"
        )
    places = {sample.file: k for k, sample in enumerate(kept)}
    parts = _dealt(samples.of(kept), held_out, seed, spec)
    known, rest = (
        Photographs(
            np.stack([images[places[s.file]] for s in part]),
            tuple(s.file for s in part),
            tuple(s.size_wh for s in part),
        )
        for part in parts
    )
    return GoodParts(known, rest, Preprocess(size, grey=is_grey), tuple(skipped))


def photographs_of(spec: str) -> Samples:
    """Return the images without a label of a folder or ``LAYOUT:PATH[@SPLIT]``. Raises DatasetError for none."""
    layout, colon, _ = spec.partition(":")
    if colon and layout in READERS:
        found = read(spec)
        good = [Sample(s.file, s.size_wh, group=s.group) for s in found.images if not len(s.labels)]
        if not good:
            raise DatasetError(f"{spec}: all its {counted(len(found), 'image')} have labels; none shows a good part")
        return Samples((), tuple(good), spec)
    folder = Path(spec)
    if not folder.is_dir():
        near = [p.name for p in folder.parent.iterdir()] if folder.parent.is_dir() else []
        said = "is a file; give the folder of the photographs" if folder.exists() else "is not there"
        raise DatasetError(f"{folder} {said}{did_you_mean(folder.name, near) if near and not folder.exists() else ''}")
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file())
    if not files:
        raise DatasetError(f"{folder} does not hold a picture ({', '.join(IMAGE_SUFFIXES)})")
    return Samples((), tuple(Sample(file, (0, 0)) for file in files), spec)


def usable(
    samples: Samples, skipped: list[str], on_image: Callable[[int], None] = lambda done: None
) -> Iterator[tuple[Sample, Image]]:
    """Yield the photographs that can be used, with the size that each has, and its pixels; ``skipped`` gets a line for
    each of the others. ``on_image`` is called with the number of files looked at, after each.
    """
    for done, sample in enumerate(samples.images, 1):
        try:
            image = _usable(sample.file)
        except DatasetError as error:
            skipped.append(str(error))
        else:
            yield Sample(sample.file, (image.shape[1], image.shape[0]), group=sample.group), image
        on_image(done)


def _usable(file: Path) -> Image:
    image = read_rgb(file)
    if image.min() == image.max():
        raise DatasetError(f"{file} is one even colour: a mask, or an empty picture, not a photograph")
    return image


def _dealt(samples: Samples, held_out: float, seed: int, spec: str) -> tuple[Sequence[Sample], Sequence[Sample]]:
    """Return those to remember and those that set the threshold, one at least each."""
    parts = split(samples, {"known": 1 - held_out, "held out": held_out}, "group", seed)
    known, rest = parts["known"].images, parts["held out"].images
    keys = sorted({sample.key for sample in samples.images})
    if len(keys) < FEWEST:
        raise DatasetError(f"{spec}: all photographs show one part; the threshold needs another, or leave out --group")
    if not known or not rest:  # too few for a share
        last = keys[-1]
        known = tuple(s for s in samples.images if s.key != last)
        rest = tuple(s for s in samples.images if s.key == last)
    return known, rest
