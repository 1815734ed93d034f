"""Colour: the curves of the standards, bit by bit, and palettes."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.colour import black_body, filmic, linear_from_eight_bit, linear_from_srgb, named_colour, srgb_from_linear
from rendersdg.errors import BadArgument


@given(st.integers(0, 5000))
def test_palette_colours_are_opaque_and_unique(count: int) -> None:
    from rendersdg.colour import label_palette

    palette = label_palette(count)

    assert len(np.unique(palette, axis=0)) == count
    assert (palette[1:, 3] == 255).all()


def test_colour_curves_are_those_of_the_standards() -> None:
    values = np.linspace(0, 1, 257)

    assert np.allclose(linear_from_srgb(srgb_from_linear(values)), values, atol=1e-5)
    assert srgb_from_linear(np.array(0.5)) == pytest.approx(0.7354, abs=1e-4)
    assert (np.diff(filmic(np.linspace(0, 20, 500))) >= 0).all()
    warm, cool = black_body(2700), black_body(9000)
    assert warm[0] > warm[1] > warm[2] and cool[2] > cool[0]
    assert np.allclose(black_body(6500), 1, atol=0.08)


def test_colour_curves_give_the_same_bytes_on_every_machine() -> None:
    texels = linear_from_eight_bit(np.arange(256, dtype=np.uint8))
    shown = srgb_from_linear(np.arange(4097, dtype=np.float32) / np.float32(4096))

    assert np.round(srgb_from_linear(texels) * 255).tolist() == list(range(256))
    assert [float(v).hex() for v in texels[[1, 128]]] == ["0x1.3e45680000000p-12", "0x1.ba15180000000p-3"]
    digests = [sha256(v.astype("<f4").tobytes()).hexdigest()[:16] for v in (texels, shown)]
    assert digests == ["bb6cd5e59d4caf99", "230e5cb102665aa9"]


def test_colours_have_the_names_of_css() -> None:
    assert named_colour("White") == (1.0, 1.0, 1.0) and named_colour("#ff0000") == (1.0, 0.0, 0.0)
    assert named_colour("darkblue") == (0.0, 0.0, 139 / 255)
    with pytest.raises(BadArgument, match="'plaid' is not the name of a colour"):
        named_colour("plaid")
