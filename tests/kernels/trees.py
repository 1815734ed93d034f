"""A tree of sources with one kernel, and Python that runs in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rendersdg.kernels.toolchain.recipe import this_machine

LIBRARIES = [this_machine().library(level) for level in this_machine().levels]
LOAD = """
import logging
logging.basicConfig(format="log: %(message)s")
from rendersdg.kernels.library import library
print(library()._name)
"""
BACKEND = """
import sys
sys.path.insert(0, "rendersdg/kernels/toolchain")
import backend
"""
x86_only = pytest.mark.skipif(this_machine().machine != "x86_64", reason="levels are x86-64's")


def start(tree: Path, code: str, **env: str) -> subprocess.Popen[str]:
    """Run Python in a tree, whose rendersdg it imports; errors and output come together."""
    clean = {k: v for k, v in os.environ.items() if k not in ("RENDERSDG_KERNELS", "PYTHONPATH")}
    clean |= {"PYTHONDONTWRITEBYTECODE": "1", **env}
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=tree, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def said(tree: Path, code: str, **env: str) -> str:
    return start(tree, code, **env).communicate()[0].strip()


def change(tree: Path, before: str, after: str) -> None:
    """Edit the tree's C source."""
    source = tree / "rendersdg" / "kernels" / "cpu.c"
    text = source.read_text()
    assert before in text
    source.write_text(text.replace(before, after))


def files_of(tree: Path) -> set[Path]:
    return {path.relative_to(tree) for path in tree.rglob("*")}
