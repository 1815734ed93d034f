"""Layers of a defect: what the pens draw on them, against slow obvious arithmetic."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.defects.layers import Layers, wobble

TEXEL = 0.5
SOFT = 0.8


def slow_oval(
    layers: Layers, centre: np.ndarray, radii: tuple[float, float], turn: float, terms: np.ndarray
) -> np.ndarray:
    """Return the coverage of one oval by its definition, at every texel."""
    x, y = layers.s.astype(float) - centre[0], layers.t.astype(float) - centre[1]
    p, q = (np.cos(turn) * x + np.sin(turn) * y) / radii[0], (np.cos(turn) * y - np.sin(turn) * x) / radii[1]
    angle = np.arctan2(q, p)
    outline = 1.0 + sum(
        terms[2 * k] * np.cos((k + 1) * angle) + terms[2 * k + 1] * np.sin((k + 1) * angle)
        for k in range(len(terms) // 2)
    )
    distance = (np.hypot(p, q) - outline) * np.hypot(radii[0] * np.cos(angle), radii[1] * np.sin(angle))
    edge = np.clip(0.5 - distance / SOFT, 0, 1)
    return np.asarray(edge * edge * (3 - 2 * edge))


@settings(deadline=None, max_examples=60)
@given(
    a=st.floats(0.2, 8),
    b=st.floats(0.2, 8),
    turn=st.floats(-3, 3),
    strength=st.floats(0, 0.8),
    weight=st.floats(0.1, 1),
    seed=st.integers(0, 1000),
)
def test_ovals_are_drawn_as_they_are_defined(
    a: float, b: float, turn: float, strength: float, weight: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    layers = Layers((16.0, 12.0), TEXEL)
    centres = rng.uniform(-6, 6, (2, 2))
    terms = wobble(rng, 2, strength)
    cover, part = layers.ovals(centres, (a, b), turns=turn, wobble=terms, soft=SOFT, weight=weight)
    each = [weight * slow_oval(layers, c, (a, b), turn, t) for c, t in zip(centres, terms)]
    assert np.abs(cover - np.maximum(*each)).max() < 1e-5
    first, second = (one > 1e-3 for one in each)
    clear = np.abs(each[0] - each[1]) > 1e-4
    assert (part[clear & (first | second)] == np.where(each[0] > each[1], 1, 2)[clear & (first | second)]).all()


def test_a_stack_holds_the_slopes_of_its_height() -> None:
    rng = np.random.default_rng(0)
    layers = Layers((7.0, 4.5), TEXEL)
    layers.lift(rng.standard_normal(layers.shape))
    layers.slopes[:] = rng.standard_normal(layers.slopes.shape)
    layers.lay(np.full(layers.shape, 0.25, np.float32), gain=0.5, roughness=0.9, metallic=0.2, colour=(0.1, 0.2, 0.3))
    stack = layers.stack()
    along_t, along_s = np.gradient(layers.height, TEXEL)
    assert np.allclose(stack[..., 8], layers.slopes[..., 0] + along_s, atol=1e-5)
    assert np.allclose(stack[..., 9], layers.slopes[..., 1] + along_t, atol=1e-5)
    flat = [
        layers.gain,
        *np.moveaxis(layers.add, 2, 0),
        layers.rough_gain,
        layers.rough_add,
        layers.metal_gain,
        layers.metal_add,
    ]
    assert np.array_equal(stack[..., :8], np.stack(flat, -1))
