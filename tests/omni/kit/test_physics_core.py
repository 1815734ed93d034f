"""The simulation as Isaac Sim 6 asks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes

pytest.importorskip("mujoco")
pytestmark = pytest.mark.extra


def test_rays_overlaps_and_steps_are_those_known_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("physics_core", tmp_path, monkeypatch)
