"""Magnetic tile (Huang et al. 2020): MT_<Class>/*.jpg with a mask of the same name, .png; MT_Free holds none.

``index.csv`` (image, tile_group), where it is there, says which photographs show one tile.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.readers import grey_mask, refuse_split
from detectors.readers.masks import boxes_of_mask
from detectors.samples import Sample, Samples
from detectors.tolerance import each, say_left_out
from rendersdg.documents import csv_rows
from rendersdg.errors import DatasetError

CLASSES = ("Blowhole", "Break", "Crack", "Fray", "Uneven")
_LEVEL = 127  # a mask's pixel above it is defect; edges carry a few grey values


class MagneticTile:
    """Magnetic tile defects with pixel masks."""

    def fits(self, path: Path) -> bool:
        return any((path / f"MT_{name}").is_dir() for name in CLASSES)

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set; there are no splits. Raises DatasetError naming the image whose mask is missing."""
        refuse_split(split, (), path)
        groups = {}
        if (path / "index.csv").is_file():
            rows = csv_rows(path / "index.csv", ("image", "tile_group"))
            groups = {row["image"]: row["tile_group"] for _, row in rows}
        images: list[Sample] = []
        undrawn: list[Path] = []
        for name in (*CLASSES, "Free"):
            pictures = sorted((path / f"MT_{name}").rglob("*.jpg"))
            given = ((picture, name, groups.get(str(picture.relative_to(path)), "")) for picture in pictures)
            found = list(each(_sample, given, lambda picture, *_: picture))
            # a defect that nobody drew is neither a defect image nor a free one
            images += [s for s in found if name == "Free" or len(s.labels)]
            undrawn += [s.file for s in found if name != "Free" and not len(s.labels)]
        say_left_out(undrawn, "a defect is in them by their folder, and their mask shows none")
        return Samples(CLASSES, tuple(images))


def _sample(picture: Path, name: str, group: str) -> Sample:
    note = picture.with_suffix(".png")
    if not note.is_file():
        raise DatasetError(f"{picture} has no mask {note.name}")
    mask = grey_mask(note, picture) > _LEVEL
    boxes, shapes = boxes_of_mask(mask)
    labels = np.full(len(boxes), CLASSES.index(name) if name in CLASSES else 0)
    return Sample(picture, (mask.shape[1], mask.shape[0]), boxes, labels, None, shapes, group)


LAYOUT = MagneticTile()
