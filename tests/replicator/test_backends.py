"""Backends of scripts: files that a script writes itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from tests.running import run_named


def test_files_that_a_script_writes_by_itself_are_there_at_once_and_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = run_named("own_files", tmp_path, monkeypatch)

    assert outcome.error is None
    assert outcome.datasets == [(str(tmp_path / "mine"), 0, 2)]
    assert Dataset(Store(str(tmp_path / "mine"))).verify() == []
