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


def test_bounds_may_be_crossed_and_a_seed_set_anew_begins_anew(tmp_path: Path) -> None:
    text = """
    import omni.replicator.core as rep
    from isaacsim.core.utils.random import get_random_values_in_range as draw
    drawn = []
    for seed in (1, 2, 1):
        rep.set_global_seed(seed)
        drawn.append(draw((0.5, 0.0), (-0.5, 1.0)).tolist())
    assert drawn[0] == drawn[2] != drawn[1]
    assert all(-0.5 <= a <= 0.5 and 0 <= b <= 1 for a, b in drawn)
    """

    assert ran(tmp_path, text).error is None
