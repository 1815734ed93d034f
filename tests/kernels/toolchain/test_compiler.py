"""Which compiler is taken, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import KernelsUnavailable
from rendersdg.kernels.toolchain import compiler
from rendersdg.kernels.toolchain.compiler import find_compiler
from tests.kernels.trees import LOAD, change, said


def test_a_compiler_named_by_cc_that_does_not_work_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler -m64")

    with pytest.raises(KernelsUnavailable, match="CC=no-such-compiler -m64 cannot build"):
        find_compiler()


def test_a_compiler_that_cannot_compile_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cc").write_text("#!/bin/sh\necho install the developer tools first\nexit 1\n")
    (tmp_path / "cc").chmod(0o755)
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(compiler, "find_spec", lambda name: None)

    with pytest.raises(KernelsUnavailable, match=r"none works \(cc does not work: install the developer tools first\)"):
        find_compiler()


def test_what_a_compiler_says_against_a_source_is_shown(tree: Path) -> None:
    change(tree, "int rendersdg_cpu_level(void)\n{", "int rendersdg_cpu_level(void)\n{ nonsense;")
    text = said(tree, LOAD)

    assert "KernelsUnavailable" in text and "nonsense" in text and "cpu.c" in text
