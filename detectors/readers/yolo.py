"""YOLO: ``data.yaml`` with splits and names, ``images/`` and ``labels/`` in the same order; boxes
(of poses, too), outlines, or the four corners of oriented boxes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from detectors.readers import IMAGE_SUFFIXES, refuse_split, size_of
from detectors.samples import Sample, Samples
from detectors.tolerance import each
from rendersdg.documents import read_text, shown
from rendersdg.errors import DatasetError
from rendersdg.plain import Json
from rendersdg.yaml_values import load_yaml, plain_value
from writers.yolo import read_yolo

_MOST_DIGITS = 9  # of a class's number
_MOST_POINTS = 10_000  # of an object
_CORNERS = 4  # of an oriented box
_NO_SPLIT = (
    *("names", "nc", "path", "download", "roboflow", "yaml_file"),
    *("kpt_shape", "flip_idx", "kpt_names", "kpt_sigmas"),
)


class Yolo:
    """YOLO text labels with a data.yaml."""

    def fits(self, path: Path) -> bool:
        return (path / "data.yaml").is_file() or (path.name == "data.yaml" and path.is_file())

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set, or one split of it. Raises DatasetError naming the file that is wrong."""
        file = path if path.is_file() else path / "data.yaml"
        text, listed = _names(file)
        root = file.parent / str(text.get("path") or "")
        splits = {str(k): v for k, v in text.items() if k not in _NO_SPLIT and isinstance(v, (str, list))}
        refuse_split(split, splits, file)
        numbers = sorted(listed)
        after_box = _after_box(text.get("kpt_shape"), file)
        images: list[Sample] = []
        for name in splits if split is None else [split]:
            rows = ((picture, numbers, after_box) for picture in _pictures(root, splits[name], file))
            images += each(_sample, rows, lambda picture, *_: picture)
        return Samples(tuple(listed[k] for k in numbers), tuple(images))


def _names(file: Path) -> tuple[Json, dict[int, str]]:
    """Return a data.yaml and its class names by number. Raises DatasetError with the line, or what is missing."""
    text = plain_value(load_yaml(file, DatasetError))
    names = text.get("names") if isinstance(text, dict) else None
    if not isinstance(text, dict) or not isinstance(names, (dict, list)):
        raise DatasetError(f"{file} is not a data.yaml of YOLO: it has no list of names")
    if isinstance(names, list):
        return text, dict(enumerate(map(str, names)))
    for key in names:
        if not key.isdecimal() or len(key) > _MOST_DIGITS:
            raise DatasetError(f"{file}: names has {shown(key)}, which is not the number of a class")
    return text, {int(k): str(v) for k, v in names.items()}


def _after_box(shape: object, file: Path) -> int:
    """Return how many numbers of a pose follow the box in a row, 0 for none. Raises DatasetError for no such shape."""
    if shape is None:
        return 0
    match shape:
        case [int(count), (2 | 3) as width] if 0 < count <= _MOST_POINTS:
            return count * width
    raise DatasetError(f"{file}: kpt_shape={shown(shape)} is not [number of points, 2 or 3]")


def _pictures(root: Path, value: str | list[object], file: Path) -> list[Path]:
    pictures: list[Path] = []
    for entry in value if isinstance(value, list) else [value]:
        place = root / str(entry)
        if os.path.isdir(place):
            pictures += sorted(p for p in place.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
        elif os.path.isfile(place):
            pictures += [place.parent / line.strip() for line in read_text(place).splitlines() if line.strip()]
        else:
            raise DatasetError(f"{file}: {entry} is neither a folder nor a list below {root}")
    return pictures


def _sample(picture: Path, numbers: list[int], after_box: int = 0) -> Sample:
    parts = list(picture.parts)
    if "images" in parts:
        parts[len(parts) - 1 - parts[::-1].index("images")] = "labels"
    note = Path(*parts).with_suffix(".txt")
    size = size_of(picture)
    text = read_text(note) if note.is_file() else ""  # no label file: an image of background
    try:
        rows = read_yolo(text, size, after_box)
    except DatasetError as error:
        raise DatasetError(f"{note}: {error}") from None
    boxes, labels, shapes = [], [], []
    for number, values in rows:
        if number not in numbers:
            raise DatasetError(f"{note}: class number {shown(number)} has no name in data.yaml")
        outline = values.ndim == 2
        # of an oriented box, which may reach over the frame, the upright one holds what is seen
        seen = np.clip(values, 0, size) if outline and len(values) == _CORNERS else values
        boxes.append((*seen.min(0), *seen.max(0)) if outline else tuple(values))
        labels.append(numbers.index(number))
        shapes.append([values.ravel().tolist()] if outline else None)
    kept = tuple(shapes) if any(s is not None for s in shapes) else None
    return Sample(picture, size, np.array(boxes, float), np.array(labels, int), None, kept)


LAYOUT = Yolo()
