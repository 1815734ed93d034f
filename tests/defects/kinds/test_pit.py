"""Pits: an oval crater of the size, depth and level that were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.kinds.pit import Pit
from tests.defects.painting import area, extent, middle, painted


def test_a_pit_has_its_size_depth_and_level() -> None:
    layers = painted(Pit(diameter=3.0, aspect=1.5, depth=0.3, gain=0.5, irregular=0.0, specks=0.0))
    inside = layers.gain < 0.75

    assert extent(layers, inside) == pytest.approx((3, 2), abs=0.1)
    assert area(layers, inside) == pytest.approx(np.pi * 1.5 * 1.0, rel=0.05)
    assert middle(layers.gain) == pytest.approx(0.5, abs=1e-3)
    assert layers.height[inside].mean() == pytest.approx(-0.3, rel=0.15) and layers.height.max() <= 0.05


def test_specks_glint() -> None:
    dull, glinting = (painted(Pit(specks=s)).gain for s in (0.0, 1.0))

    assert dull.max() == 1 and (glinting > dull + 0.1).any()
