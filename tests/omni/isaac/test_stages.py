"""Stages and prims of Isaac Sim's helpers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes


def test_helpers_find_make_and_move_prims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("prims", tmp_path, monkeypatch)


def test_stages_open_close_and_keep_their_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("isaac_helpers", tmp_path, monkeypatch)
