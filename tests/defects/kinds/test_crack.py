"""Cracks: dark lines that sink into the surface, and send out branches."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.kinds.crack import Crack
from tests.defects.painting import area, extent, painted


def test_a_crack_that_does_not_turn_is_a_straight_line() -> None:
    layers = painted(Crack(length=25.0, width=0.5, depth=0.1, gain=0.25, kink=0.0, branches=0))
    along, across = extent(layers, layers.gain < 0.6)

    assert along == pytest.approx(25, abs=0.5) and across < 1
    assert layers.gain.min() == pytest.approx(0.25, abs=0.02)
    assert layers.height.min() == pytest.approx(-0.1, rel=0.05) and layers.height.max() <= 0


def test_a_crack_turns_as_it_is_told_and_branches() -> None:
    straight, kinked, branched = (
        painted(Crack(width=0.5, kink=kink, branches=branches)) for kink, branches in ((0, 0), (30, 0), (0, 4))
    )

    assert np.abs(straight.lines[0][:, 1]).max() < 1e-9
    assert np.abs(kinked.lines[0][:, 1]).max() > 1
    assert area(branched, branched.gain < 0.6) > 1.2 * area(straight, straight.gain < 0.6)
