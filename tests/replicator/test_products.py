"""Render products on a script's stage."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes


def test_size_and_camera_change_between_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("render_products", tmp_path, monkeypatch)
