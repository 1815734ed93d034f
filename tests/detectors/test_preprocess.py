"""Images on their way into the network's square, and boxes on their way back."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.preprocess import Preprocess, read_rgb


@given(st.integers(20, 300), st.integers(20, 300), st.booleans())
@settings(deadline=None, max_examples=40)
def test_boxes_come_back_from_the_square(width: int, height: int, grey: bool) -> None:
    preprocess = Preprocess(96, grey=grey)
    image = np.zeros((height, width, 3), np.uint8)
    box = np.array([[width * 0.25, height * 0.25, width * 0.75, height * 0.5]])

    square = preprocess.image(image)

    assert square.shape == (96, 96, 3)
    assert np.allclose(preprocess.boxes_back(box * preprocess.scale_of((width, height)), (width, height)), box)
    assert preprocess.tensor(square[None]).shape == (1, 3, 96, 96)


def test_read_rgb_gives_red_first(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "red.png"), np.array([[[0, 0, 255]]], np.uint8))

    assert read_rgb(tmp_path / "red.png").tolist() == [[[255, 0, 0]]]
