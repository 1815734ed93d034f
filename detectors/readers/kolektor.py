"""KolektorSDD2 (Bozic et al. 2021): train/ and test/ with <n>.png and <n>_GT.png,
a mask that is black without defect.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.readers import grey_mask, refuse_split
from detectors.readers.masks import boxes_of_mask
from detectors.samples import Sample, Samples
from detectors.tolerance import each
from rendersdg.errors import DatasetError

CLASSES = ("defect",)


class KolektorSdd2:
    """KolektorSDD2 surface defects with pixel masks."""

    def fits(self, path: Path) -> bool:
        return any(next((path / name).glob("*_GT.png"), None) is not None for name in ("train", "test"))

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set, or one split of it. Raises DatasetError naming the image whose mask is missing."""
        splits = [name for name in ("train", "test") if (path / name).is_dir()]
        refuse_split(split, splits, path)
        images: list[Sample] = []
        for name in splits if split is None else [split]:
            rows = ((p,) for p in sorted((path / name).glob("*.png")) if not p.stem.endswith("_GT"))
            images += each(_sample, rows, lambda picture: picture)
        return Samples(CLASSES, tuple(images))


def _sample(picture: Path) -> Sample:
    note = picture.with_name(f"{picture.stem}_GT.png")
    if not note.is_file():
        raise DatasetError(f"{picture} has no mask {note.name}")
    mask = grey_mask(note, picture) > 0
    boxes, shapes = boxes_of_mask(mask)
    return Sample(picture, (mask.shape[1], mask.shape[0]), boxes, np.zeros(len(boxes), int), None, shapes)


LAYOUT = KolektorSdd2()
