"""Threads: bands of rows, each once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.kernels.threads import bands, set_threads


@given(st.integers(0, 5000), st.integers(1, 64))
def test_bands_are_all_rows_once_in_order(rows: int, at_most: int) -> None:
    found = list(bands(rows, at_most))

    assert [a for a, _ in found] == [0, *(b for _, b in found[:-1])]
    assert found[-1][1] == rows
    assert len(found) <= at_most


def test_no_threads_are_an_error() -> None:
    with pytest.raises(BadArgument, match="threads=0"):
        set_threads(0)
