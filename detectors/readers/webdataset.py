"""WebDataset: tar shards of samples, a picture (``<key>.png``) and its labels (``<key>.json``) as WebDatasetWriter
writes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from detectors.packed import member_bytes, tar_members
from detectors.readers import IMAGE_SUFFIXES, agreed_size, corners, refuse_split
from detectors.samples import Sample, Samples
from detectors.tolerance import PictureFault, each, tolerated
from rendersdg.documents import json_mapping, shown
from rendersdg.errors import DatasetError
from rendersdg.plain import Json


class WebDataset:
    """Tar shards with COCO's labels in a JSON a sample."""

    def fits(self, path: Path) -> bool:
        return path.suffix == ".tar" if path.is_file() else next(path.glob("*.tar"), None) is not None

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set. Raises DatasetError naming the shard and the member that is wrong."""
        refuse_split(split, (), path)
        shards = [path] if path.is_file() else sorted(path.glob("*.tar"))
        rows = [row for shard in shards for row in _rows(shard)]
        names = sorted({str(o["category"]) for _, tree, _ in rows for o in tree["objects"]})
        return Samples(tuple(names), tuple(each(_sample, ((*row, names) for row in rows), lambda p, *_: p)))


def _rows(shard: Path) -> Iterator[tuple[Path, Json, str]]:
    """Yield the samples of a shard: the picture, its labels, and where those lie."""
    members = tar_members(shard)
    for name, place in members.items():
        key, _, what = name.partition(".")
        if what != "json":
            continue
        where = f"{shard}: {name}"
        with tolerated(shard / name):
            tree = json_mapping(member_bytes(shard, place), where)
            yield shard / _picture(members, key, where), checked_labels(tree, where), where


def _picture(members: Mapping[str, object], key: str, where: str) -> str:
    for suffix in IMAGE_SUFFIXES:
        if f"{key}{suffix}" in members:
            return f"{key}{suffix}"
    raise PictureFault(f"{where}: there is no picture {key}.png or of another format beside it")


def checked_labels(tree: Json, where: str) -> Json:
    """Return the labels of a sample, looked through. Raises DatasetError for what is not as our writers write them."""
    objects = tree.get("objects")
    if not isinstance(objects, list) or not all(isinstance(o, dict) for o in objects):
        raise DatasetError(f"{where}: objects is {shown(objects)}, not a list of objects with category and bbox")
    for o in objects:
        if not isinstance(o.get("category"), str) or "bbox" not in o:
            raise DatasetError(f"{where}: an object has no category (a text) or no bbox: {shown(o)}")
    return tree


def _sample(picture: Path, tree: Json, where: str, names: list[str]) -> Sample:
    objects = tree["objects"]
    box = corners([o["bbox"] for o in objects], where)
    box[:, 2:] += box[:, :2]
    shapes = tuple(o.get("segmentation") or None for o in objects)
    return Sample(
        picture,
        agreed_size(picture, where, tree.get("width"), tree.get("height")),
        box,
        np.array([names.index(o["category"]) for o in objects], int),
        np.array([bool(o.get("iscrowd", 0)) for o in objects], bool),
        shapes if any(s is not None for s in shapes) else None,
    )


LAYOUT = WebDataset()
