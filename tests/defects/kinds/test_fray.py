"""Fray: an even grey hides most of the texture."""

from __future__ import annotations

import pytest

from rendersdg.defects.kinds.fray import Fray
from tests.defects.painting import extent, middle, painted


def test_a_lens_shows_its_own_grey_and_a_little_of_the_ground() -> None:
    layers = painted(Fray(length=20.0, breadth=12.0, gain=0.8, cover=0.75, red=0.2, green=0.2, blue=0.1, irregular=0.0))

    assert extent(layers, layers.gain < 0.6) == pytest.approx((20, 12), abs=0.6)
    assert middle(layers.gain) == pytest.approx(0.8 * 0.25, abs=1e-3)
    red, green, blue = middle(layers.add)
    assert red == green == pytest.approx(2 * blue) and red == pytest.approx(0.2 * 0.75, rel=0.3)  # cloudy by 0.3
    assert middle(layers.height) == pytest.approx(-0.03, abs=1e-4)
