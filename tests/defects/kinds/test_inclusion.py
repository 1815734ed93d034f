"""Inclusions: dark spindles along the rolling direction, flush with the surface."""

from __future__ import annotations

import numpy as np

from rendersdg.defects.kinds.inclusion import Inclusion
from tests.defects.painting import extent, painted


def test_a_spindle_lies_along_the_rolling_direction() -> None:
    layers = painted(Inclusion(grains=1, gain=0.5, blur=1.0))
    along, across = extent(layers, layers.gain < 0.9)

    assert along > 2 * across
    assert 0.5 <= layers.gain.min() < 0.75 and layers.gain.max() <= 1
    assert not layers.height.any() and np.all(layers.rough_gain == 1)


def test_strands_lie_side_by_side() -> None:
    one, many = (painted(Inclusion(strands=n, breadth=60.0, blur=1.0)) for n in (1, 6))

    assert extent(many, many.gain < 0.98)[1] > 2 * extent(one, one.gain < 0.98)[1]
