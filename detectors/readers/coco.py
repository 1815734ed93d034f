"""COCO: a JSON file of instances beside its images, or a folder with ``annotations/*.json``."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from detectors.readers import agreed_size, corners, refuse_split
from detectors.samples import Sample, Samples
from detectors.tolerance import PictureFault, each, tolerated
from rendersdg.arrays import F8
from rendersdg.documents import shown
from rendersdg.english import counted
from rendersdg.errors import DatasetError
from rendersdg.plain import Json
from writers.coco import CocoReader


class Coco:
    """COCO instances."""

    def fits(self, path: Path) -> bool:
        return path.suffix == ".json" if path.is_file() else bool(_lists(path))

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set, or one list of it. Raises DatasetError naming the list and what is wrong in it."""
        if path.is_file():
            refuse_split(split, (), path)
            return _read(path)
        lists = _lists(path)
        if split is None and len(lists) > 1:
            raise DatasetError(
                f"{path} has several lists: name one, {path}@{next(iter(lists))}; its splits are {', '.join(lists)}"
            )
        refuse_split(split, lists, path)
        if not lists:
            raise DatasetError(f"{path} has no annotations/*.json")
        return _read(lists[split] if split else next(iter(lists.values())))


def _lists(path: Path) -> dict[str, Path]:
    """Return {split: file}: ``instances_train2017.json`` and ``train.json`` are the splits train2017 and train."""
    lists = {}
    for file in sorted([*(path / "annotations").glob("*.json"), *path.glob("_annotations.coco.json")]):
        if not file.stem.startswith(("panoptic", "captions", "person_keypoints", "image_info", "stuff")):
            lists[file.stem.removeprefix("instances_")] = file
    return lists


def _read(file: Path) -> Samples:
    data = CocoReader(file).data
    categories = sorted(_rows(data, "categories", file, "id", "name"), key=lambda c: (str(type(c["id"])), c["id"]))
    place = {_key(c["id"], file): k for k, c in enumerate(categories)}
    if len(place) != len(categories):
        raise DatasetError(f"{file}: two categories have one id")
    of_image: dict[int | str, list[Json]] = defaultdict(list)
    for a in _rows(data, "annotations", file, "category_id", "image_id", "bbox"):
        with tolerated(file):
            if _key(a["category_id"], file) not in place:
                raise DatasetError(
                    f"{file}: annotation {shown(a.get('id'))} has category {a['category_id']}, which is not listed"
                )
            of_image[_key(a["image_id"], file)].append(a)
    listed = _rows(data, "images", file, "id", "file_name")
    if len({_key(image["id"], file) for image in listed}) != len(listed):
        raise DatasetError(f"{file}: two images have one id")
    rows = ((file, image, of_image.pop(image["id"], []), place) for image in listed)
    images = tuple(each(_sample, rows, lambda _, image, *rest: _place(file, str(image["file_name"]))))
    for number, notes in of_image.items():
        with tolerated(file):
            raise DatasetError(f"{file}: {counted(len(notes), 'annotation')} of image {number}, which is not listed")
    return Samples(tuple(str(c["name"]) for c in categories), images)


def _sample(file: Path, image: Json, notes: list[Json], place: Mapping[int | str, int]) -> Sample:
    where = f"{file}: image {shown(image['file_name'])}"
    box = corners([a["bbox"] for a in notes], where)
    box[:, 2:] += box[:, :2]
    picture = _picture(file, str(image["file_name"]))
    shapes = tuple(a.get("segmentation") or None for a in notes)
    return Sample(
        picture,
        agreed_size(picture, file, image.get("width"), image.get("height")),
        box,
        np.array([place[a["category_id"]] for a in notes], int),
        np.array([bool(a.get("iscrowd", 0)) for a in notes], bool),
        shapes if any(s is not None for s in shapes) else None,
        str(image.get("group", "")),
        _share(notes, "visible_fraction"),
        _share(notes, "truncation"),
    )


def _share(notes: list[Json], name: str) -> F8 | None:
    """Return what our writer notes of each object, NaN where others note nothing; None where nothing is noted."""
    values = [a.get(name) for a in notes]
    if all(value is None for value in values):
        return None
    return np.array([v if isinstance(v, (int, float)) and abs(v) <= 1 else np.nan for v in values], np.float64)


def _rows(data: Json, name: str, file: Path, *keys: str) -> list[Json]:
    """Return the list ``name`` of a COCO file, each of whose entries has ``keys``. Raises DatasetError."""
    rows = data.get(name)
    if not isinstance(rows, list):
        raise DatasetError(f"{file} is not a COCO instances file: {name} is {shown(rows)}, not a list")
    for number, row in enumerate(rows):
        missing = [key for key in keys if not isinstance(row, dict) or key not in row]
        if missing:
            raise DatasetError(f"{file} is not a COCO instances file: {name}[{number}] has no {missing[0]!r}")
    return rows


def _key(value: object, file: Path) -> int | str:
    """Return an id. Raises DatasetError for what is not a whole number or text."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise DatasetError(f"{file}: an id is {shown(value)}; ids are whole numbers or text")
    return value


def _picture(file: Path, name: str) -> Path:
    """Return where an image lies. Raises PictureFault."""
    picture = _place(file, name)
    if os.path.isfile(picture):
        return picture
    places = _places(file)
    raise PictureFault(f"{file}: image {shown(name)} is not in {', '.join(map(str, places))}")


def _place(file: Path, name: str) -> Path:
    """Return where an image lies: beside the list, or in the usual folders around it; the first of these without it."""
    places = [place / name for place in _places(file)]
    return next((place for place in places if os.path.isfile(place)), places[0])


def _places(file: Path) -> list[Path]:
    split = file.stem.removeprefix("instances_")
    return [
        file.parent,
        file.parent / "images",
        file.parent.parent / "images",
        file.parent.parent,
        file.parent.parent / split,
    ]


LAYOUT = Coco()
