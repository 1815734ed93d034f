"""KITTI: ``training/image_2`` and ``training/label_2``, or one folder of each (``rgb`` beside ``object_detection``)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.readers import images_in, refuse_split, size_of
from detectors.samples import Sample, Samples
from detectors.tolerance import each, tolerated
from rendersdg.documents import read_text
from rendersdg.errors import DatasetError
from writers.kitti import KittiObject, read_kitti

_FOLDERS = (
    ("training/image_2", "training/label_2"),
    ("image_2", "label_2"),
    ("images", "labels"),
    ("rgb", "object_detection"),
)


class Kitti:
    """KITTI text labels with fifteen columns."""

    def fits(self, path: Path) -> bool:
        return _pair(path) is not None

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set; there are no splits. Raises DatasetError naming the label file that is wrong."""
        refuse_split(split, (), path)
        pair = _pair(path)
        if pair is None:
            raise DatasetError(f"{path} has no image_2 and label_2 folders of KITTI")
        pictures, notes = pair
        pairs = []
        for stem, picture in images_in(pictures).items():
            with tolerated(picture):
                pairs.append((picture, _objects(picture, notes / f"{stem}.txt")))
        classes = tuple(sorted({_name(o.label) for _, objects in pairs for o in objects} - {"DontCare"}))
        rows = ((picture, objects, classes) for picture, objects in pairs)
        return Samples(classes, tuple(each(_sample, rows, lambda picture, *_: picture)))


def _objects(picture: Path, note: Path) -> list[KittiObject]:
    if not note.is_file():
        raise DatasetError(f"{picture} has no label file {note}")
    text = read_text(note)
    try:
        return read_kitti(text)
    except DatasetError as error:
        raise DatasetError(f"{note}: {error}") from None


def _sample(picture: Path, objects: list[KittiObject], classes: tuple[str, ...]) -> Sample:
    seen = [o for o in objects if o.label != "DontCare"]
    # KITTI's pixel coordinates are floats whose right and bottom the devkit counts as inclusive: x1 - x0 + 1 wide
    boxes = [(o.box_xyxy[0], o.box_xyxy[1], o.box_xyxy[2] + 1, o.box_xyxy[3] + 1) for o in seen]
    labels = [classes.index(_name(o.label)) for o in seen]
    truncation = np.array([o.truncated if 0 <= o.truncated <= 1 else np.nan for o in seen])  # -1: nobody knows
    return Sample(
        picture,
        size_of(picture),
        np.array(boxes, float),
        np.array(labels, int),
        truncation=truncation if seen else None,
    )


def _name(label: str) -> str:
    """Return a class name without the type that Replicator's KittiWriter puts before it (``class:box``)."""
    return label.removeprefix("class:")


def _pair(path: Path) -> tuple[Path, Path] | None:
    for pictures, notes in _FOLDERS:
        folder = path / notes
        if (path / pictures).is_dir() and folder.is_dir() and next(folder.glob("*.txt"), None) is not None:
            return path / pictures, folder
    return None


LAYOUT = Kitti()
