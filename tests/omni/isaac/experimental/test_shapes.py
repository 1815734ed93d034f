"""Isaac Sim's newest generation of objects and prims."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes


def test_handles_hold_many_prims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("experimental", tmp_path, monkeypatch)
