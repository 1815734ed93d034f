"""Rotations and rows: round trips, and NumPy's own functions as the oracle."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.geometry import distinct_rows, euler_from_rotation, euler_rotation

numbers = st.tuples(*[st.floats(-170, 170)] * 3)


@given(numbers)
def test_euler_angles_round_trip(angles) -> None:  # type: ignore[no-untyped-def]
    rotation = euler_rotation(angles)

    assert np.allclose(euler_rotation(euler_from_rotation(rotation)), rotation, atol=1e-9)


@given(st.lists(st.tuples(*[st.sampled_from([-1.0, -0.0, 0.0, 2.5])] * 3), min_size=1))
def test_distinct_rows_are_those_of_numpy(rows: list[tuple[float, ...]]) -> None:
    table = np.array(rows)

    first, which = distinct_rows(table)

    values, expected, inverse = np.unique(table + 0.0, axis=0, return_index=True, return_inverse=True)
    assert np.array_equal(table[first], values)
    assert np.array_equal(first, expected)
    assert np.array_equal(which, inverse.reshape(-1))
