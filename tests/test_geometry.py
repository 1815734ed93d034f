"""Rotations and rows: round trips, and NumPy's own functions as the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.geometry import distinct_rows, euler_from_rotation, euler_rotation, extent

numbers = st.tuples(*[st.floats(-170, 170)] * 3)


@given(numbers)
def test_euler_angles_round_trip(angles) -> None:  # type: ignore[no-untyped-def]
    rotation = euler_rotation(angles)

    assert np.allclose(euler_rotation(euler_from_rotation(rotation)), rotation, atol=1e-9)


@given(
    st.lists(st.tuples(*[st.integers(0, 7)] * 3), min_size=1),
    st.sampled_from(["f4", "f8", "i4", "i8", "u4", "u8", "i2"]),
)
@settings(deadline=None)  # the kernels may have to be built first
def test_distinct_rows_are_those_of_numpy(rows: list[tuple[int, ...]], dtype: str) -> None:
    values = {
        "f": [-np.inf, -2.5, -1e-30, -0.0, 0.0, 1e-30, 0.1, np.inf],
        "i": [-(2**15), -9, -1, 0, 1, 2, 7, 2**15 - 1],
        "u": [0, 1, 2, 3, 2**15, 2**31, 2**32 - 2, 2**32 - 1],
    }[dtype[0]]
    table = np.array(values).astype(dtype)[np.array(rows)]
    if dtype in ("i8", "u8"):
        table = table * table.dtype.type(2**31 - 5)

    first, which = distinct_rows(table)

    _, expected, inverse = np.unique(table + table.dtype.type(0), axis=0, return_index=True, return_inverse=True)
    assert np.array_equal(first, expected)
    assert np.array_equal(which, inverse.reshape(-1))


def test_rows_that_are_no_number_come_last_and_are_all_distinct() -> None:
    first, which = distinct_rows(np.array([[np.nan], [1.0], [np.nan], [1.0], [-np.inf]]))

    assert (first.tolist(), which.tolist()) == ([4, 1, 0, 2], [2, 1, 3, 1, 0])


@pytest.mark.parametrize("count", [1, 255, 256, 257, 1000])
def test_an_extent_is_the_least_and_the_largest_number_of_each_column(count: int) -> None:
    rows = np.random.default_rng(count).normal(size=(count, 3))

    for given_rows in (rows, rows.astype(np.float32), np.asfortranarray(rows), rows[::-1]):
        low, high = extent(given_rows)
        assert low.dtype == given_rows.dtype
        assert low.tolist() == [min(c) for c in given_rows.T] and high.tolist() == [max(c) for c in given_rows.T]
    rows[count // 2, 1] = np.nan
    assert np.isnan(extent(rows)[0]).tolist() == [False, True, False]
