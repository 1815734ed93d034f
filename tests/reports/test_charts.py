"""Charts: every value is in a bin, and the table says what the drawing shows."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.reports.charts import bars, grid, histogram

numbers = st.lists(st.floats(-1e6, 1e6, allow_nan=False) | st.just(float("nan")), min_size=1, max_size=60)


@given(numbers, st.booleans(), st.booleans())
def test_a_histogram_counts_every_value_once(values: list[float], log: bool, whole: bool) -> None:
    chart = histogram("t", "u", {"own": np.array(values)}, log=log, whole=whole and not log)

    known = int(np.isfinite(values).sum())
    if chart is None:
        assert known == 0
        return
    assert sum(chart.spec["series"][0]["counts"]) == known == sum(int(row[2]) for row in chart.rows)
    assert np.all(np.diff(chart.spec["edges"]) > 0)
    json.dumps(chart.spec, allow_nan=False)


def test_whole_numbers_get_a_bin_each() -> None:
    chart = histogram("t", "u", {"own": np.array([1.0, 1, 3])}, whole=True)

    assert chart is not None
    assert chart.spec["edges"] == [0.5, 1.5, 2.5, 3.5] and chart.spec["series"][0]["counts"] == [2, 0, 1]


def test_a_second_set_stands_in_the_table_and_in_the_words() -> None:
    chart = histogram("t", "u", {"this set": np.arange(9.0), "real set": np.arange(4.0)})

    assert chart is not None
    assert chart.columns == ("from", "to", "this set", "real set") and "real set: half below 1.5" in chart.alt


def test_bars_draw_the_first_and_list_all() -> None:
    chart = bars("t", "u", {f"c{k}": float(k) for k in range(50)}, most=10)

    assert chart is not None
    assert len(chart.spec["rows"]) == 10 and len(chart.rows) == 50
    assert bars("t", "u", {}) is None


def test_a_grid_keeps_its_rows_in_order() -> None:
    chart = grid("t", "alt", np.array([[1.0, 2], [3, 4]]), ("a",), [("x",)], unit="u")

    assert chart.spec["cells"] == [[1, 2], [3, 4]]


@pytest.mark.parametrize("value", [0.0, -5.0, 7.0])
def test_values_that_are_all_the_same_are_one_bar(value: float) -> None:
    chart = histogram("t", "u", {"own": np.full(5, value)})

    assert chart is not None
    assert sorted(chart.spec["series"][0]["counts"])[-1] == 5
