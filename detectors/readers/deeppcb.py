"""DeepPCB (Tang et al. 2019): <id>_test.jpg, <id>_temp.jpg (free of defects)
and <id>.txt with ``x1 y1 x2 y2 type`` a line.

As published, pictures lie in groupN/N and labels in groupN/N_not, with trainval.txt and test.txt beside them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.readers import corners, refuse_split, size_of
from detectors.samples import Sample, Samples
from detectors.tolerance import each
from rendersdg.documents import read_text, shown
from rendersdg.errors import DatasetError

CLASSES = ("open", "short", "mousebite", "spur", "copper", "pin-hole")  # types 1 to 6


class DeepPcb:
    """DeepPCB printed boards."""

    def fits(self, path: Path) -> bool:
        return path.is_dir() and next(path.rglob("*_temp.jpg"), None) is not None

    def read(self, path: Path, split: str | None) -> Samples:
        path = path / "PCBData" if (path / "PCBData").is_dir() else path  # the repository's own folder was given
        lists = {p.stem: p for p in (path / "trainval.txt", path / "test.txt") if p.is_file()}
        refuse_split(split, lists, path)
        if split is not None:
            pairs = []
            for number, line in enumerate(read_text(lists[split]).splitlines(), 1):
                if not line.strip():
                    continue
                names = line.split()
                if len(names) != 2:
                    raise DatasetError(f"{lists[split]}:{number}: {shown(line)} is not an image and its label file")
                pairs.append((path / names[0].replace(".jpg", "_test.jpg"), path / names[1]))
        else:
            pairs = [(p, _note(p)) for p in sorted(path.rglob("*_test.jpg"))]
        return Samples(CLASSES, tuple(each(_sample, pairs, lambda picture, _: picture)))


def _note(picture: Path) -> Path:
    name = picture.name.replace("_test.jpg", ".txt")
    beside = picture.parent / name
    return beside if beside.is_file() else picture.parent.parent / f"{picture.parent.name}_not" / name


def _sample(picture: Path, note: Path) -> Sample:
    boxes, labels = [], []
    if not note.is_file():
        raise DatasetError(f"{picture} has no label file {note}")
    for number, line in enumerate(read_text(note).splitlines(), 1):
        parts = line.replace(",", " ").split()
        if not parts:
            continue
        try:
            x0, y0, x1, y1, kind = map(int, parts)
        except ValueError:
            raise DatasetError(f"{note}:{number}: {shown(line)} is not x1 y1 x2 y2 type") from None
        if not 1 <= kind <= len(CLASSES):
            raise DatasetError(f"{note}:{number}: type {shown(kind)} is not 1 to {len(CLASSES)}")
        boxes.append((x0, y0, x1, y1))
        labels.append(kind - 1)
    # images of one board carry the board's number: the first five digits of the id
    return Sample(
        picture, size_of(picture), corners(boxes, str(note)), np.array(labels, int), None, None, picture.name[:5]
    )


LAYOUT = DeepPcb()
