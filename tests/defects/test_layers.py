"""Layers of defects: a kind paints inside its patch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.defects import DEFECTS
from rendersdg.defects.layers import Layers, tailed


@pytest.mark.parametrize("kind", list(DEFECTS))
def test_a_kind_paints_inside_its_patch_whatever_the_texel(kind: str) -> None:
    made = DEFECTS[kind]()
    areas = []
    for texels in (120, 300):
        layers = Layers(made.size(), max(made.size()) / texels)
        made.paint(layers, np.random.default_rng(5))
        stack = layers.stack()
        assert np.isfinite(stack).all()
        assert (layers.gain >= 0).all() and (layers.add >= 0).all()
        areas.append((np.abs(layers.gain - 1) + np.abs(layers.height) + layers.add.sum(-1)).mean())

    assert areas[0] > 0
    assert areas[1] == pytest.approx(areas[0], rel=0.4)


TORN = {
    "scratch": {"strands": 8, "uneven": 1, "breaks": 0.3, "fray": 1},
    "inclusion": {"strands": 3, "uneven": 1, "taper": 1.5, "fray": 1},
    "patch": {"lobes": 3, "square": 0.7, "irregular": 1, "grit": 4},
    "pitting": {"density": 0.03, "drift": 1, "border": 0.4, "veins": 3},
    "crazing": {"zigzag": 1, "forks": 0, "flecks": 0.1},
    "rolled_in_scale": {"clump": 12, "tails": 1},
}


@pytest.mark.parametrize("kind", list(TORN))
def test_ragged_kinds_fade_out_before_the_rim_of_their_patch(kind: str) -> None:
    made = DEFECTS[kind](**TORN[kind])
    for seed in range(6):
        layers = Layers(made.size(), max(made.size()) / 200)
        made.paint(layers, np.random.default_rng(seed))
        rim = np.concatenate([layers.gain[[0, -1]].ravel(), layers.gain[:, [0, -1]].ravel()])

        assert np.isfinite(layers.stack()).all() and (layers.gain >= 0).all()
        assert np.abs(rim - 1).mean() < 0.02, seed


@pytest.mark.parametrize(
    ("kind", "mean", "deviation"),
    [
        ("scratch", 1.04414, 0.14799),
        ("inclusion", 0.98969, 0.02871),
        ("patch", 0.86986, 0.21776),
        ("pitting", 0.99640, 0.01461),
        ("crazing", 0.98879, 0.04344),
        ("rolled_in_scale", 0.99360, 0.03621),
    ],
)
def test_options_that_are_not_used_leave_a_kind_as_it_was(kind: str, mean: float, deviation: float) -> None:
    made = DEFECTS[kind]()
    layers = Layers(made.size(), max(made.size()) / 300)
    made.paint(layers, np.random.default_rng(0))

    # measured before uneven, fray, taper, lobes, drift, zigzag, clump and the like came
    assert layers.gain.mean() == pytest.approx(mean, abs=2e-5)
    assert layers.gain.std() == pytest.approx(deviation, abs=2e-5)


@given(st.floats(0.1, 0.8), st.integers(0, 100))
@settings(max_examples=20, deadline=None)
def test_a_tail_keeps_mean_and_deviation_and_is_as_skew_as_a_lognormal(tail: float, seed: int) -> None:
    bent = tailed(np.random.default_rng(seed).standard_normal((500, 500), np.float32), tail).astype(float)
    grown = np.exp(tail**2)

    assert bent.mean() == pytest.approx(0, abs=0.01) and bent.std() == pytest.approx(1, abs=0.03)
    assert (bent**3).mean() == pytest.approx((grown + 2) * np.sqrt(grown - 1), rel=0.2, abs=0.05)
