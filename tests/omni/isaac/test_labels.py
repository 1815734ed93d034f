"""Labels of Isaac Sim's helpers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes


def test_labels_are_added_counted_and_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("labels", tmp_path, monkeypatch)
