"""An image laid out anew reads, where it repeats, as the image that it came from under its own wrap mode."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.assets.images import Wrap, unrolled

SAME = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])


def folded(at: int, side: int, wrap: Wrap) -> int:
    """Return the texel that stands at a place of an endless row."""
    if wrap == "clamp":
        return min(max(at, 0), side - 1)
    if wrap == "repeat":
        return at % side
    return at % side if at // side % 2 == 0 else side - 1 - at % side


@pytest.mark.parametrize("wrap", ["repeat", "mirror", "clamp"])
@given(low=st.tuples(st.integers(-3, 2), st.integers(-3, 2)), count=st.tuples(st.integers(1, 3), st.integers(1, 3)))
def test_every_texel_is_that_of_the_endless_image(wrap: Wrap, low: tuple[int, int], count: tuple[int, int]) -> None:
    pixels = np.arange(4 * 2 * 4, dtype=np.uint8).reshape(2, 4, 4)

    out = unrolled(pixels, np.array(low), np.array(count), (wrap, wrap), SAME)

    assert out.shape == (2 * count[1], 4 * count[0], 4)
    for y, x in np.ndindex(*out.shape[:2]):
        row, column = folded(y + 2 * low[1], 2, wrap), folded(x + 4 * low[0], 4, wrap)
        assert (out[y, x] == pixels[row, column]).all()


def test_an_image_laid_twice_as_densely_keeps_its_texels() -> None:
    pixels = np.arange(2 * 2 * 4, dtype=np.uint8).reshape(2, 2, 4)

    out = unrolled(pixels, np.zeros(2, int), np.ones(2, int), ("repeat", "repeat"), SAME * 2)

    assert np.array_equal(out, np.tile(pixels, (2, 2, 1)))
