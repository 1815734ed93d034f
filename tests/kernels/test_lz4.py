"""Blocks of LZ4: by hand, by a plain encoder, and damaged ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.kernels.lz4 import lz4_block


def block(*parts: bytes | list[int]) -> np.ndarray:
    return np.frombuffer(b"".join(bytes(p) for p in parts), np.uint8)


def test_a_match_that_overlaps_itself_repeats_what_it_makes() -> None:
    # two literals, nine bytes from two back, and one literal that ends the block
    found = lz4_block(block([0x25], b"ab", [2, 0, 0x10], b"."), 100)

    assert found.tobytes() == b"abababababa."


def test_long_lengths_are_sums_of_bytes() -> None:
    data = bytes(range(256)) * 2

    found = lz4_block(block([0xF0, 255, 512 - 15 - 255], data), 512)

    assert found.tobytes() == data


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=700))
def test_what_a_plain_encoder_packs_comes_out_again(data: bytes) -> None:
    more = len(data) - 15
    length = [] if more < 0 else [255] * (more // 255) + [more % 255]

    assert lz4_block(block([min(len(data), 15) << 4], length, data), len(data)).tobytes() == data


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=60), most=st.integers(0, 4000))
def test_any_bytes_are_decoded_or_refused(data: bytes, most: int) -> None:
    try:
        found = lz4_block(np.frombuffer(data, np.uint8), most)
    except BadArgument:
        return

    assert len(found) <= most


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param([0x10], id="literals beyond the end"),
        pytest.param([0xF0, 255], id="a length without an end"),
        pytest.param([0x10, 65, 0, 0, 0], id="a match at itself"),
        pytest.param([0x10, 65, 9, 0, 0], id="a match before the beginning"),
        pytest.param([0x10, 65, 1], id="half an offset"),
        pytest.param([0x1F, 65, 1, 0, 255, 255, 255, 0, 0x00], id="more than there is room for"),
        pytest.param([], id="nothing"),
    ],
)
def test_damage_is_refused(stream: list[int]) -> None:
    with pytest.raises(BadArgument, match="damaged"):
        lz4_block(block(stream), 64)
