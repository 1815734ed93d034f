"""Damaged labelled sets of every layout are read, or refused in one paragraph: a few, and those that once failed."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.labels import SETS, case, make_good

SEEDS = Path(__file__).with_name("labels_seeds.txt")
CASES = 240


def test_damaged_labels_are_refused_in_one_paragraph(tmp_path: Path) -> None:
    good = tmp_path / "good"
    good.mkdir()
    make_good(good)
    kept = [(layout, int(seed)) for layout, seed in (line.split() for line in SEEDS.read_text().splitlines())]
    new = [(layout, number) for number in range(CASES // len(SETS)) for layout in SETS]
    told = [(layout, seed, *case(layout, seed, good, tmp_path / "set")) for layout, seed in [*kept, *new]]

    assert [row for row in told if row[3].startswith("FAULT")] == []
    assert any(row[3] == "accepted" for row in told) and {row[0] for row in told} == set(SETS)
