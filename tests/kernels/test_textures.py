"""Mip levels: the ends of their range, odd sides, and what no image should hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from rendersdg.kernels import textures
from rendersdg.kernels.textures import halved, sixteen_bit

images = array_shapes(min_dims=3, max_dims=3, min_side=0, max_side=9).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(width=32))
)


@given(images)
def test_any_number_has_sixteen_bits_and_what_is_not_one_is_black(image: np.ndarray) -> None:
    expected = np.floor(np.clip(np.nan_to_num(image, nan=0.0), 0, 1) * np.float32(65535) + np.float32(0.5))

    assert np.array_equal(sixteen_bit(image), expected)


def test_every_sixteen_bit_number_is_kept() -> None:
    values = (np.arange(65536) / 65535).astype(np.float32).reshape(256, 64, 4)

    assert np.array_equal(sixteen_bit(values).ravel(), np.arange(65536))


@given(images)
def test_halving_ends_at_one_texel(image: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        half = halved(image)

    assert half.shape == tuple(max(n // 2, min(n, 1)) for n in image.shape[:2]) + image.shape[2:]


def test_an_odd_side_loses_its_last_row_and_column() -> None:
    image = np.arange(15, dtype=np.float32).reshape(3, 5, 1)

    assert halved(image)[..., 0].tolist() == [[(0 + 1 + 5 + 6) / 4, (2 + 3 + 7 + 8) / 4]]


@pytest.mark.parametrize("shape", [(8, 8), (1, 4), (16, 1), (2, 8), (1, 1)])
def test_half_an_image_is_the_mean_of_two_by_two(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).random((*shape, 4), np.float32)
    rows, columns = min(shape[0], 2), min(shape[1], 2)
    expected = image.reshape(shape[0] // rows, rows, shape[1] // columns, columns, 4).mean((1, 3))
    assert np.allclose(textures.halved(image), expected, atol=1e-6)


def test_sixteen_bits_hold_the_ends_and_cut_what_is_beyond() -> None:
    image = np.array([[[0.0, 1.0, -3.0, 7.0, 0.5, 0.4 / 65535]]], np.float32)
    assert textures.sixteen_bit(image).tolist() == [[[0, 65535, 0, 65535, 32768, 0]]]
