"""Fixtures of the tests of assets: a library in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from tests.assets.small_library import library


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    monkeypatch.setenv("RENDERSDG_ASSETS", str(tmp_path / "copies"))
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]
    for name, data in library().items():
        fs.pipe_file(f"/lib/{name}", data)
    yield fs
    fs.store.clear()
