"""Distinct rows, against dictionaries and sorted lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.kernels.rows import numbered_in_groups, numbered_rows, row_order

rows = st.lists(st.tuples(*[st.sampled_from([-(2**31), -1, 0, 1, 2**31 - 1])] * 3), max_size=60)


def as_rows(values: object) -> np.ndarray:
    return np.array(values, np.int32).reshape(-1, 3)


def test_rows_are_numbered_as_they_are_met() -> None:
    first, which = numbered_rows(as_rows([[7, 0, 0], [1, 2, 3], [7, 0, 0], [1, 2, 4], [1, 2, 3]]))

    assert (first.tolist(), which.tolist()) == ([0, 1, 3], [0, 1, 0, 2, 1])


@given(rows)
def test_each_row_has_the_number_that_a_dictionary_gives_it(values: list[tuple[int, ...]]) -> None:
    first, which = numbered_rows(as_rows(values))

    numbers: dict[tuple[int, ...], int] = {}
    assert which.tolist() == [numbers.setdefault(value, len(numbers)) for value in values]
    assert first.tolist() == [values.index(value) for value in numbers]


@given(rows, st.data())
def test_rows_are_in_the_order_of_tuples_and_equal_ones_stay(
    values: list[tuple[int, ...]], data: st.DataObject
) -> None:
    named = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=80)) if values else []

    order = row_order(as_rows(values), np.array(named, np.int32))

    assert order.tolist() == sorted(range(len(named)), key=lambda k: values[named[k]])


def test_many_rows_of_one_hash_bucket_or_of_one_value_are_told_apart() -> None:
    many = np.arange(300_000, dtype=np.int32).reshape(-1, 1) * 4096
    first, which = numbered_rows(np.concatenate([many, many]))

    assert np.array_equal(first, np.arange(300_000)) and np.array_equal(which, np.tile(first, 2))
    assert numbered_rows(np.zeros((1000, 5), np.int32))[0].tolist() == [0]


def test_nothing_is_no_row_and_a_number_of_no_row_is_an_error() -> None:
    first, which = numbered_rows(as_rows([]))

    assert len(first) == len(which) == len(row_order(as_rows([]), first)) == 0
    with pytest.raises(BadArgument, match=r"numbers must lie in 0\.\.0"):
        row_order(as_rows([[1, 2, 3]]), np.array([1], np.int32))


@given(rows, st.data())
def test_rows_of_groups_are_numbered_by_group_and_then_in_order(
    values: list[tuple[int, ...]], data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, 4))
    group = data.draw(st.lists(st.integers(0, count - 1), min_size=len(values), max_size=len(values)))

    first, which = numbered_in_groups(as_rows(values), np.array(group, np.int32), count)

    whole = [(g, *value) for g, value in zip(group, values)]
    in_order = sorted(set(whole))
    assert which.tolist() == [in_order.index(row) for row in whole]
    assert first.tolist() == [whole.index(row) for row in in_order]


def test_a_group_of_many_rows_is_in_order_too() -> None:
    many = np.random.default_rng(0).integers(-4, 4, (3000, 4)).astype(np.int32)

    first, which = numbered_in_groups(many, np.zeros(3000, np.int32), 1)

    _, wanted_first, wanted = np.unique(many, axis=0, return_index=True, return_inverse=True)
    assert np.array_equal(first, wanted_first) and np.array_equal(which, wanted.ravel())


@pytest.mark.parametrize("group", [[0, 2], [-1, 0]])
def test_a_group_that_is_none_is_an_error(group: list[int]) -> None:
    with pytest.raises(BadArgument, match=r"groups must lie in 0\.\.1"):
        numbered_in_groups(np.zeros((2, 3), np.int32), np.array(group, np.int32), 2)
