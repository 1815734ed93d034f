"""Rolled-in scale: dark flecks with a lighter lip below each."""

from __future__ import annotations

import cv2
import numpy as np
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


def free_share(clump: float) -> float:
    """Return the share of a cluster that lies farther than 6 mm from a fleck."""
    layers = painted(RolledInScale(length=120.0, breadth=120.0, density=0.01, fleck=4.0, gain=0.3, clump=clump))
    near = int(2 * 6 / layers.texel) + 1
    return float(1 - cv2.dilate((layers.gain < 0.8).astype(np.uint8), np.ones((near, near), np.uint8)).mean())


def test_clumps_leave_ground_between_them() -> None:
    assert free_share(8.0) > free_share(0.0) + 0.15


def test_tails_make_flecks_larger_and_less_even() -> None:
    plain = {"length": 150.0, "breadth": 150.0, "density": 0.002, "gain": 0.3, "blur": 0.3, "spread": 0.1}
    bare, tailed = (painted(RolledInScale(tails=t, **plain)) for t in (0.0, 1.0))

    assert 1.1 < (tailed.gain < 0.7).sum() / (bare.gain < 0.7).sum() < 1.8
