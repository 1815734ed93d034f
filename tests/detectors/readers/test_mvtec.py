"""MVTec AD: good pictures, and masks by kind of defect."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.readers import read
from rendersdg.errors import DatasetError
from tests.detectors.readers.layouts import BOX, found, patch, picture


def test_masks_become_boxes_of_their_kind(tmp_path: Path) -> None:
    for place in ("train/good/000", "test/good/000", "test/crack/000", "test/hole/000"):
        picture(tmp_path / f"{place}.png")
    for kind in ("crack", "hole"):
        (tmp_path / "ground_truth" / kind).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "ground_truth" / kind / "000_mask.png"), patch())

    assert found(read(f"{tmp_path}@train")) == [("000.png", [])]
    assert found(read(f"{tmp_path}@test")) == [
        ("000.png", [("crack", BOX)]),
        ("000.png", []),
        ("000.png", [("hole", BOX)]),
    ]
    assert np.array_equal(read(f"mvtec:{tmp_path}@test").images[0].mask(), patch() > 0)


def test_a_mask_that_is_missing_is_named(tmp_path: Path) -> None:
    picture(tmp_path / "train/good/000.png")
    picture(tmp_path / "test/crack/007.png")

    with pytest.raises(DatasetError, match=r"007.png has no mask .*crack/007_mask.png"):
        read(str(tmp_path))
