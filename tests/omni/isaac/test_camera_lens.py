"""The lens of Isaac Sim's camera."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes


def test_calibrated_cameras_see_points_where_opencv_puts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("calibrated", tmp_path, monkeypatch)
