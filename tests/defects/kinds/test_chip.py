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
