"""Pieces of surface that share vertices, against a slow search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.kernels.components import components


def as_triangles(rows: object) -> np.ndarray:
    return np.array(rows, np.int32).reshape(-1, 3)


def test_triangles_that_share_a_vertex_are_one_piece_named_after_its_least() -> None:
    triangles = as_triangles([[5, 4, 3], [0, 1, 2], [6, 8, 7], [9, 2, 1], [3, 10, 11]])

    assert components(triangles, 12).tolist() == [3, 0, 6, 0, 3]


@given(st.data(), st.integers(1, 40))
@settings(max_examples=200)
def test_a_piece_is_what_a_slow_search_reaches(data: st.DataObject, count: int) -> None:
    rows = data.draw(st.lists(st.tuples(*[st.integers(0, count - 1)] * 3), max_size=30))
    triangles = as_triangles(rows)
    least = np.arange(count)
    for _ in range(count):
        for row in rows:
            least[list(row)] = min(least[list(row)])

    assert components(triangles, count).tolist() == [least[row[0]] for row in rows]


def test_a_long_strip_is_one_piece_whichever_way_it_is_numbered() -> None:
    strip = np.arange(20_000)[:, None] + np.arange(3)
    for triangles in (strip, strip[::-1], strip[:, ::-1], np.random.default_rng(0).permutation(strip)):
        assert not components(np.ascontiguousarray(triangles, np.int32), 20_002).any()


@pytest.mark.parametrize("bad", [-1, 4, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("place", range(3))
def test_a_corner_that_is_not_a_vertex_is_an_error(bad: int, place: int) -> None:
    triangles = as_triangles([[0, 1, 2], [1, 2, 3]])
    triangles[1, place] = bad

    with pytest.raises(BadArgument, match=f"triangle 1 .*{bad}.* 4 vertices"):
        components(triangles, 4)


def test_no_triangles_have_no_pieces() -> None:
    assert components(as_triangles([]), 0).shape == (0,)
    with pytest.raises(BadArgument, match="vertex_count is -1"):
        components(as_triangles([]), -1)
