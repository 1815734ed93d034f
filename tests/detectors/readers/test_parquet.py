"""Parquet sets: ours and those of others are read; what is broken is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from detectors.packed import picture_bytes
from detectors.preprocess import read_rgb
from detectors.readers import read
from rendersdg.errors import DatasetError
from tests.conftest import Opener
from tests.detectors.readers.layouts import check_round_trip, found
from tests.writers.written import NAMED, write

pytestmark = pytest.mark.extra
pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
PICTURE = cv2.imencode(".png", np.full((10, 20, 3), 90, np.uint8))[1].tobytes()


def table(folder: Path, name: str = "train-0.parquet", **columns: list[Any]) -> Path:
    path = folder / "data" / name
    path.parent.mkdir(exist_ok=True)
    parquet.write_table(pa.table({"image": [{"bytes": PICTURE, "path": None}], **columns}), path)
    return path


def test_what_the_writer_writes_is_read_back(open_scene: Opener, tmp_path: Path) -> None:
    check_round_trip(open_scene, tmp_path, "parquet", "ParquetWriter", frames_per_shard=1)
    samples = read(str(tmp_path))

    assert [read_rgb(s.file).shape for s in samples.images] == [(120, 160, 3)] * 2
    assert len({picture_bytes(s.file) for s in samples.images}) == 2 and samples.images[0].mask().any()


def test_classes_that_are_numbered_have_the_order_that_was_given(open_scene: Opener, tmp_path: Path) -> None:
    classes = ["ring", "ball", "hidden", "box"]
    write(open_scene, tmp_path, "ParquetWriter", 1, classes=classes)
    samples = read(f"parquet:{tmp_path}@train")

    assert list(samples.classes) == classes and sum(samples.counts().values()) == len(samples.images[0].labels) > 1


def test_sets_of_others_have_objects_of_lists_and_no_sizes(tmp_path: Path) -> None:
    table(tmp_path, objects=[{"bbox": [[3.0, 2.0, 6.0, 3.0], [0.0, 0.0, 5.0, 5.0]], "category": [1, 0]}])
    table(tmp_path, "test-0.parquet", objects=[{"bbox": [], "category": []}])

    samples = read(f"{tmp_path}@train")
    assert found(samples) == [("00000000.png", [("1", [3.0, 2.0, 9.0, 5.0]), ("0", [0.0, 0.0, 5.0, 5.0])])]
    assert samples.images[0].size_wh == (20, 10) and len(read(str(tmp_path))) == 2


def test_sets_with_named_points_give_the_boxes_that_they_give_without(open_scene: Opener, tmp_path: Path) -> None:
    for name, points in (("with", ["lid", "base"]), ("without", [])):
        write(open_scene, tmp_path / name, "ParquetWriter", 2, NAMED, keypoints=points)

    assert found(read(str(tmp_path / "with"))) == found(read(str(tmp_path / "without"))) != []


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        ([{"bbox": [1.0, 1, 2, 2]}], "category of an object is None"),
        ([{"category": "a", "bbox": [1.0, 1, 2]}], "not four numbers"),
        ([{"category": -1, "bbox": [1.0, 1, 2, 2]}], "category of an object is -1"),
        ([{"category": "a", "bbox": [1.0, 1, 2, 2], "segmentation": "{"}], "segmentation"),
    ],
)
def test_what_is_broken_is_named(objects: list[Any], said: str, tmp_path: Path) -> None:
    table(tmp_path, objects=[objects])

    with pytest.raises(DatasetError, match=said):
        read(str(tmp_path))


def test_other_tables_and_bytes_are_refused(tmp_path: Path) -> None:
    path = table(tmp_path)
    with pytest.raises(DatasetError, match="no column 'objects'"):
        read(str(path))
    table(tmp_path, objects=["text"])
    with pytest.raises(DatasetError, match="objects is 'text'"):
        read(str(path))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DatasetError, match="not a Parquet file"):
        read(str(path))
