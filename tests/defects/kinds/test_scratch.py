"""Scratches: lines of the length, width and number that were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.kinds.scratch import Scratch
from rendersdg.defects.layers import Layers
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


def test_uneven_strands_have_places_ends_and_brightness_of_their_own() -> None:
    even, uneven = (
        painted(Scratch(length=80.0, width=0.4, strands=12, spacing=2.0, depth=0.0, uneven=u, **PLAIN))
        for u in (0.0, 1.0)
    )

    def ridges(layers: Layers, share: float) -> np.ndarray:
        line = layers.gain[:, int(layers.shape[1] * share)]
        return np.flatnonzero((line[1:-1] > 1.05) & (line[1:-1] >= line[:-2]) & (line[1:-1] > line[2:])) + 1

    def strength(layers: Layers) -> np.ndarray:
        return layers.gain[ridges(layers, 0.5), layers.shape[1] // 2]

    assert np.diff(ridges(uneven, 0.5)).std() > 2 * np.diff(ridges(even, 0.5)).std()
    assert len(ridges(uneven, 0.05)) < 0.5 * len(ridges(uneven, 0.5))  # each has ends of its own
    assert len(ridges(even, 0.05)) == len(ridges(even, 0.5))
    assert strength(uneven).std() > strength(even).std()


def test_breaks_are_the_share_of_the_length_that_is_missing() -> None:
    shares = []
    for seed in range(6):
        layers = painted(Scratch(length=200.0, width=2.0, bead=4.0, breaks=0.5, depth=0.0, **PLAIN), seed)
        shares.append((layers.gain[layers.shape[0] // 2] < 1.4).mean())

    assert np.mean(shares) == pytest.approx(0.5, abs=0.1)


def test_a_frayed_scratch_is_ragged_at_its_sides() -> None:
    def raggedness(fray: float) -> float:
        layers = painted(Scratch(length=120.0, width=8.0, fray=fray, depth=0.0, blur=1.0, **PLAIN))
        widths = (layers.gain > 1.2).sum(axis=0)[40:-40]
        return float(widths.std() * layers.texel)

    assert raggedness(0.0) < 0.2 < raggedness(0.8)
