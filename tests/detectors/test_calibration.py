"""Images to calibrate with: drawn by seed, from folders or from nothing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.calibration import Calibration, fractal
from rendersdg.errors import BadArgument, DatasetError


def test_calibration_images_are_drawn_by_seed(tmp_path: Path) -> None:
    for k in range(8):
        cv2.imwrite(str(tmp_path / f"{k}.png"), np.full((5, 5, 3), 30 * k, np.uint8))

    def values(seed: int) -> list[int]:
        return [int(i[0, 0, 0]) for i in Calibration(str(tmp_path), 4, seed).images(32)]

    assert values(0) == values(0) != values(1) and len(set(values(0))) == 4
    made = [list(Calibration(source, 3, 5).images(32)) for source in ("fractals", "noise", "fractals")]
    assert all(np.array_equal(a, b) for a, b in zip(made[0], made[2])) and made[1][0].shape == (32, 32, 3)
    with pytest.raises(DatasetError, match="holds no image"):
        (tmp_path / "empty").mkdir()
        list(Calibration(str(tmp_path / "empty")).images(32))
    with pytest.raises(BadArgument, match="give 1 or more"):
        Calibration("noise", 0)


def test_fractals_differ_and_fill_some_of_the_frame() -> None:
    images = [fractal(64, np.random.default_rng(k)) for k in range(6)]

    assert all(i.std() > 15 for i in images)
    assert min(np.abs(a.astype(int) - b).mean() for k, a in enumerate(images) for b in images[:k]) > 20
