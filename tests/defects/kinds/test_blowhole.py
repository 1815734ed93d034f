"""Blowholes: as large and deep as asked for, darkest in their core."""

from __future__ import annotations

import pytest

from rendersdg.defects.kinds.blowhole import Blowhole
from tests.defects.painting import extent, middle, painted


def test_a_round_pore_has_its_size_depth_and_dark_core() -> None:
    layers = painted(Blowhole(length=1.6, aspect=1.5, depth=0.6, gain=0.58, core=0.5, rim=1.0, irregular=0.0))

    assert extent(layers, layers.gain < 0.79) == pytest.approx((1.6, 1.6 / 1.5), abs=0.1)
    assert layers.height.min() == pytest.approx(-0.6, rel=0.1) and layers.height.max() <= 0
    assert layers.gain.min() == pytest.approx(0.58 * 0.5, rel=0.1)
    assert layers.gain.min() <= middle(layers.gain) <= 0.58


def test_a_rim_is_lighter_than_the_ground() -> None:
    assert painted(Blowhole(rim=1.2)).gain.max() == pytest.approx(1.2, rel=0.02)
    assert painted(Blowhole(rim=1.0)).gain.max() == 1.0
