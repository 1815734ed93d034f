"""Two datasets of one scene: what differs is told by numbers known by hand."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from rendersdg.annotators.boxes import BOX_2D
from rendersdg.errors import DatasetError
from rendersdg.parity.compare import compare, markdown
from tests.conftest import ROOT
from tests.datasets import run

FRUIT = ROOT.parent / "shared" / "data" / "replicator-fruit"


def written(
    folder: Path, left: int = 2, name: str = "apple", depth: float = 2.0, level: int = 100, number: str = "0000"
) -> Path:
    """Write a frame: a square of 4 x 4 pixels from ``left`` on, in an image of 10 x 10."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"bounding_box_2d_tight_{number}.npy", np.array([(0, left, 3, left + 3, 6, 0.0)], BOX_2D))
    (folder / f"bounding_box_2d_tight_labels_{number}.json").write_text(json.dumps({"0": {"class": name}}))
    mask = np.zeros((10, 10, 4), np.uint8)
    mask[3:7, left : left + 4] = (30, 20, 10, 255)  # OpenCV writes blue first
    cv2.imwrite(str(folder / f"semantic_segmentation_{number}.png"), mask)
    (folder / f"semantic_segmentation_labels_{number}.json").write_text(
        json.dumps({"(0, 0, 0, 0)": {"class": "BACKGROUND"}, "(10, 20, 30, 255)": {"class": name}})
    )
    distance = np.full((10, 10), np.inf, np.float32)
    distance[3:7, left : left + 4] = depth
    np.save(folder / f"distance_to_camera_{number}.npy", distance)
    cv2.imwrite(str(folder / f"rgb_{number}.png"), np.full((10, 10, 3), level, np.uint8))
    return folder


def test_a_dataset_is_itself(tmp_path: Path) -> None:
    found = compare(written(tmp_path / "a"), written(tmp_path / "b", number="0"))  # older versions write plain numbers

    assert found.frames == ["0"] and found.boxes == [("apple", 1.0, 0.0)] and found.alone == [0, 0]
    assert found.masks == {"apple": [16, 16], "BACKGROUND": [84, 84]} and found.mask_iou == 1
    assert (found.depth[0] == 0).all() and found.sky == [0.0] and (found.colour[0] == 0).all()


def test_what_moved_is_told_in_pixels_and_levels(tmp_path: Path) -> None:
    found = compare(written(tmp_path / "a", left=2), written(tmp_path / "b", left=3, depth=2.5, level=90))

    assert found.boxes == [("apple", 12 / 20, 1.0)]
    assert found.masks["apple"] == [12, 20]
    np.testing.assert_allclose(found.depth[0], 0.5 / 2.5)
    assert found.sky == [8 / 100]
    np.testing.assert_allclose(found.colour[0], [[10, 10, 10], [10, 10, 10]])
    assert "| boxes | 1 pairs, 0 and 0 without their like | median IoU 0.600" in markdown(found)


def test_another_name_is_another_thing(tmp_path: Path) -> None:
    found = compare(written(tmp_path / "a"), written(tmp_path / "b", name="pear"))

    assert found.boxes == [] and found.alone == [1, 1] and found.box_iou == 0
    assert found.masks["apple"] == [0, 16] and found.masks["pear"] == [0, 16]


def test_what_cannot_be_compared_is_told(tmp_path: Path) -> None:
    written(tmp_path / "a")
    written(tmp_path / "b", number="0007")
    with pytest.raises(DatasetError, match="share no frame"):
        compare(tmp_path / "a", tmp_path / "b")
    shutil.copytree(tmp_path / "a", tmp_path / "c")
    (tmp_path / "c" / "bounding_box_2d_tight_labels_0000.json").write_text("{")
    with pytest.raises(DatasetError, match=r"labels_0000\.json is not JSON"):
        compare(tmp_path / "a", tmp_path / "c")
    with pytest.raises(DatasetError, match="not a folder"):
        compare(tmp_path / "a", tmp_path / "nowhere")


def test_the_command_prints_and_gates(tmp_path: Path) -> None:
    written(tmp_path / "a")
    written(tmp_path / "b", left=3)

    told = run("parity", tmp_path / "a", tmp_path / "b").stdout
    failed = run("parity", tmp_path / "a", tmp_path / "b", "--least-iou", "0.9", check=False)

    assert told.startswith("1 frame\n") and "mask of apple" in told
    assert failed.returncode == 7 and "0.600" in failed.stderr and "Traceback" not in failed.stderr


@pytest.mark.skipif(not FRUIT.is_dir(), reason="NVIDIA's output is not here")
def test_nvidias_own_output_is_read(tmp_path: Path) -> None:
    same = compare(FRUIT, FRUIT)

    assert (
        len(same.frames) == 90 and same.box_iou == 1 and same.alone[0] == same.alone[1] <= 1
    )  # a box without area is like none
    assert sum(1 for _ in same.colour) == 2 and math.isnan(same.mask_iou)

    shutil.copytree(FRUIT, tmp_path / "moved")
    for file in (tmp_path / "moved").glob("bounding_box_2d_tight_[0-9]*.npy"):
        rows = np.load(file)
        rows["x_min"] += 3
        rows["x_max"] += 3
        file.chmod(0o644)
        np.save(file, rows)
    moved = compare(FRUIT, tmp_path / "moved")

    assert 0.85 < moved.box_iou < 0.95 and all(apart == 3 for _, _, apart in moved.boxes if apart < 4)
