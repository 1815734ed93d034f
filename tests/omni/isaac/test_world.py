"""Isaac Sim's world: objects, materials and views that step by formulas, and captures while it plays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes, run_named

pytest.importorskip("mujoco")
pytestmark = pytest.mark.extra


def test_a_world_steps_by_the_formulas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("world", tmp_path, monkeypatch)


def test_a_world_that_steps_captures_on_play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = run_named("world_capture", tmp_path, monkeypatch)

    assert (outcome.error, outcome.frames) == (None, 3), outcome.error
