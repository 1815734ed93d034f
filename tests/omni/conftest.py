"""Fixtures of the tests of exports: a small scene, and few baked images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rendersdg.omni import baked_defects
from tests.omni.written import SMALL


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SMALL)
    return tmp_path / "small.yaml"


@pytest.fixture
def quick(monkeypatch: Any) -> None:
    """Few and small baked images, for tests that do not look at them."""
    for name, value in (("IMAGES", 1), ("MATERIALS", 1), ("_SIDE", 48)):
        monkeypatch.setattr(baked_defects, name, value)
