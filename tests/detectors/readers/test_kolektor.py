"""KolektorSDD2: a mask beside each picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from detectors.readers import read
from tests.detectors.readers.layouts import BOX, found, patch, picture


def test_masks_become_boxes_in_both_splits(tmp_path: Path) -> None:
    picture(tmp_path / "train/10000.png")
    cv2.imwrite(str(tmp_path / "train/10000_GT.png"), patch())
    picture(tmp_path / "test/20000.png")
    cv2.imwrite(str(tmp_path / "test/20000_GT.png"), patch() * 0)

    assert found(read(f"{tmp_path}@train")) == [("10000.png", [("defect", BOX)])]
    assert found(read(f"{tmp_path}@test")) == [("20000.png", [])]
    assert np.array_equal(read(str(tmp_path)).images[0].mask(), patch() > 0)
