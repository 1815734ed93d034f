"""GC10-DET (Lv et al. 2020): folders 01 to 10 of images and ``lable`` (so spelled)
of VOC files with Chinese class names.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.readers import IMAGE_SUFFIXES, corners, refuse_split, size_of
from detectors.readers.voc import voc_note
from detectors.samples import Sample, Samples
from detectors.tolerance import PictureFault, each
from rendersdg.documents import shown
from rendersdg.errors import DatasetError

CLASSES = (
    "punching_hole",
    "weld_line",
    "crescent_gap",
    "water_spot",
    "oil_spot",
    "silk_spot",
    "inclusion",
    "rolled_pit",
    "crease",
    "waist_folding",
)  # in order of the numbers 1 to 10 that names begin with: 1_chongkong, 2_hanfeng, ...
_NUMBERS = [str(k) for k in range(1, 11)] + [f"{k:02d}" for k in range(1, 11)]


class Gc10:
    """GC10-DET steel sheet defects."""

    def fits(self, path: Path) -> bool:
        return _notes(path) is not None and any(p.name.isdigit() for p in path.iterdir() if p.is_dir())

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set; there are no splits. Raises DatasetError naming the annotation that is wrong."""
        refuse_split(split, (), path)
        notes = _notes(path)
        if notes is None:
            raise DatasetError(f"{path} has no folder lable (or label) of GC10-DET")
        pictures = {
            p.stem: p
            for folder in sorted(path.iterdir())
            if folder.is_dir() and folder.name.isdigit()
            for p in sorted(folder.iterdir())
            if p.suffix.lower() in IMAGE_SUFFIXES
        }
        rows = ((note, pictures.get(note.stem)) for note in sorted(notes.glob("*.xml")))
        images = tuple(each(_sample, rows, lambda note, picture: picture or note))
        return Samples(CLASSES, images)


def _sample(note: Path, picture: Path | None) -> Sample:
    if picture is None:
        raise PictureFault(f"{note} has no image {note.stem}.jpg in the folders 01 to 10")
    boxes, labels = [], []
    for o in voc_note(note).objects:
        boxes.append(o["box"])
        labels.append(_number(str(o["name"]), note))
    box = corners(boxes, str(note)) + [0, 0, 1, 1]
    return Sample(picture, size_of(picture), box, np.array(labels, int))


def _notes(path: Path) -> Path | None:
    return next((path / name for name in ("lable", "label") if (path / name).is_dir()), None)


def _number(name: str, note: Path) -> int:
    """Return the class of a name such as 3_yueyawan or 10_yaozhed: its number decides, since spellings differ."""
    head = name.split("_", 1)[0]
    if head not in _NUMBERS:
        raise DatasetError(f"{note}: unknown class {shown(name)}; GC10-DET's begin with a number 1 to 10")
    return _NUMBERS.index(head) % len(CLASSES)


LAYOUT = Gc10()
