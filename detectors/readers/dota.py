"""DOTA: ``images/`` beside ``labelTxt/``, here or below a folder for each split; a line an object, x1 y1 ... x4 y4, its
class and whether it is difficult."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from detectors.readers import images_in, refuse_split, size_of
from detectors.samples import FARTHEST, Sample, Samples
from detectors.tolerance import each, say
from rendersdg.arrays import F8
from rendersdg.documents import read_text, shown
from rendersdg.english import counted
from rendersdg.errors import DatasetError

_NUMBERS = 8
_HEAD = ("imagesource:", "gsd:")  # of lines that are not about an object


class Dota:
    """DOTA's text labels of oriented boxes."""

    def fits(self, path: Path) -> bool:
        return bool(_parts(path))

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set, or one split of it. Raises DatasetError naming the file and line that is wrong."""
        parts = _parts(path)
        refuse_split(split, [name for name in parts if name], path)
        pairs = []
        for name, folder in parts.items():
            if split in (None, name):
                pictures = images_in(folder / "images")
                notes = {note.stem: note for note in sorted((folder / "labelTxt").glob("*.txt"))}
                alone = [note for stem, note in notes.items() if stem not in pictures]
                if alone:
                    say(f"{counted(len(alone), 'label file')} left out: no image has the name, e.g. {alone[0]}")
                pairs += [(picture, notes.get(stem)) for stem, picture in pictures.items()]
        rows = list(each(_objects, pairs, lambda picture, note: note or picture))
        classes = tuple(sorted({name for _, found in rows for name in found.names}))
        return Samples(classes, tuple(each(_sample, ((*row, classes) for row in rows), lambda picture, *_: picture)))


class _Objects(NamedTuple):
    """Class names, corners (N, 4, 2) in pixels and which of them are difficult."""

    names: list[str]
    corners: F8
    difficult: list[bool]


def _parts(path: Path) -> dict[str, Path]:
    """Return the folders that hold ``images`` and ``labelTxt``, by the split's name; one without splits has no name."""
    if not path.is_dir():
        return {}
    places = {"": path, **{p.name: p for p in sorted(path.iterdir()) if p.is_dir()}}
    return {name: p for name, p in places.items() if (p / "labelTxt").is_dir() and (p / "images").is_dir()}


def _objects(picture: Path, note: Path | None) -> tuple[Path, _Objects]:
    names, corners, difficult = [], [], []
    lines = read_text(note).splitlines() if note is not None else []  # no label file: an image of background
    for number, line in enumerate(lines, 1):
        parts = line.split()
        if not parts or parts[0].lower().startswith(_HEAD):
            continue
        wrong = f"{note}, line {number}: {shown(line)} is not x1 y1 x2 y2 x3 y3 x4 y4 CLASS DIFFICULT"
        try:
            values = [float(p) for p in parts[:_NUMBERS]]
            flag = int(parts[_NUMBERS + 1]) if len(parts) == _NUMBERS + 2 else 0
        except ValueError:
            raise DatasetError(wrong) from None
        if len(parts) not in (_NUMBERS + 1, _NUMBERS + 2) or not (np.abs(values) < FARTHEST).all():
            raise DatasetError(wrong)
        names.append(parts[_NUMBERS])
        corners.append(values)
        difficult.append(flag != 0)
    return picture, _Objects(names, np.array(corners, np.float64).reshape(-1, 4, 2), difficult)


def _sample(picture: Path, found: _Objects, classes: tuple[str, ...]) -> Sample:
    """Return the sample of an image. ``difficult`` objects count as crowd; the upright box of each is that of what lies
    in the frame.
    """
    size = size_of(picture)
    inside = np.clip(found.corners, 0, size)
    boxes = np.concatenate([inside.min(1), inside.max(1)], axis=1)
    shapes = tuple([ring.ravel().tolist()] for ring in found.corners)
    labels = np.array([classes.index(name) for name in found.names], int)
    return Sample(picture, size, boxes, labels, np.array(found.difficult, bool), shapes)


LAYOUT = Dota()
