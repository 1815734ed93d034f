"""Augmentation moves boxes with their pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.augment import Augment, augmented, laid_together


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_augmentation_moves_boxes_with_their_pixels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = 96
    x, y, w, h = *rng.integers(0, 60, 2), *rng.integers(12, 36, 2)
    image = np.zeros((size, size, 3), np.uint8)
    image[y : y + h, x : x + w] = 255
    choice = Augment(flip_x=0.5, flip_y=0.5, scale=0.3, shift=0.2, gain=0.2, level=0.1, noise=0)

    out, boxes, keep, _ = augmented(image, np.array([[x, y, x + w, y + h]], float), choice, rng, pad=0)

    bright = out[..., 0] > 110
    if keep[0]:
        rows, columns = np.flatnonzero(bright.any(1)), np.flatnonzero(bright.any(0))
        seen = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
        assert np.abs(boxes[0] - seen).max() < 1.2, (boxes, seen)


def test_no_augmentation_leaves_the_image_alone() -> None:
    image = np.random.default_rng(0).integers(0, 255, (32, 32, 3)).astype(np.uint8)
    none = Augment(0, 0, 0, 0, 0, 0, 0, 0)

    out, boxes, keep, _ = augmented(image, np.array([[1, 2, 9, 9.0]]), none, np.random.default_rng(1), 114)

    assert np.array_equal(out, image) and boxes.tolist() == [[1, 2, 9, 9]] and keep.all()


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_a_mosaic_keeps_each_box_on_its_object(seed: int) -> None:
    rng = np.random.default_rng(seed)
    four = []
    for value in (60, 110, 160, 210):
        x, y = rng.integers(0, 60, 2)
        image = np.zeros((96, 96, 3), np.uint8)
        image[y : y + 30, x : x + 30] = value
        four.append((image, np.array([[x, y, x + 30, y + 30]], float)))

    out, boxes, _ = laid_together(four, rng, pad=0)

    for (x0, y0, x1, y1), value in zip(boxes, (60, 110, 160, 210)):
        if x1 - x0 > 2 and y1 - y0 > 2:
            inner = out[int(np.ceil(y0)) + 1 : int(y1) - 1, int(np.ceil(x0)) + 1 : int(x1) - 1, 0]
            assert inner.size == 0 or np.abs(inner.astype(int) - value).max() <= 2
