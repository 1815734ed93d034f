"""Images scaled, blurred, filtered and looked up between pixels, against slow sums in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.kernels.resampling import cubic, filtered, gaussian, mixed, sampled, scaled

RNG = np.random.default_rng(5)
SIDES = st.integers(1, 9)


def picture(height: int, width: int, channels: int = 3) -> np.ndarray:
    """Return an image of noise."""
    return RNG.random((height, width, channels)).astype(np.float32)


def slow_line(old: int, new: int, shrinks: bool) -> np.ndarray:
    """Return the weights (new, old) of a line that is scaled."""
    weights = np.zeros((new, old))
    for k in range(new):
        low, high = k * old / new, (k + 1) * old / new
        for j in range(old):
            weights[k, j] = max(0.0, min(high, j + 1) - max(low, j))
        if not shrinks:
            weights[k] = 0
            at = (k + 0.5) * old / new - 0.5
            for j, share in ((np.floor(at), 1 - at % 1), (np.floor(at) + 1, at % 1)):
                weights[k, int(np.clip(j, 0, old - 1))] += share
    return weights / weights.sum(1, keepdims=True)


@given(SIDES, SIDES, SIDES, SIDES, st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_scaling_is_the_mean_of_areas_or_linear(height: int, width: int, tall: int, wide: int, channels: int) -> None:
    image = picture(height, width, channels)
    shrinks = tall < height or wide < width
    rows = slow_line(height, tall, shrinks and tall != height)
    columns = slow_line(width, wide, shrinks and wide != width)
    if shrinks:
        rows = slow_line(height, tall, shrinks=True)
        columns = slow_line(width, wide, shrinks=True)

    found = scaled(image, (wide, tall))

    assert found.dtype == np.float32 and found.shape == (tall, wide, channels)
    assert np.abs(found - np.einsum("yj,xi,jic->yxc", rows, columns, image)).max() < 1e-6


def test_scaling_keeps_dtype_axes_and_an_even_tone() -> None:
    grey = np.full((7, 9), 200, np.uint8)

    assert (scaled(grey, (4, 3)) == 200).all() and scaled(grey, (4, 3)).dtype == np.uint8
    assert scaled(picture(6, 8)[::-1, ::2], (4, 6)).shape == (6, 4, 3)
    assert scaled(np.full((2, 2, 3), 65535, np.uint16), (5, 5)).max() == 65535
    assert np.array_equal(scaled(grey, (9, 7)), grey)


@pytest.mark.parametrize("size", [(0, 3), (3, 0), (-1, 2)])
def test_a_size_without_pixels_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(BadArgument):
        scaled(picture(3, 3), size)
    with pytest.raises(BadArgument):
        scaled(np.zeros((0, 3, 3), np.float32), (2, 2))


@given(SIDES, SIDES, st.floats(0.2, 6))
@settings(max_examples=60, deadline=None)
def test_a_blur_is_the_sum_over_the_image_mirrored_without_end(height: int, width: int, sigma: float) -> None:
    image = picture(height, width, 2)
    reach = round(sigma * 8 + 1) // 2
    bell = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma * sigma))
    bell /= bell.sum()
    expected = image.astype(float)
    for axis in (0, 1):
        around = [(reach, reach) if k == axis else (0, 0) for k in range(3)]
        padded = np.pad(expected, around, mode="reflect" if image.shape[axis] > 1 else "edge")
        lines = np.moveaxis(padded, axis, 0)
        summed = sum(weight * lines[k : k + image.shape[axis]] for k, weight in enumerate(bell))
        expected = np.moveaxis(summed, 0, axis)

    assert np.abs(gaussian(image, sigma) - expected).max() < 2e-6
    assert np.array_equal(gaussian(image[..., 0].copy(), sigma), gaussian(image, sigma)[..., 0])


@pytest.mark.parametrize("sigma", [0.0, -1.0, np.nan, np.inf])
def test_a_blur_of_no_width_is_refused(sigma: float) -> None:
    with pytest.raises(BadArgument, match="sigma"):
        gaussian(picture(3, 3), sigma)


def test_an_empty_image_stays_empty() -> None:
    assert gaussian(np.zeros((0, 4, 3), np.float32), 1.0).shape == (0, 4, 3)
    assert filtered(np.zeros((0, 4, 3)), np.ones((3, 3))).shape == (0, 4, 3)


def test_an_even_image_stays_even_when_it_is_blurred() -> None:
    assert np.abs(gaussian(np.full((40, 30, 3), 0.7, np.float32), 3.0) - 0.7).max() < 1e-6


@pytest.mark.parametrize("border", ["edge", "wrap", "black"])
@pytest.mark.parametrize("shape", [(5, 7, 3), (1, 6, 1), (6, 1, 4), (1, 1, 2)])
def test_between_pixels_an_image_is_linear(border: str, shape: tuple[int, int, int]) -> None:
    image = picture(*shape)
    x, y = (RNG.uniform(-12, 14, (4, 50)).astype(np.float32) for _ in range(2))

    def pixel(column: int, row: int) -> np.ndarray:
        inside = 0 <= column < shape[1] and 0 <= row < shape[0]
        if border == "wrap":
            return image[row % shape[0], column % shape[1]].astype(float)
        if border == "black" and not inside:
            return np.zeros(shape[2])
        return image[np.clip(row, 0, shape[0] - 1), np.clip(column, 0, shape[1] - 1)].astype(float)

    def slow(at_x: float, at_y: float) -> np.ndarray:
        a, b = int(np.floor(at_x)), int(np.floor(at_y))
        s, t = at_x - a, at_y - b
        above = pixel(a, b) * (1 - s) + pixel(a + 1, b) * s
        return above * (1 - t) + (pixel(a, b + 1) * (1 - s) + pixel(a + 1, b + 1) * s) * t

    found = sampled(image, x, y, border=border)  # type: ignore[arg-type]

    expected = [slow(float(a), float(b)) for a, b in zip(x.ravel(), y.ravel())]
    assert found.shape == (4, 50, shape[2])
    assert np.abs(found.reshape(-1, shape[2]) - expected).max() < 1e-5


@pytest.mark.parametrize("border", ["edge", "wrap", "black"])
@pytest.mark.parametrize("place", [np.nan, np.inf, -np.inf, 3e38, -3e38])
def test_places_out_of_any_range_read_nothing_beside_the_image(border: str, place: float) -> None:
    at = np.array([place, 0], np.float32)

    assert sampled(picture(4, 5), at, at[::-1].copy(), border=border).shape == (2, 3)  # type: ignore[arg-type]


@given(SIDES, SIDES, st.integers(1, 7), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_a_filter_is_the_sum_of_what_lies_around(height: int, width: int, tall: int, wide: int) -> None:
    height, width = height + tall, width + wide  # mirrored once
    image, weights = picture(height, width).astype(float), RNG.normal(size=(tall, wide))
    found = filtered(image, weights)
    expected = np.zeros_like(image)
    for row, column in np.ndindex(height, width):
        for t, v in np.ndindex(tall, wide):
            y, x = row + t - tall // 2, column + v - wide // 2
            y, x = height - 1 - abs(height - 1 - abs(y)), width - 1 - abs(width - 1 - abs(x))
            expected[row, column] += weights[t, v] * image[y, x]

    assert np.allclose(found, expected, atol=1e-12)


def test_a_cubic_goes_through_pixels_and_through_straight_lines() -> None:
    line = np.arange(9, dtype=np.float32)[:, None, None]
    at = np.array([1.0, 2.0, 2.25, 3.5, 7.0])

    found = mixed(line, cubic(at, 9), None)[:, 0, 0]

    assert found[[0, 1, 4]].tolist() == [1, 2, 7]
    assert found[3] == pytest.approx(3.5)
    assert np.allclose(cubic(at, 9)[1].sum(1), 1)
    assert (cubic(np.array([-9.0, 30.0]), 9)[1] == 0).all()


def test_taps_that_lead_out_of_an_image_are_refused() -> None:
    for index in ([[3]], [[-1]], [[]]):
        taps = np.array(index, np.int32), np.ones((1, len(index[0])), np.float32)
        with pytest.raises(BadArgument, match="index has"):
            mixed(picture(3, 3), taps, None)
        with pytest.raises(BadArgument, match="index has"):
            mixed(picture(3, 3), None, taps)
