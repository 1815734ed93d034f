"""Damaged and nasty scenes open, or are refused in one paragraph with a line: a few of them."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.operations import cases, outcome
from tests.fuzz.scenes import GOOD, case, look_through

CASES = 40
EVERY = 211  # of the values of all arguments, one in so many is tried


def test_damaged_scenes_are_refused_in_one_paragraph(tmp_path: Path) -> None:
    for text in GOOD:
        (tmp_path / "scene.yaml").write_text(text)
        look_through(tmp_path / "scene.yaml")
    told = [(seed, case(seed, tmp_path)) for seed in range(CASES)]

    assert [row for row in told if row[1].startswith("FAULT")] == []
    assert any(said == "accepted" for _, said in told)


def test_bad_values_of_arguments_are_refused_with_their_line() -> None:
    told = [(case, outcome(case)) for k, case in enumerate(cases()) if k % EVERY == 17]

    assert [row for row in told if row[1].startswith("FAULT")] == []
    assert any(said == "accepted" for _, said in told) and any(said.startswith("refused") for _, said in told)
