"""Bounds and poses of Isaac Sim's helpers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes


def test_bounds_and_poses_are_those_known_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("bounds", tmp_path, monkeypatch)
