"""The guard of a door: one paragraph instead of a traceback, and never silence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rendersdg.errors import BadScene, DatasetError, Unforeseen
from rendersdg.guard import as_foreseen, guarded
from tests.conftest import ROOT

FAILING = """
import sys
from rendersdg import cli
from rendersdg.cli import names

def fail(*arguments, **named):
    raise KeyError("what nobody\\nforesaw")

names._KINDS["functions"] = "rendersdg.scene:FUNCTIONS"
names.import_module = fail
sys.argv = ["rendersdg", *sys.argv[1:]]
cli.main()
"""


def failing(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in which our own code fails."""
    return subprocess.run([sys.executable, "-c", FAILING, *arguments], cwd=ROOT, capture_output=True, text=True)


def test_what_nobody_foresaw_is_one_paragraph_and_an_exit_code_of_its_own() -> None:
    done = failing("list", "functions")

    assert done.returncode == Unforeseen.exit_code == 70
    assert done.stderr.startswith("error: KeyError: ") and done.stderr.count("\n") == 1
    assert "the fault is its own" in done.stderr and "rendersdg/cli/names.py:" in done.stderr


def test_the_traceback_is_there_for_whoever_asks() -> None:
    done = failing("--debug", "list", "functions")

    assert done.returncode == 70 and "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: KeyError: ")


def test_the_guard_places_the_unforeseen_and_keeps_its_cause() -> None:
    with pytest.raises(Unforeseen) as error, guarded("scene.yaml:3"):
        raise ZeroDivisionError("division by zero")

    assert error.value.where == "scene.yaml:3" and isinstance(error.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("kind", [BadScene, MemoryError, KeyboardInterrupt, SystemExit])
def test_the_guard_lets_through_what_is_not_a_fault(kind: type[BaseException]) -> None:
    with pytest.raises(kind), guarded("scene.yaml"):
        raise kind("said")


def test_what_the_system_says_of_a_file_is_not_our_fault(tmp_path: Path) -> None:
    try:
        (tmp_path / "a" / "b").mkdir()
    except OSError as error:
        told = as_foreseen(error)

    assert isinstance(told, DatasetError) and not isinstance(told, Unforeseen)
    assert str(told) == f"{tmp_path / 'a' / 'b'}: No such file or directory"
