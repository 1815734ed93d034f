"""Chips: material is gone, and what lies bare has its own colour."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.kinds.chip import Chip
from tests.defects.painting import area, middle, painted


def test_a_chip_takes_an_oval_off_the_surface() -> None:
    layers = painted(Chip(length=8.0, breadth=5.0, depth=0.6, irregular=0.0))

    assert layers.height.max() <= 0 and middle(layers.height) < -0.3
    assert area(layers, layers.height < -0.05) == pytest.approx(np.pi * 4 * 2.5, rel=0.1)
    assert middle(layers.gain) == pytest.approx(0.75, abs=1e-3)


def test_a_bare_colour_replaces_the_grounds() -> None:
    layers = painted(Chip(red=0.3, green=0.2, blue=0.1))

    assert middle(layers.gain) == pytest.approx(0, abs=1e-3)
    assert middle(layers.add) == pytest.approx((0.3, 0.2, 0.1), abs=1e-3)


def test_a_rim_darkens_the_outline_and_nothing_else() -> None:
    layers = painted(Chip(length=8.0, breadth=5.0, irregular=0.0, blur=0.4, rim=0.5, rim_width=0.4))
    along = layers.gain[layers.shape[0] // 2]
    centre, outline, outside = np.interp([0.0, 4.0, 4.6], layers.s[0], along)

    assert centre == pytest.approx(0.75, abs=1e-3) and outside == pytest.approx(1, abs=0.01)
    assert outline == pytest.approx(0.5 * (1 + 0.75) / 2, abs=0.02)


def test_mottled_facets_differ_in_level_within_the_scar_alone() -> None:
    plain, mottled = (painted(Chip(irregular=0.0, mottle=m)) for m in (0.0, 0.2))
    scar = np.hypot(plain.s / 3.6, plain.t / 2.2) < 1
    beyond = np.hypot(plain.s / 4.4, plain.t / 2.8) > 1

    assert plain.gain[scar].std() < 1e-3 and 0.04 < mottled.gain[scar].std() / 0.75 < 0.4
    assert np.array_equal(plain.gain[beyond], mottled.gain[beyond])
