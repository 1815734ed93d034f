"""Scratches: lines of the length, width and number that were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.kinds.scratch import Scratch
from tests.defects.painting import extent, painted

PLAIN = {"bow": 0.0, "wander": 0.0, "beading": 0.0, "taper": 0.01}


def test_a_plain_scratch_is_a_straight_line_of_its_size() -> None:
    layers = painted(Scratch(length=20.0, width=0.5, gain=1.8, depth=0.0, **PLAIN))
    along, across = extent(layers, layers.gain > 1.4)

    assert along == pytest.approx(20, abs=0.5) and across == pytest.approx(0.5, abs=0.1)
    assert layers.gain.max() == pytest.approx(1.8, abs=0.02)
    assert not layers.height.any()


def test_strands_lie_beside_each_other() -> None:
    layers = painted(Scratch(length=20.0, width=0.4, strands=3, spacing=2.0, depth=0.0, **PLAIN))
    profile = layers.gain[:, layers.shape[1] // 2] > 1.2

    assert np.count_nonzero(np.diff(profile.astype(int)) == 1) == 3


def test_a_deep_scratch_has_a_groove_and_lips() -> None:
    layers = painted(Scratch(width=1.0, depth=0.1, **PLAIN))

    assert layers.height.min() == pytest.approx(-0.1, rel=0.05) and 0 < layers.height.max() < 0.04
