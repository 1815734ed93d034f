"""Severstal: train.csv (ImageId, ClassId, EncodedPixels) beside train_images/.
Runs are 1-based and column by column.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.readers import images_in, refuse_split, size_of
from detectors.readers.masks import boxes_of_mask
from detectors.samples import Rle, Sample, Samples
from detectors.tolerance import PictureFault, each, tolerated
from rendersdg.arrays import F8, Mask
from rendersdg.documents import csv_rows, read_text, shown
from rendersdg.errors import DatasetError

CLASSES = ("1", "2", "3", "4")


class Severstal:
    """Severstal steel defects with run-length masks."""

    def fits(self, path: Path) -> bool:
        return (path / "train.csv").is_file() and (path / "train_images").is_dir()

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set; there is one split, ``train``. Raises DatasetError naming the file and line that is wrong."""
        refuse_split(split, ("train",), path)
        file = path / "train.csv"
        pictures = {p.name: p for p in images_in(path / "train_images").values()}
        rows: dict[str, list[tuple[int, str, int]]] = {}
        columns = ("ImageId_ClassId",) if "ImageId_ClassId" in _header(file) else ("ImageId", "ClassId")
        for number, row in csv_rows(file, (*columns, "EncodedPixels")):
            if len(columns) == 1:  # the first edition of the file
                name, _, kind = row["ImageId_ClassId"].rpartition("_")
            else:
                name, kind = row["ImageId"], row["ClassId"]
            with tolerated(path / "train_images" / name):
                if kind not in CLASSES:
                    raise DatasetError(f"{file}:{number}: ClassId {shown(kind)} is not 1 to 4")
                if name not in pictures:
                    raise PictureFault(f"{file}:{number}: image {shown(name)} is not in train_images")
                rows.setdefault(name, []).append((CLASSES.index(kind), row["EncodedPixels"], number))
        given = ((picture, rows.get(name, []), file) for name, picture in pictures.items())
        return Samples(CLASSES, tuple(each(_sample, given, lambda picture, *_: picture)))


def _header(file: Path) -> list[str]:
    return read_text(file).partition("\n")[0].strip().split(",")


def _sample(picture: Path, rows: list[tuple[int, str, int]], file: Path) -> Sample:
    width, height = size_of(picture)
    boxes: list[F8] = [np.zeros((0, 4))]
    labels: list[int] = []
    shapes: list[Rle] = []
    for kind, pixels, number in rows:
        if not pixels.strip():
            continue
        own, runs = boxes_of_mask(_mask(pixels, (height, width), f"{file}:{number}"))
        boxes.append(own)
        labels += [kind] * len(own)
        shapes += runs
    return Sample(picture, (width, height), np.concatenate(boxes), np.array(labels, int), None, tuple(shapes))


def _mask(pixels: str, size_hw: tuple[int, int], where: str) -> Mask:
    pixels_in_all = size_hw[0] * size_hw[1]
    try:
        starts, lengths = np.array(pixels.split(), np.int64).reshape(-1, 2).T
    except (ValueError, OverflowError):
        raise DatasetError(f"{where}: EncodedPixels is not pairs of start and length") from None
    if (starts < 1).any() or (lengths < 1).any() or (lengths > pixels_in_all - starts + 1).any():
        raise DatasetError(f"{where}: a run lies outside the image of {size_hw[1]} x {size_hw[0]}")
    edges = np.zeros(pixels_in_all + 1, np.int32)  # +1 where a run begins, -1 behind its end
    np.add.at(edges, starts - 1, 1)
    np.add.at(edges, starts - 1 + lengths, -1)
    flat = np.cumsum(edges[:-1], dtype=np.int32) > 0
    return flat.reshape(size_hw, order="F")


LAYOUT = Severstal()
