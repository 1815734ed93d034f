"""MVTec AD (Bergmann et al. 2019), and sets in its layout: train/good, test/<defect>, ground_truth/<defect>, masks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from detectors.readers import grey_mask, images_in, refuse_split, size_of
from detectors.readers.masks import boxes_of_mask
from detectors.samples import Sample, Samples
from detectors.tolerance import each
from rendersdg.errors import DatasetError

_SPLITS = ("train", "test")


class Mvtec:
    """One category of MVTec AD: good pictures, and defects with pixel masks."""

    def fits(self, path: Path) -> bool:
        return (path / "train" / "good").is_dir() and (path / "test").is_dir()

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set, or one split of it. Raises DatasetError naming the image whose mask is missing."""
        refuse_split(split, [name for name in _SPLITS if (path / name).is_dir()], path)
        folders = {name: _folders(path / name) for name in _SPLITS}
        classes = sorted({kind for kinds in folders.values() for kind in kinds} - {"good"})
        images: list[Sample] = []
        for name in _SPLITS if split is None else (split,):
            for kind, folder in folders[name].items():
                rows = ((p, path / "ground_truth" / kind, kind, classes) for p in images_in(folder).values())
                images += each(_sample, rows, lambda picture, *_: picture)
        return Samples(tuple(classes), tuple(images))


def _folders(path: Path) -> Mapping[str, Path]:
    return {p.name: p for p in sorted(path.iterdir()) if p.is_dir()} if path.is_dir() else {}


def _sample(picture: Path, masks: Path, kind: str, classes: list[str]) -> Sample:
    if kind == "good":
        return Sample(picture, size_of(picture))
    note = masks / f"{picture.stem}_mask.png"
    if not note.is_file():
        raise DatasetError(f"{picture} has no mask {note}")
    mask = grey_mask(note, picture) > 0
    boxes, shapes = boxes_of_mask(mask)
    size = (mask.shape[1], mask.shape[0])
    return Sample(picture, size, boxes, np.full(len(boxes), classes.index(kind)), None, shapes)


LAYOUT = Mvtec()
