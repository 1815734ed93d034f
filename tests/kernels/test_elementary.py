"""Sine, cosine and arctangent of our own, against arithmetic of many digits."""

from __future__ import annotations

import math

import mpmath
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from rendersdg.kernels.elementary import arctangents, sines_cosines

MOST_ULP = 0.6
MOST_ANGLE = 1e6  # radians


def ulps_off(angles: np.ndarray) -> tuple[float, float]:
    """Return the largest errors of sines and cosines, in units of the last place of the true values."""
    mp.prec = 200
    worst = [0.0, 0.0]
    for angle, *found in zip(angles.tolist(), *(v.tolist() for v in sines_cosines(angles))):
        for k, function in enumerate((mpmath.sin, mpmath.cos)):
            true = function(mpmath.mpf(angle))
            worst[k] = max(worst[k], float(abs(found[k] - true) / math.ulp(float(true))))
    return worst[0], worst[1]


def test_sine_and_cosine_lie_within_their_bound_everywhere() -> None:
    rng = np.random.default_rng(0)
    angles = np.concatenate([
        rng.uniform(-np.pi, np.pi, 2000), rng.uniform(-MOST_ANGLE, MOST_ANGLE, 2000), 10.0 ** rng.uniform(-300, 6, 500),
        [0.0, MOST_ANGLE, -MOST_ANGLE],
    ])  # fmt: skip

    assert max(ulps_off(angles)) <= MOST_ULP


def test_sine_and_cosine_lie_within_their_bound_beside_multiples_of_an_eighth_of_a_turn() -> None:
    """There the angle loses most of its digits, or the series has its largest terms."""
    mp.prec = 200
    eighths = np.random.default_rng(1).integers(1, int(MOST_ANGLE / (np.pi / 4)), 1500).tolist()
    angles = np.array([float(k * mp.pi / 4) for k in [*range(1, 500), *eighths]])

    assert max(ulps_off(angles)) <= MOST_ULP
    assert max(ulps_off(np.nextafter(angles, 0))) <= MOST_ULP


def test_an_angle_without_a_sine_gives_nan() -> None:
    sines, cosines = sines_cosines(np.array([np.nan, np.inf, -np.inf, np.nextafter(MOST_ANGLE, 2e6), -1e300]))

    assert np.isnan(sines).all() and np.isnan(cosines).all()


def test_quarter_turns_are_where_they_are() -> None:
    sines, cosines = sines_cosines(np.array([0.0, 1.0, 2.0, 3.0, -1.0]) * (np.pi / 2))

    assert np.allclose(sines, [0, 1, 0, -1, -1], atol=1e-15) and np.allclose(cosines, [1, 0, -1, 0, 0], atol=1e-15)
    assert sines[0] == 0 and cosines[0] == 1


def slow_arctangent(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the arctangents by the same formula, step by step in single precision."""
    f4 = np.float32
    a, b = np.abs(x), np.abs(y)
    q = np.minimum(a, b) / np.maximum(np.maximum(a, b), f4(1e-30))
    s = q * q
    p = np.full(x.shape, 0.0028662257, f4)
    for factor in (
        -0.0161657367,
        0.0429096138,
        -0.0752896400,
        0.1065626393,
        -0.1420889944,
        0.1999355085,
        -0.3333314528,
    ):
        p = p * s + f4(factor)
    p = p * s * q + q
    p = np.where(b > a, f4(1.57079633) - p, p)
    p = np.where(x < 0, f4(3.14159265) - p, p)
    return np.asarray(np.where(y < 0, -p, p), f4)


def test_the_arctangent_lies_within_its_bound_and_has_the_bits_of_its_formula() -> None:
    rng = np.random.default_rng(2)
    y, x = (rng.normal(size=200_000) * 10.0 ** rng.uniform(-20, 20, 200_000) for _ in range(2))
    y, x = y.astype(np.float32), x.astype(np.float32)

    found = arctangents(y, x)

    assert np.abs(found - np.arctan2(y.astype(float), x.astype(float))).max() < 3e-7
    assert found.tobytes() == slow_arctangent(y, x).tobytes()


def test_the_arctangent_of_the_axes() -> None:
    y, x = np.array([[0, 0, 1, 0, -1, -0.0], [0, 1, 0, -1, 0, -1]], np.float32)

    assert arctangents(y, x).tolist() == np.array([0, 0, np.pi / 2, np.pi, -np.pi / 2, np.pi], np.float32).tolist()


@given(st.floats(width=32), st.floats(width=32))
@settings(max_examples=200)
def test_an_arctangent_is_an_angle_unless_a_side_is_nan_or_both_are_infinite(y: float, x: float) -> None:
    found = float(arctangents(np.array([y], np.float32), np.array([x], np.float32))[0])

    is_defined = not (math.isnan(y) or math.isnan(x) or (math.isinf(x) and math.isinf(y)))
    assert abs(found) <= 3.1415928 if is_defined else True
