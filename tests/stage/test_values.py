"""Drawn values as numbers."""

from __future__ import annotations

import pytest

from rendersdg.errors import BadArgument
from rendersdg.graph.plan import Drawn
from rendersdg.stage.values import item, number, vector, vectors


def test_one_number_counts_for_all_components() -> None:
    assert vector("scale", 2) == vector("scale", [2]) == (2.0, 2.0, 2.0)
    assert vector("position", (1, 2, 3)) == (1.0, 2.0, 3.0)
    assert number("intensity", 7) == 7.0


@pytest.mark.parametrize(
    ("value", "said"), [([1, 2], "2 components"), ("abc", "scale='abc'"), ([1, 2, float("inf")], "not finite")]
)
def test_what_is_no_vector_is_named(value: object, said: str) -> None:
    with pytest.raises(BadArgument, match=said):
        vector("scale", value)


def test_a_drawn_value_is_the_prims_own_and_a_constant_everyones() -> None:
    assert [item(Drawn([5, 6]), k) for k in (0, 1)] == [5, 6]
    assert item((5, 6), 1) == (5, 6)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ((1.0, 2.0, 3.0), [[1, 2, 3]] * 2),
        (Drawn([[1.0, 2.0, 3.0]]), [[1, 2, 3]] * 2),
        (Drawn([[1.0, 2.0, 3.0], (4.0, 5.0, 6.0)]), [[1, 2, 3], [4, 5, 6]]),
        (Drawn([[1.0, 2.0, 3.0]] * 3), None),
        (Drawn([[1.0, 2.0, 3.0], [1.0, 2.0]]), None),
        (Drawn([[1.0, 2.0, 3.0], 4.0]), None),
        ([1.0, 2.0, "3"], None),
        ([1.0, 2.0, True], None),
        ([1.0, 2.0, float("nan")], None),
        ([1.0, 2.0, float("inf")], None),
        (2.0, None),
        (None, None),
    ],
)
def test_values_of_many_prims_are_rows_of_plain_finite_floats_or_are_looked_at_one_by_one(
    value: object, wanted: list[list[float]] | None
) -> None:
    found = vectors(value, 2)

    assert (None if found is None else found.tolist()) == wanted
