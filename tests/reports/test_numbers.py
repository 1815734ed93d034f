"""Numbers in a report can be read: no exponents, and what is far is only said to be far."""

from __future__ import annotations

import pytest

from rendersdg.reports.charts import bars, histogram
from rendersdg.reports.numbers import readable, spreads


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (48480.0, "48,480"),
        (999.96, "1000"),
        (-1234.5, "-1,234"),
        (12.34567, "12.35"),
        (0.00001234, "0.00001234"),
        (0, "0"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_have_no_exponent(value: float, text: str) -> None:
    assert readable(value) == text


@pytest.mark.parametrize(
    ("gap", "text"),
    [
        (1000.0, "more than 100 spreads"),
        (100.0, "100.0 spreads"),
        (2.04, "2.0 spreads"),
        (0.01, "less than 0.1 spreads"),
        (0.0, "0 spreads"),
    ],
)
def test_what_is_far_is_only_said_to_be_far(gap: float, text: str) -> None:
    assert spreads(gap) == text


def test_bars_end_at_their_cap_and_the_table_says_that_there_is_more() -> None:
    chart = bars("t", "u", {"far": 1000.0, "near": 2.0}, shown="{:.2f}", cap=100.0)

    assert chart is not None
    assert chart.rows == (("far", "more than 100.00"), ("near", "2.00"))
    assert [row["value"] for row in chart.spec["rows"]] == [100.0, 2.0]  # type: ignore[index]


def test_charts_of_large_values_have_no_exponent() -> None:
    import numpy as np

    chart = histogram("Sharpness", "u", {"this set": np.linspace(20_000, 90_000, 50)}, log=True)

    assert chart is not None and "e+" not in f"{chart.alt}{chart.rows}"
