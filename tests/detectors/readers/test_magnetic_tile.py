"""Magnetic tiles: masks become boxes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from detectors.readers import read
from tests.detectors.readers.layouts import found, picture


def test_magnetic_tile_masks_become_boxes_and_groups(tmp_path: Path) -> None:
    mask = np.zeros((10, 20), np.uint8)
    mask[2:5, 3:9] = 255
    for name, drawn in (
        ("MT_Crack/exp1_num_5", mask),
        ("MT_Free/exp2_num_9", mask * 0),
        ("MT_Uneven/exp1_num_1", mask * 0),
    ):
        picture(tmp_path / f"{name}.jpg")
        cv2.imwrite(str(tmp_path / f"{name}.png"), drawn)
    (tmp_path / "index.csv").write_text("image,class,tile_group\nMT_Crack/exp1_num_5.jpg,Crack,Crack_00\n")

    samples = read(str(tmp_path))

    assert found(samples) == [("exp1_num_5.jpg", [("Crack", [3, 2, 9, 5])]), ("exp2_num_9.jpg", [])]
    assert samples.images[0].group == "Crack_00" and np.array_equal(samples.images[0].mask(), mask > 0)
