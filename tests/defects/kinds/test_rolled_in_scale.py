"""Rolled-in scale: dark flecks with a lighter lip below each."""

from __future__ import annotations

import pytest

from rendersdg.defects.kinds.rolled_in_scale import RolledInScale
from tests.defects.painting import painted


def test_flecks_are_dark_and_their_lips_light() -> None:
    layers = painted(RolledInScale(gain=0.5, lip=1.3))

    assert layers.gain.min() == pytest.approx(0.5, abs=0.1)
    assert layers.gain.max() == pytest.approx(1.3, abs=0.1)
    assert not layers.height.any()


def test_there_are_three_flecks_at_least_and_they_are_pressed_in() -> None:
    layers = painted(RolledInScale(density=0.0, depth=0.1))

    assert (layers.gain < 0.95).any()
    assert layers.height.min() < -0.05 and layers.height.max() <= 0
