"""Scripts, and how tests run them: in a folder of their own, beside what they check with."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from rendersdg.omni.runner import Options, Outcome, run_script

SCRIPTS = Path(__file__).resolve().parent / "scripts"
HELPERS = sorted(p.stem for p in SCRIPTS.glob("_*.py"))  # modules that some of them import


def text_of(name: str) -> str:
    """Return a script of ``tests/scripts``."""
    return (SCRIPTS / f"{name}.py").read_text()


def run_named(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Outcome:
    """Run a script of ``tests/scripts`` in a folder, where it finds its files and leaves what it writes."""
    for file in (f"{name}.py", *(f"{helper}.py" for helper in HELPERS), *(p.name for p in SCRIPTS.glob("*.usda"))):
        shutil.copyfile(SCRIPTS / file, folder / file)
    monkeypatch.chdir(folder)
    return run_script(folder / f"{name}.py", Options(**options))


def passes(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Outcome:
    """Run a script of ``tests/scripts`` that checks itself; it must end well."""
    outcome = run_named(name, folder, monkeypatch, **options)

    assert (outcome.error, outcome.exit_code) == (None, 0), outcome.error
    return outcome


def ran(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch | None = None, **options: Any) -> Outcome:
    """Run a few lines as a script."""
    script = folder / "script.py"
    script.write_text(dedent(text))
    if monkeypatch is not None:
        monkeypatch.chdir(folder)
    return run_script(script, Options(**options))


def files_of(folder: Path) -> dict[str, str]:
    """Return the digests of the files that a script wrote, by their paths below a folder."""
    return {
        p.relative_to(folder).as_posix(): sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and ".rendersdg" not in p.parts and "__pycache__" not in p.parts
    }
