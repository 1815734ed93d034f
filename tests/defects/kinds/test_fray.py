"""Fray: an even grey hides most of the texture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rendersdg.defects.kinds.fray import Fray
from rendersdg.defects.layers import Layers
from tests.defects.painting import area, extent, middle, painted


def test_a_lens_shows_its_own_grey_and_a_little_of_the_ground() -> None:
    layers = painted(Fray(length=20.0, breadth=12.0, gain=0.8, cover=0.75, red=0.2, green=0.2, blue=0.1, irregular=0.0))

    assert extent(layers, layers.gain < 0.6) == pytest.approx((20, 12), abs=0.6)
    assert middle(layers.gain) == pytest.approx(0.8 * 0.25, abs=1e-3)
    red, green, blue = middle(layers.add)
    assert red == green == pytest.approx(2 * blue) and red == pytest.approx(0.2 * 0.75, rel=0.3)  # cloudy by 0.3
    assert middle(layers.height) == pytest.approx(-0.03, abs=1e-4)


def breadth_at(layers: Layers, s: float) -> float:
    column = int(np.abs(layers.s[0] - s).argmin())
    return float((layers.gain[:, column] < 0.6).sum()) * layers.texel


def test_a_pear_has_one_narrow_end() -> None:
    layers = painted(Fray(length=20.0, breadth=12.0, gain=0.8, cover=0.75, irregular=0.0, pear=0.6))

    assert extent(layers, layers.gain < 0.6)[0] == pytest.approx(20, abs=0.6)
    assert breadth_at(layers, -3.0) == pytest.approx(12, abs=0.4)
    assert breadth_at(layers, 7.0) == pytest.approx(12 * (1 - 0.75 * 0.6) * np.sqrt(1 - 0.4**2), abs=0.5)


def test_a_ragged_edge_is_longer_and_the_area_stays() -> None:
    lengths, areas = [], []
    for ragged in (0.0, 1.0):
        layers = painted(Fray(length=20.0, breadth=12.0, gain=0.8, cover=0.75, irregular=0.0, ragged=ragged))
        dark = layers.gain < 0.6
        found = cv2.findContours(dark.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]
        lengths.append(sum(cv2.arcLength(c, True) for c in found))
        areas.append(area(layers, dark))

    assert lengths[1] > 1.5 * lengths[0]
    assert areas[1] == pytest.approx(areas[0], rel=0.2)
