"""Isaac Sim's depth sensor."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes


def test_a_depth_sensor_measures_in_scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("depth_sensor", tmp_path, monkeypatch)
