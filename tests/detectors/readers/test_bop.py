"""BOP: visible masks and boxes, of our writer and of sets without masks or names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from detectors.readers import READERS, read
from rendersdg.errors import DatasetError
from tests.conftest import Opener
from tests.detectors.readers.layouts import BOX, check_round_trip, found, patch, picture
from tests.writers.written import objects, write


def scene_of(folder: Path, gt: Any, info: Any, split: str = "test") -> Path:
    scene = folder / split / "000048"
    picture(scene / "rgb" / "000003.png")
    (scene / "scene_gt.json").write_text(json.dumps(gt))
    if info is not None:
        (scene / "scene_gt_info.json").write_text(json.dumps(info))
    return scene


def test_what_bop_writer_writes_is_read_back(open_scene: Opener, tmp_path: Path) -> None:
    check_round_trip(open_scene, tmp_path, "bop", "BopWriter")


def test_visible_masks_are_those_of_the_label_pass(open_scene: Opener, tmp_path: Path) -> None:
    session = write(open_scene, tmp_path, "BopWriter", 1)
    ids, seen = objects(session, 0)

    [sample] = read(f"bop:{tmp_path}@train_pbr").images

    assert np.array_equal(sample.mask(), np.isin(ids, [k for o in seen for k in o["ids"]]))


def test_masks_come_first_then_boxes_and_hidden_objects_are_left_out(tmp_path: Path) -> None:
    info = {"3": [{"bbox_visib": [0, 0, 1, 1]}, {"bbox_visib": [1, 2, 3, 4]}, {"bbox_visib": [-1, -1, -1, -1]}]}
    scene = scene_of(tmp_path, {"3": [{"obj_id": 5}, {"obj_id": 2}, {"obj_id": 9}]}, info)
    (scene / "mask_visib").mkdir()
    cv2.imwrite(str(scene / "mask_visib" / "000003_000000.png"), patch())

    samples = read(str(tmp_path))

    assert READERS["bop"].fits(tmp_path) and samples.classes == ("obj_000002", "obj_000005", "obj_000009")
    assert found(samples) == [("000003.png", [("obj_000005", BOX), ("obj_000002", [1, 2, 4, 6])])]
    assert {s.group for s in samples.images} == {str(scene)}


@pytest.mark.parametrize(
    ("gt", "info", "message"),
    [
        ({"3": [{"obj_id": 5}]}, None, "000048/scene_gt_info.json: image 3: an object has no bbox_visib"),
        ({"3": [{"obj_id": 5}]}, {"3": []}, "scene_gt.json: what it lists of image '3' is not what scene_gt_info"),
        ({"3": [{"obj_id": "x"}]}, {"3": [{}]}, "scene_gt.json: 'x' is not the number"),
        ({"4": []}, {}, "rgb lacks the picture of image 4"),
        ({"3": [7]}, {}, "an object of image '3' is not a JSON object"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, gt: Any, info: Any, message: str) -> None:
    scene_of(tmp_path, gt, info)

    with pytest.raises(DatasetError, match=message):
        read(str(tmp_path))
    with pytest.raises(DatasetError, match="has no split 'train'"):
        read(f"{tmp_path}@train")
