"""Rigid bodies of scripts move as the formulas say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.running import passes, run_named

pytest.importorskip("mujoco")
pytestmark = pytest.mark.extra


def test_a_stepping_script_sees_its_bodies_fall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("stepping", tmp_path, monkeypatch)

    assert outcome.error is None, outcome.error
    start, falling, rest, again, stopped = json.loads((tmp_path / "heights.json").read_text())
    assert start == 2 and stopped == 2
    assert abs(falling - (2 - 9.81 * 0.5**2 / 2)) < 0.02
    assert abs(rest - 0.25) < 1e-3
    assert abs(again - (2 - 9.81 * 0.2**2 / 2)) < 0.01


@pytest.mark.parametrize("name", ["gravity", "bounce", "slide", "bin", "switched_off"])
def test_bodies_move_as_the_formulas_say(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes(name, tmp_path, monkeypatch)
