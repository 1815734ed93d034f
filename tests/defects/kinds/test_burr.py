"""Burrs: ridges that rise from the surface, no higher than asked for."""

from __future__ import annotations

import pytest

from rendersdg.defects.kinds.burr import Burr
from tests.defects.painting import extent, painted


def test_a_burr_rises_along_its_length() -> None:
    layers = painted(Burr(length=10.0, width=0.6, height=0.3))
    along, across = extent(layers, layers.height > 0.02)

    assert layers.height.min() >= 0 and 0.1 < layers.height.max() <= 0.3
    assert along == pytest.approx(10, abs=1) and across < 3
