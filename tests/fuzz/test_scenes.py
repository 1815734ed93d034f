"""Damaged and nasty scenes open, or are refused in one paragraph with a line: a few of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.operations import Case, cases, outcome
from tests.fuzz.scenes import GOOD, case, look_through

CASES = 40
EVERY = 211  # of the values of all arguments, one in so many is tried
FOUND = [  # what ended badly once
    Case("defects.crazing", "reach", "10^12"),  # a line of terabytes
    Case("defects.crack", "branches", "10^12"),  # without end
    Case("defects.pitting", "density", "10^12"),
    Case("defects.bump", "flatness", "10^12"),  # NaN in a height
    Case("defects.crazing", "flecks", "-1"),  # fewer than none
    Case("defects.patch", "notches", "-1"),
    Case("defects.pitting", "density", "-1"),
    Case("defects.rolled_in_scale", "density", "-1"),
    Case("surfaces.hot_rolled", "band", "0"),  # a tile was divided by it
    Case("surfaces.milled", "feed", "0"),
]


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


@pytest.mark.parametrize("case", FOUND, ids=str)
def test_what_ended_badly_once_is_refused_with_its_line(case: Case) -> None:
    assert outcome(case).startswith("refused: scene.yaml:100: ")
