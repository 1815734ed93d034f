"""COCO: a JSON file of instances beside its images, or a folder with ``annotations/*.json``."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from detectors.readers import refuse_split, size_of
from detectors.samples import Sample, Samples
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
    try:
        categories = sorted(data["categories"], key=lambda c: c["id"])
        place = {c["id"]: k for k, c in enumerate(categories)}
        of_image: dict[int | str, list[Json]] = defaultdict(list)
        for a in data["annotations"]:
            if a["category_id"] not in place:
                raise DatasetError(f"{file}: annotation {a['id']} has category {a['category_id']}, which is not listed")
            of_image[a["image_id"]].append(a)
        images = []
        for image in data["images"]:
            notes = of_image.pop(image["id"], [])
            box = np.array([a["bbox"] for a in notes], float).reshape(-1, 4)
            box[:, 2:] += box[:, :2]
            picture = _picture(file, image["file_name"])
            size = (image["width"], image["height"]) if image.get("width") and image.get("height") else size_of(picture)
            shapes = tuple(a.get("segmentation") or None for a in notes)
            images.append(
                Sample(
                    picture,
                    size,
                    box,
                    np.array([place[a["category_id"]] for a in notes], int),
                    np.array([bool(a.get("iscrowd", 0)) for a in notes], bool),
                    shapes if any(s is not None for s in shapes) else None,
                    str(image.get("group", "")),
                )
            )
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"{file} is not a COCO instances file: {type(error).__name__} {error}") from None
    if of_image:
        raise DatasetError(f"{file}: annotations of image {next(iter(of_image))}, which is not listed")
    return Samples(tuple(str(c["name"]) for c in categories), tuple(images))


def _picture(file: Path, name: str) -> Path:
    """Return where an image lies: beside the list, or in the usual folders around it."""
    split = file.stem.removeprefix("instances_")
    places = [
        file.parent,
        file.parent / "images",
        file.parent.parent / "images",
        file.parent.parent,
        file.parent.parent / split,
    ]
    for place in places:
        if (place / name).is_file():
            return place / name
    raise DatasetError(f"{file}: image {name!r} is not in {', '.join(map(str, places))}")


LAYOUT = Coco()
