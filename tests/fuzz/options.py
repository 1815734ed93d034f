"""Every command with every bad value for each of its options and arguments: what comes of each.

``python -m tests.fuzz.options [PART/PARTS]`` runs all of them in this process and prints the faults and the counts; the
tests run a sample.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from typer.main import get_command

from rendersdg import cli
from tests.fuzz.mutation import Hangs, limited

SCENE = """
ball: {create.sphere: {semantics: [["class", "ball"]]}}
eye: {create.camera: {position: [5, 5, 5], look_at: [0, 0, 0]}}
view: {create.render_product: {camera: eye, resolution: [16, 12]}}
lamp: {create.light: {intensity: 100}}
frames: {trigger.on_frame: {max_execs: 1}}
w: {writers.get: {name: BasicWriter, init_params: {rgb: true}, render_products: view}}
"""
BAD = ("", "-1", "0", "0.5", "nan", "inf", "1" + "0" * 30, "9" * 5000, "x", "a=b", "=", "a::b", "../..", "/dev/null",
       "/", "folder", "pipe", "bytes.yaml", "missing/file", os.fsdecode(b"\xff\xfe"), "[" * 500, "a.b=[",
       "s3://", "zip://",
       "x" * 5000, "%s", "\u2028", "1:2:3", "5:1", "--")  # fmt: skip
_USUAL = {  # what a command is given for what it needs; models and data are not there, so none of them begins
    "scene": "scene.yaml", "script": "missing.py", "out": "out", "kind": "writers", "asset": "missing.usd",
    "source": "scene.yaml", "parts": "missing", "dataset": "missing", "frame": "0",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A command with one option or argument, by its name, of which the value is bad."""

    command: tuple[str, ...]
    parameter: str
    value: str

    def words(self) -> list[str]:
        """Return the words of the command line."""
        words = list(self.command)
        for one in _parameters(self.command):
            if one.name == self.parameter:
                words += [f"{one.opts[0]}", self.value] if one.param_type_name == "option" else [self.value]
            elif one.required:
                usual = _USUAL.get(one.name, "missing")
                words += [one.opts[0], usual] if one.param_type_name == "option" else [usual]
        return words


@cache
def _top() -> Any:
    return get_command(cli.app)


@cache
def _parameters(command: tuple[str, ...]) -> list[Any]:
    found: Any = _top()
    for name in command:
        found = found.commands[name]
    return [p for p in found.params if p.name != "help"]


def cases() -> Iterator[Case]:
    """Give every command with every option and every bad value; switches take no value."""
    top = _top()
    names = [(n, m) for n in ("generator",) for m in top.commands[n].commands]
    for command in [*((n,) for n in top.commands if n not in ("generator", "compat", "schema")), *names]:
        for one in _parameters(command):
            for value in BAD if not getattr(one, "is_flag", False) else ():
                yield Case(command, str(one.name), value)


def prepare(folder: Path) -> None:
    """Write what commands find in their folder: a scene, and what is not one."""
    (folder / "scene.yaml").write_text(SCENE)
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "bytes.yaml").write_bytes(bytes(range(256)))


def outcome(case: Case, folder: Path) -> str:
    """Return ``done``, ``refused``, or ``FAULT: ...``: a traceback, a fault of ours, no word, many words, or files that
    a refused command has left.
    """
    before = set(folder.rglob("*"))
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    argv, here = sys.argv, Path.cwd()
    try:
        os.chdir(folder)
        sys.argv = ["rendersdg", *case.words()]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), limited():
            cli.main()
    except SystemExit as end:
        code = end.code or 0
    except Hangs:
        return "FAULT: hangs"
    except BaseException as error:
        return f"FAULT: {type(error).__name__}: {error}"
    finally:
        os.chdir(here)
        sys.argv = argv
    said = err.getvalue().strip()
    left = set(folder.rglob("*")) - before
    if code in (70, 1) or "Traceback" in said:
        return f"FAULT: exit {code}: {said}"
    if code == 0:
        return "done"
    errors = [line for line in said.splitlines() if line.lower().startswith("error: ")]
    if not errors or len(said.replace(case.value, "")) > 2000:
        return f"FAULT: exit {code} says {said[:200]!r}"
    if left and code in (2, 5):
        return f"FAULT: exit {code} leaves {sorted(left)[0].name}: {said[:200]}"
    return "refused"


def run(case: Case) -> str:
    """Return what came of a case, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        return outcome(case, Path(folder))


def main(part: int, parts: int) -> int:
    """Run a part of all cases; return how many faults there were."""
    counts: Counter[str] = Counter()
    for number, case in enumerate(cases()):
        if number % parts == part:
            said = run(case)
            counts[said.partition(":")[0]] += 1
            if said.startswith("FAULT"):
                print(f"{' '.join(case.command)} {case.parameter} {case.value[:30]!r}: {said[:300]}", flush=True)
    print(dict(counts))
    return counts["FAULT"]


if __name__ == "__main__":
    one, _, of = (sys.argv[1] if len(sys.argv) > 1 else "0/1").partition("/")
    sys.exit(1 if main(int(one), int(of)) else 0)
