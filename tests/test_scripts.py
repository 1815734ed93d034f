"""The scripts of ``tests/scripts``: each is run by a test of its room, and opens with what it is about."""

from __future__ import annotations

import ast

from tests.conftest import ROOT
from tests.running import HELPERS, SCRIPTS


def test_every_script_is_run_by_a_test() -> None:
    tests = "".join(p.read_text() for p in (ROOT / "tests").rglob("test_*.py"))
    scripts = sorted({p.stem for p in SCRIPTS.glob("*.py")} - {*HELPERS})

    assert len(scripts) > 40
    assert [name for name in scripts if f'"{name}"' not in tests] == []


def test_every_script_opens_with_what_it_is_about() -> None:
    assert [p.name for p in SCRIPTS.glob("*.py") if not ast.get_docstring(ast.parse(p.read_text()))] == []
