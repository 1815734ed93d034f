"""Parquet in the layout of Hugging Face's datasets: a column of pictures, and one of objects with boxes.

It needs pyarrow (extra ``parquet``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from detectors.packed import parquet_file, parquet_picture, rows_of
from detectors.readers import corners, refuse_split, size_of
from detectors.samples import Sample, Samples
from detectors.tolerance import tolerated
from rendersdg.documents import json_value, shown
from rendersdg.errors import DatasetError
from rendersdg.plain import Json

_CATEGORIES = ("category", "categories", "label", "labels")


class Parquet:
    """Hugging Face's object detection: ``image``, and ``objects`` with category and ``bbox`` (x, y, width, height)."""

    def fits(self, path: Path) -> bool:
        return path.suffix == ".parquet" if path.is_file() else bool(_files(path))

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set, or one split of it. Raises DatasetError naming the file and the row that is wrong."""
        files = [path] if path.is_file() else _files(path)
        splits = sorted({_split_of(file) for file in files})
        refuse_split(split, splits, path)
        chosen = [file for file in files if split is None or _split_of(file) == split]
        names = _names(chosen)
        rows = [row for file in chosen for row in _rows(file, names)]
        classes = names or sorted({category for *_, categories, _ in rows for category in categories})
        place = {name: k for k, name in enumerate(classes)}
        images = []
        for picture, size, box, categories, shapes in rows:
            labels = np.array([place[category] for category in categories], int)
            images.append(Sample(picture, size, box, labels, None, shapes if any(shapes) else None))
        return Samples(tuple(classes), tuple(images))


def _files(path: Path) -> list[Path]:
    return sorted([*path.glob("data/*.parquet"), *path.glob("*.parquet")])


def _split_of(file: Path) -> str:
    """Return the split that a file is of, by its name: ``train-000000.parquet``, ``test.parquet``."""
    return file.stem.partition("-")[0]


def _names(files: list[Path]) -> list[str]:
    """Return the names of the classes where the files note them, or nothing where categories are texts."""
    for file in files:
        noted = (parquet_file(file).schema_arrow.metadata or {}).get(b"huggingface")
        if noted is not None:
            return _class_label(json_value(noted, f"{file}: its note of features"))
    return []


def _class_label(tree: Any) -> list[str]:
    """Return the names of the first ClassLabel below ``objects`` in the features that a file notes."""
    objects = tree
    for key in ("info", "features", "objects"):
        objects = objects.get(key) if isinstance(objects, Mapping) else None
    objects = objects[0] if isinstance(objects, list) and objects else objects
    while isinstance(objects, Mapping) and isinstance(objects.get("feature"), Mapping):
        objects = objects["feature"]
    for key in _CATEGORIES if isinstance(objects, Mapping) else ():
        kind = objects.get(key)
        names = (kind.get("feature", kind) if isinstance(kind, Mapping) else {}).get("names")
        if isinstance(names, list):
            return [str(name) for name in names]
    return []


Row = tuple[Path, tuple[int, int], np.ndarray, list[str], tuple[Any, ...]]


def _rows(file: Path, names: list[str]) -> Iterator[Row]:
    there = set(parquet_file(file).schema_arrow.names)
    missing = [name for name in ("image", "objects") if name not in there]
    if missing:
        raise DatasetError(f"{file} has no column {missing[0]!r}; its columns are {', '.join(sorted(there))}")
    columns = [name for name in ("objects", "width", "height") if name in there]
    for number, row in enumerate(rows_of(file, columns)):
        with tolerated(parquet_picture(file, number)):
            yield _row(file, number, row, names)


def _row(file: Path, number: int, row: Json, names: list[str]) -> Row:
    where = f"{file}: row {number}"
    objects = _objects(row["objects"], where)
    box = corners([o.get("bbox") for o in objects], where)
    box[:, 2:] += box[:, :2]
    picture = parquet_picture(file, number)
    known = isinstance(row.get("width"), int) and isinstance(row.get("height"), int)
    size = (row["width"], row["height"]) if known else size_of(picture)
    categories = [_category(o, names, where) for o in objects]
    return picture, size, box, categories, tuple(_shape(o.get("segmentation"), where) for o in objects)


def _objects(value: object, where: str) -> list[Json]:
    """Return objects one by one, whether the column has a list of objects, or an object of lists."""
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return value
    if isinstance(value, dict):
        lists = {key: one for key, one in value.items() if isinstance(one, list)}
        if len({len(one) for one in lists.values()}) <= 1:
            return [dict(zip(lists, values)) for values in zip(*lists.values())]
    raise DatasetError(f"{where}: objects is {shown(value)}, not a list of objects")


def _category(o: Json, names: list[str], where: str) -> str:
    value = next((o[key] for key in _CATEGORIES if key in o), None)
    if isinstance(value, str):
        return value
    if not isinstance(value, int) or value < 0 or (names and value >= len(names)):
        raise DatasetError(f"{where}: the category of an object is {shown(value)}; it is a text, or a class's number")
    return names[value] if names else str(value)


def _shape(value: object, where: str) -> Any:
    if isinstance(value, str):
        return json_value(value, f"{where}: a segmentation") or None
    return value or None


LAYOUT = Parquet()
