"""Random numbers of Isaac Sim's helpers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.running import ran

DRAWS = """
from isaacsim.core.utils.random import get_random_values_in_range
from pathlib import Path

Path("drawn.txt").write_text(str([get_random_values_in_range((0, 0), (1, 5)).tolist() for _ in range(3)]))
"""


def test_random_helpers_draw_the_same_numbers_in_every_run_of_a_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    for seed in (None, None, 8):
        assert ran(tmp_path, DRAWS, monkeypatch, seed=seed).error is None
        drawn.append((tmp_path / "drawn.txt").read_text())

    assert drawn[0] == drawn[1] != drawn[2]
    numbers = ast.literal_eval(drawn[0])
    assert all(0 <= a < 1 and 0 <= b < 5 for a, b in numbers)
