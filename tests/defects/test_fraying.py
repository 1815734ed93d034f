"""A shape torn into threads along s."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.fraying import frayed
from rendersdg.defects.layers import Layers

SIZE, TEXEL = (200.0, 40.0), 0.5


def bar(layers: Layers) -> np.ndarray:
    """A bar along s whose coverage falls evenly from its axis to its sides."""
    return np.clip(1 - np.abs(layers.t) / 12, 0, 1).astype(np.float32)


def torn(fray: float, seed: int = 3) -> np.ndarray:
    layers = Layers(SIZE, TEXEL)
    return frayed(bar(layers), layers, np.random.default_rng(seed), fray=fray, thread=1.5, stretch=20.0)


def test_a_shape_that_is_not_torn_stays_as_it_is() -> None:
    assert np.array_equal(torn(0.0), bar(Layers(SIZE, TEXEL)))


@pytest.mark.parametrize("fray", [0.3, 1.0])
def test_nothing_is_added_beyond_the_shape(fray: float) -> None:
    cover = torn(fray)

    assert not cover[bar(Layers(SIZE, TEXEL)) == 0].any()
    assert cover.min() >= 0 and cover.max() <= 1


def test_threads_run_along_s() -> None:
    cover = torn(1.0)
    rim = cover[20:30]  # where some threads hold and some do not
    along, across = np.abs(np.diff(rim, axis=1)).mean(), np.abs(np.diff(rim, axis=0)).mean()

    assert across > 2 * along


def test_it_thins_out_from_the_axis_to_the_sides() -> None:
    share = (torn(1.0) > 0.1).mean(axis=1)
    middle = len(share) // 2

    assert share[middle] > 0.9 > share[middle - 14] > share[middle - 20]
