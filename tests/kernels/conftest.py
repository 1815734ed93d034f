"""What tests of the kernels share: a tree that compiles in no time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rendersdg.kernels.toolchain.packing import _PACKAGED
from tests.conftest import ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what is packaged with one C source, which compiles in no time."""
    copy = tmp_path / "tree"
    copy.mkdir()
    for name in _PACKAGED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "lib", "*.c", "*.h"))
        else:
            shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "scenes", copy / "scenes")
    for name in ("cpu.c", "export.h"):
        shutil.copy(ROOT / "rendersdg" / "kernels" / name, copy / "rendersdg" / "kernels")
    return copy
