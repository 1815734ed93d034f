"""The newest generation's helpers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes


def test_helpers_take_the_prim_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("experimental_utils", tmp_path, monkeypatch)
