"""Damaged datasets are found, made good or refused in one paragraph: a few, and those that once failed."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.datasets import bench, case

KEPT = (20, 24, 35, 103, 396, 1202, 1500, 5560, 5870, 5967)  # sealed anew, or of the wrong type
CASES = 16


def test_damaged_datasets_are_found_and_nothing_of_them_is_called_good(tmp_path: Path) -> None:
    with bench(tmp_path) as shared:
        told = [(seed, *case(seed, shared, tmp_path)) for seed in [*KEPT, *range(1000, 1000 + CASES)]]

    assert [row for row in told if any(text.startswith("FAULT") for text in row[2])] == []
    assert sum(row[2][0].startswith("found") for row in told) > CASES / 2
