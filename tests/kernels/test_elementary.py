"""Elementary functions of our own, against arithmetic of many digits."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from rendersdg.errors import BadArgument
from rendersdg.kernels.elementary import arctangents, exponentials, logarithms, powers, sines_cosines

MOST_ULP = 0.6
MOST_ANGLE = 1e6  # radians
LEAST_NORMAL, LARGEST = 2.0**-1022, float(np.finfo(float).max)
EXPONENTS = (2.4, 1 / 2.4, 0.5, 3.0, -1.5, 17.3, -987.654, 1e6, 1e-9)


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
    angles = np.concatenate(
        [
            rng.uniform(-np.pi, np.pi, 2000),
            rng.uniform(-MOST_ANGLE, MOST_ANGLE, 2000),
            10.0 ** rng.uniform(-300, 6, 500),
            [0.0, MOST_ANGLE, -MOST_ANGLE],
        ]
    )

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


def ulps_from(found: np.ndarray, true: list[mpmath.mpf]) -> float:
    """Return the largest error in units of the last place of the true values, which found's dtype can hold."""
    spacing = np.abs(np.spacing(np.array([float(v) for v in true], found.dtype))).tolist()
    return max(float(abs(f - t) / s) for f, t, s in zip(found.tolist(), true, spacing))


def test_the_logarithm_lies_within_its_bound_everywhere() -> None:
    mp.prec = 200
    rng = np.random.default_rng(3)
    near_one = 1 + rng.normal(size=1000) * 10.0 ** rng.uniform(-15, -1, 1000)
    x = np.concatenate([rng.uniform(0.5, 2, 1000), near_one[near_one > 0], 10.0 ** rng.uniform(-323, 308, 1000)])
    x = np.concatenate([x[x != 1], [5e-324, LEAST_NORMAL, np.nextafter(LEAST_NORMAL, 0), LARGEST, 0.5**0.5, 2**0.5]])

    assert ulps_from(logarithms(x), [mpmath.log(v) for v in x.tolist()]) <= 0.51
    assert logarithms(np.ones(1)).tolist() == [0]


def test_the_exponential_lies_within_its_bound_everywhere() -> None:
    mp.prec = 200
    rng = np.random.default_rng(4)
    small = rng.normal(size=1000) * 10.0 ** rng.uniform(-20, 0, 1000)
    normal = np.concatenate(
        [rng.uniform(-708.3, 709.7, 2000), small, rng.uniform(-1, 1, 1000), [709.782712893384, 0.0]]
    )
    subnormal = rng.uniform(-745, -708.4, 1000)

    assert ulps_from(exponentials(normal), [mpmath.exp(v) for v in normal.tolist()]) <= 0.6
    assert ulps_from(exponentials(subnormal), [mpmath.exp(v) for v in subnormal.tolist()]) <= 1


def test_logarithms_and_exponentials_beyond_the_range_of_floats() -> None:
    logs = logarithms(np.array([0, -0.0, np.inf, -1, -5e-324, -np.inf, np.nan]))
    exponents = np.array([709.7827128933841, 1e300, np.inf, -745.2, -1e300, -np.inf, np.nan])

    assert logs[:3].tolist() == [-np.inf, -np.inf, np.inf] and np.isnan(logs[3:]).all()
    assert exponentials(exponents)[:-1].tolist() == [np.inf] * 3 + [0] * 3
    assert np.isnan(exponentials(exponents)[-1])


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_a_power_lies_within_its_bound_everywhere(exponent: float) -> None:
    mp.prec = 200
    rng = np.random.default_rng(5)
    x = np.exp(rng.uniform(-745, 709.7, 1000) / max(abs(exponent), 1))
    x = np.concatenate([x, rng.uniform(0.03, 1, 300 if abs(exponent) <= 100 else 0)])  # where sRGB's values lie
    true = [mpmath.mpf(v) ** mpmath.mpf(exponent) for v in x.tolist()]
    is_normal = np.array([LEAST_NORMAL <= v <= LARGEST for v in true])
    is_subnormal = np.array([v < LEAST_NORMAL for v in true])

    found = powers(x, exponent)

    assert ulps_from(found[is_normal], [v for v, k in zip(true, is_normal) if k]) <= 1
    if is_subnormal.any():
        assert ulps_from(found[is_subnormal], [v for v, k in zip(true, is_subnormal) if k]) <= 1.5


@pytest.mark.parametrize("exponent", (2.4, 1 / 2.4, 0.5, -3.0))
def test_a_power_in_single_precision_is_rounded_once(exponent: float) -> None:
    mp.prec = 100
    rng = np.random.default_rng(6)
    x = np.concatenate([np.exp(rng.uniform(-87, 88, 3000) / max(abs(exponent), 1)), rng.uniform(0, 1, 1000), [1e-45]])
    x = x.astype(np.float32)
    true = [mpmath.mpf(v) ** mpmath.mpf(exponent) for v in x.tolist()]
    fits = np.array([v <= 3.4e38 for v in true])

    assert ulps_from(powers(x, exponent)[fits], [v for v, k in zip(true, fits) if k]) <= 0.51


@pytest.mark.parametrize("dtype", (np.float32, np.float64))
def test_powers_of_what_is_not_a_positive_number(dtype: type[np.floating]) -> None:
    x = np.array([0, -0.0, np.inf, 1, -1, -np.inf, np.nan], dtype)
    expected = {2.4: [0, 0, np.inf, 1], 0.0: [1, 1, 1, 1], -2.4: [np.inf, np.inf, 0, 1]}

    for exponent, values in expected.items():
        found = powers(x, exponent)
        assert found.dtype == dtype and found[:4].tolist() == values and np.isnan(found[4:]).all()
    assert powers(np.array([1e30], dtype), 1000.0).tolist() == [np.inf]
    assert powers(np.array([1e30], dtype), -1000.0).tolist() == [0]


def test_powers_keep_a_shape_and_take_any_layout() -> None:
    x = np.random.default_rng(7).random((3, 4, 5))

    assert powers(x.T[::2], 2.0).tolist() == powers(np.ascontiguousarray(x.T[::2]), 2.0).tolist()
    assert powers(np.array(4.0), 0.5).shape == () and powers(np.empty((0, 3)), 2.0).shape == (0, 3)


@pytest.mark.parametrize("exponent", (np.nan, np.inf, -2e6))
def test_an_exponent_without_a_bound_is_refused(exponent: float) -> None:
    with pytest.raises(BadArgument, match="exponent="):
        powers(np.ones(2), exponent)


def test_powers_of_whole_numbers_are_refused() -> None:
    with pytest.raises(BadArgument, match="x"):
        powers(np.ones(2, np.int64), 2.0)  # type: ignore[type-var]


@given(st.floats(), st.floats(-1e6, 1e6))
@settings(max_examples=300)
def test_a_power_is_that_of_the_standard_library_or_near(x: float, exponent: float) -> None:
    found = powers(np.array([x]), exponent)[0]

    if not x >= 0:
        assert np.isnan(found)
    elif x in (0, math.inf):
        assert found == 1 if exponent == 0 else (found == x) == (exponent > 0)
    else:
        try:
            true = math.pow(x, exponent)
        except OverflowError:
            true = math.inf
        assert found == true or abs(found - true) <= 2 * math.ulp(true)
