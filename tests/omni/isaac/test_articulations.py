"""Robots whose joints are read, put and driven."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes

pytest.importorskip("mujoco")
pytestmark = pytest.mark.extra


@pytest.mark.parametrize("name", ["robot_arm", "robot_drives"])
def test_joints_do_what_they_are_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes(name, tmp_path, monkeypatch)
