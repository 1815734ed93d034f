"""Weld imperfections: each does to the seam what ISO 6520-1 calls it for."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.kinds.weld import BurnThrough, CraterCrack, Porosity, Spatter, Undercut
from tests.defects.painting import extent, middle, painted


def test_pores_are_parts_of_their_own_and_sink() -> None:
    layers = painted(Porosity(pores=9))

    assert 5 <= len(np.unique(layers.part[layers.part > 0])) <= 9  # some hide others
    assert layers.height.min() < -0.2 and layers.height.max() <= 0


def test_an_undercut_is_a_groove_along_the_seam() -> None:
    layers = painted(Undercut(length=25.0, width=1.0, depth=0.4))

    assert extent(layers, layers.height < -0.1)[0] == pytest.approx(25, abs=2)
    assert layers.height.min() == pytest.approx(-0.4, rel=0.1) and layers.height.max() <= 0


def test_drops_of_spatter_stand_on_the_surface() -> None:
    layers = painted(Spatter(drops=14, height=0.5))

    assert 0.2 < layers.height.max() <= 0.5 and layers.height.min() >= 0
    assert 8 <= len(np.unique(layers.part[layers.height > 0.05])) <= 14


def test_a_burn_through_is_a_black_hole_with_a_raised_rim() -> None:
    layers = painted(BurnThrough(diameter=5.0, depth=2.0, rim=0.4))

    assert middle(layers.height) == pytest.approx(-2, abs=0.01) and 0.1 < layers.height.max() <= 0.4 + 1e-6
    assert middle(layers.gain) == pytest.approx(0, abs=1e-3) and middle(layers.add).max() < 0.01


@pytest.mark.parametrize("arms", [3, 6])
def test_a_crater_crack_has_its_arms(arms: int) -> None:
    layers = painted(CraterCrack(length=5.0, arms=arms), texels=1000)
    turn = np.linspace(-np.pi, np.pi, 2000, endpoint=False)
    rows = np.round((2.0 * np.sin(turn) - layers.origin[1]) / layers.texel).astype(int)
    columns = np.round((2.0 * np.cos(turn) - layers.origin[0]) / layers.texel).astype(int)
    is_dark = layers.gain[rows, columns] < 0.8

    assert np.count_nonzero(is_dark & ~np.roll(is_dark, 1)) == arms
