"""Heat maps as pictures."""

from __future__ import annotations

import cv2
import numpy as np

from detectors.anomaly.heat import Heat
from detectors.anomaly.pictures import coloured, drawn, sheet, side_by_side
from tests.detectors.anomaly.parts import part


def test_a_good_part_looks_as_it_is() -> None:
    image = part(0)[0]

    assert (drawn(image, Heat(np.zeros((60, 80), np.float32), 0, False), 1.0) == image).all()


def test_what_is_hot_is_red_and_outlined() -> None:
    image, heat = np.full((60, 80, 3), 90, np.uint8), np.zeros((60, 80), np.float32)
    heat[20:40, 20:60] = 5

    out = drawn(image, Heat(heat, 5, True), 1.0)

    red, green, blue = out[30, 40].astype(int)
    assert red > green + 50 and red > blue + 50
    assert (out[20, 30] > 200).all()


def test_colours_run_from_blue_to_red() -> None:
    colours = coloured(np.array([0, 1], np.float32))

    assert colours[0].argmax() == 2
    assert colours[1].argmax() == 0


def test_a_sheet_holds_pictures_of_any_sizes() -> None:
    pictures = [
        side_by_side(part(k, size_wh=size)[0], Heat(np.zeros(size[::-1], np.float32), 0, False), 1, f"name {k}")
        for k, size in enumerate([(80, 60), (30, 90), (200, 20), (50, 50)])
    ]

    image = cv2.imdecode(np.frombuffer(sheet(pictures), np.uint8), cv2.IMREAD_COLOR)

    assert image is not None
    assert image.shape[1] >= 160 + 60 + 400
