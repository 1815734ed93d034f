"""Pictures made like photographs: what is taken over is the photograph's, and nothing moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.likeness import LIKENESSES, Likeness, made_like
from rendersdg.arrays import U1
from rendersdg.errors import BadArgument


def picture(seed: int, mean: tuple[float, ...], spread: float, size: tuple[int, int] = (60, 80)) -> U1:
    """Return smooth noise of a mean colour, far from black and white."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, spread, (*size, 3)) + rng.normal(0, spread, (*size, 1))
    return np.clip(np.round(noise + mean), 0, 255).astype(np.uint8)


DULL, BRIGHT = picture(0, (90, 95, 100), 6), picture(1, (150, 140, 120), 12, (50, 40))


def test_moments_are_the_photographs() -> None:
    made = made_like(DULL, BRIGHT, "moments").reshape(-1, 3)

    assert made.mean(0) == pytest.approx(BRIGHT.reshape(-1, 3).mean(0), abs=0.1)
    assert made.std(0) == pytest.approx(BRIGHT.reshape(-1, 3).std(0), rel=0.02)


def test_the_covariance_is_the_photographs() -> None:
    made = made_like(DULL, BRIGHT, "covariance").reshape(-1, 3)

    assert np.cov(made.T) == pytest.approx(np.cov(BRIGHT.reshape(-1, 3).T), rel=0.03)


def test_each_level_is_as_frequent_as_in_the_photograph() -> None:
    made = made_like(DULL, BRIGHT, "histogram")

    for k in range(3):
        deciles = [np.percentile(each[..., k], range(5, 100, 10)) for each in (made, BRIGHT)]
        assert deciles[0] == pytest.approx(deciles[1], abs=2)


def test_the_amplitude_is_the_photographs_below_the_band_and_the_pictures_above() -> None:
    photograph = picture(2, (128, 128, 128), 9)
    made = made_like(DULL, photograph, "amplitude")

    spectra = [np.fft.fft2(each[..., 0].astype(float)) for each in (made, DULL, photograph)]
    low, high = (1, 79), (20, 20)  # levels are rounded, which weak coefficients would feel
    assert abs(spectra[0][low]) == pytest.approx(abs(spectra[2][low]), rel=0.1)
    assert abs(spectra[0][low]) > 5 * abs(spectra[1][low])
    assert np.angle(spectra[0][low] / spectra[1][low]) == pytest.approx(0, abs=0.1)
    assert abs(spectra[0][high]) == pytest.approx(abs(spectra[1][high]), rel=0.1)


@given(st.sampled_from(LIKENESSES), st.integers(0, 50), st.floats(0, 40), st.integers(0, 255))
def test_a_picture_like_itself_stays_as_it_is(how: Likeness, seed: int, spread: float, mean: int) -> None:
    one = picture(seed, (mean, mean, mean), spread, (24, 32))

    assert np.abs(made_like(one, one, how).astype(int) - one).max() <= 1


@given(st.sampled_from(LIKENESSES), st.integers(0, 255), st.integers(0, 255))
def test_flat_pictures_are_no_trouble(how: Likeness, a: int, b: int) -> None:
    flat = [np.full((8, 8, 3), level, np.uint8) for level in (a, b)]

    made = made_like(flat[0], flat[1], how)

    assert np.abs(made.astype(int) - (a if how == "none" else b)).max() <= 1


@given(st.integers(0, 50))
def test_brighter_stays_brighter(seed: int) -> None:
    one, other = picture(seed, (80, 80, 80), 10, (24, 24)), picture(seed + 1, (160, 160, 160), 20, (24, 24))

    for how in ("moments", "histogram"):
        order = np.argsort(one[..., 0].ravel(), kind="stable")
        assert (np.diff(made_like(one, other, how)[..., 0].ravel()[order].astype(int)) >= 0).all()


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(BadArgument, match="like='colour': choose none, moments"):
        made_like(DULL, BRIGHT, "colour")  # type: ignore[arg-type]
