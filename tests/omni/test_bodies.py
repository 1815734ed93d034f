"""Bodies that PhysX's helpers make."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes

pytest.importorskip("mujoco")
pytestmark = pytest.mark.extra


def test_helpers_make_the_bodies_that_they_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("bodies", tmp_path, monkeypatch)
