"""Stains: a film without relief that is densest where it dried."""

from __future__ import annotations

import pytest

from rendersdg.defects.kinds.stain import Stain
from tests.defects.painting import extent, middle, painted


def test_a_stain_is_a_film_without_relief() -> None:
    layers = painted(Stain(length=30.0, breadth=18.0, irregular=0.0))

    assert extent(layers, layers.part == 1) == pytest.approx((31.2, 19.2), abs=1)  # and half its edge on either side
    assert not layers.height.any() and not layers.slopes.any()
    red, _, blue = middle(layers.add)
    assert red > blue > 0


def test_it_is_denser_along_its_edge() -> None:
    layers = painted(Stain(length=30.0, breadth=18.0, irregular=0.0, ring=1.0))
    row = layers.gain[layers.shape[0] // 2]
    edge = row[abs(layers.s[0]) < 14.5].min()

    assert edge < middle(layers.gain) - 0.1
