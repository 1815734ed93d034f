"""Run every Replicator script of a folder in a process of its own, and judge what comes out.

    python tests/conformance/run_scripts.py FOLDER [-o REPORT] [--only NAMES] [--jobs 1] [--frames-limit 5]
        [--time-limit 120] [--against OLD/report.json] [--table FILE.md#NAME --by-eye SEEN.json --first OLD/report.json]

REPORT gets ``index.html`` (one page with pictures), ``report.json``, and contact sheets ``sheet_N.png``. A run with
``--only`` (a regular expression of names) replaces its rows in the report that is there. ``--against`` prints what
changed since an older report. Exits 1 when a script failed or what it made is wrong.

FOLDER may hold ``scripts.json``, a list of records with ``name`` and ``script`` (the path below FOLDER), and, as
wished, ``source``, ``level``, ``arguments`` of the script, ``options`` of ``rendersdg run`` (``["--stage", "isaac"]``),
``frames`` where the limit shows too little (a trigger that fires each tenth frame), and ``in_place`` true for a
script that looks at its own output (then ``--out`` is not given). Without it each .py, .ipynb,
.yaml and .yml below FOLDER is a script. A script runs in a copy of its folder, so that what lies beside it is found
and stays as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rendersdg.dataset.dataset import FOLDER, Dataset
from rendersdg.dataset.store import Store
from rendersdg.english import counted
from tests.conformance.judging import Cause, judge, label_faults, of_run, verdict
from tests.conformance.pages import STRIP, counts, page, placed, read, sheets, strip, table

ROOT = Path(__file__).resolve().parents[2]
KINDS = (".py", ".ipynb", ".yaml", ".yml")
_IGNORED = {"__pycache__", FOLDER}
_PRINTED = 4000  # characters of what a script prints that the report keeps


@dataclass(frozen=True)
class Script:
    """A script to run: ``path`` is whole, ``arguments`` are its own, ``options`` the command's; ``frames`` may be more
    than the limit.
    """

    name: str
    path: Path
    source: str = ""
    level: str = ""
    arguments: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    frames: int = 0
    in_place: bool = False


@dataclass(frozen=True)
class Limits:
    """How far a run goes: ``seconds`` of a script, and ``frames`` that it captures."""

    seconds: float = 120.0
    frames: int = 5


@dataclass
class Row:
    """What came of one script; the report's record."""

    name: str
    source: str
    level: str
    verdict: str = ""
    frames: int = 0
    files: int = 0
    seconds: float = 0.0
    exit_code: int | None = None
    causes: list[dict[str, str]] = field(default_factory=list)
    stand_ins: list[str] = field(default_factory=list)
    report: list[dict[str, str]] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    printed: str = ""


def scripts_of(folder: Path) -> list[Script]:
    """Return the scripts of a folder, by name: those of its ``scripts.json``, else every file that may be one."""
    listed = folder / "scripts.json"
    if listed.is_file():
        records = json.loads(listed.read_text())
        return [
            Script(
                r["name"],
                folder / r["script"],
                r.get("source", ""),
                r.get("level", ""),
                tuple(map(str, r.get("arguments", ()))),
                tuple(map(str, r.get("options", ()))),
                int(r.get("frames", 0)),
                bool(r.get("in_place", False)),
            )
            for r in records
        ]
    files = sorted(p for p in folder.rglob("*") if p.suffix in KINDS and FOLDER not in p.parts)
    return [Script(str(p.relative_to(folder)), p) for p in files]


def run(script: Script, notes: Path, limits: Limits) -> Row:
    """Run one script in a copy of its folder and return what came of it; pictures stay in ``notes``."""
    row = Row(script.name, script.source, script.level)
    shutil.rmtree(notes, ignore_errors=True)
    notes.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        shutil.copytree(script.path.parent, home)
        before = {p for p in home.rglob("*") if p.is_file()}
        out = Path(temporary) / "out"
        command = [sys.executable, "-m", "tests.conformance.observed", str(home / script.path.name), str(notes)]
        command += ["--frames-limit", str(max(limits.frames, script.frames))]
        command += [] if script.in_place else ["--out", str(out)]
        command += [f"--option={option}" for option in script.options]
        command += [f"--argument={argument}" for argument in script.arguments]
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "HOME": str(home)}
        start = time.monotonic()
        try:
            done = subprocess.run(
                command,
                cwd=home,
                env=environment,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=limits.seconds,
                check=False,
            )
            row.exit_code, row.printed = done.returncode, done.stdout + done.stderr
        except subprocess.TimeoutExpired as stopped:
            row.printed = "".join(_text(part) for part in (stopped.stdout, stopped.stderr))
        row.seconds = time.monotonic() - start
        own = [p for p in home.rglob("*") if p.is_file() and p not in before and not _IGNORED & {*p.parts}]
        written = [p for p in out.rglob("*") if p.is_file() and FOLDER not in p.parts] + own
        causes = of_run(row.exit_code, _error(row.printed), limits.seconds)
        causes += _told(row, notes, script.path.read_text(errors="replace"), [p.name for p in written])
        causes += label_faults(out) + _unverified(out)
        row.files = len(written)
    row.causes = [{key: value.replace(temporary, "") for key, value in asdict(cause).items()} for cause in causes]
    row.verdict = verdict(causes)
    row.printed = row.printed.replace(temporary, "")[-_PRINTED:]
    return row


def _told(row: Row, notes: Path, text: str, files: Sequence[str]) -> list[Cause]:
    """Fill a row with what the process noted, and return what is wrong with it."""
    file = notes / "look.json"
    if not file.is_file():
        return []
    told = json.loads(file.read_text())
    row.frames = int(told["captures"])
    row.report = told["report"]
    row.stand_ins = [f"{e['subject']}: {e['text']}" for e in told["report"] if e["kind"] == "substitution"]
    row.digests = [look["digest"] for look in told["looks"]]
    if row.exit_code and not told["looks"]:
        return []  # it failed before there was anything to see
    return judge(told, [read(notes / look["picture"]) for look in told["looks"]], text, files)


def _unverified(out: Path) -> list[Cause]:
    """Return what ``verify`` says of the datasets below a folder. What a script saved by itself is not listed."""
    causes = []
    for place in sorted({p.parent for p in out.rglob(FOLDER) if p.is_dir()}):
        problems = [p for p in Dataset(Store(str(place))).verify() if not p.startswith("not listed")]
        causes += [Cause("wrong", "verify", f"{place.name}: {problem}") for problem in problems]
    return causes


def _error(printed: str) -> str:
    """Return the line that says why a run ended: ours, else the last one."""
    lines = [line for line in printed.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith("error")), lines[-1] if lines else "")


def _text(part: str | bytes | None) -> str:
    return part.decode(errors="replace") if isinstance(part, bytes) else part or ""


def changes(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each script whose verdict, causes or pictures differ between two reports."""
    before = {row["name"]: row for row in old}
    lines = []
    for row in new:
        was = before.get(row["name"])
        if was is None:
            lines.append(f"new      {row['name']}: {row['verdict']}")
        elif was["verdict"] != row["verdict"]:
            lines.append(f"verdict  {row['name']}: {was['verdict']} -> {row['verdict']}{_because(row)}")
        elif [c["text"] for c in was["causes"]] != [c["text"] for c in row["causes"]]:
            lines.append(f"cause    {row['name']}: {row['verdict']}{_because(row)}")
        elif was["digests"] != row["digests"]:
            lines.append(f"pictures {row['name']}: {row['verdict']}")
    return lines


def _because(row: Mapping[str, Any]) -> str:
    return f" ({row['causes'][0]['text']})" if row["causes"] else ""


def write_report(rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write the page, the JSON and the contact sheets of all rows."""
    (folder / "report.json").write_text(json.dumps(rows, indent=1))
    strips = {}
    for row in rows:
        notes = folder / "notes" / _file_name(row["name"])
        if (notes / "look.json").is_file():
            strips[row["name"]] = strip(notes, json.loads((notes / "look.json").read_text())["looks"], STRIP)
    (folder / "index.html").write_text(page(rows, strips))
    for old in folder.glob("sheet_*.png"):
        old.unlink()
    for k, sheet in enumerate(sheets(rows, strips)):
        cv2.imwrite(str(folder / f"sheet_{k}.png"), sheet[..., ::-1])


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name)


def main() -> None:
    """Run what the arguments name, print a line a script, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=Path("scripts-report"))
    parser.add_argument("--only", default="", help="a regular expression of names")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--time-limit", type=float, default=120.0)
    parser.add_argument("--frames-limit", type=int, default=5)
    parser.add_argument("--against", type=Path, help="an older report.json")
    parser.add_argument("--table", help="FILE#NAME: write a Markdown table of the report between the marks of a page")
    parser.add_argument("--first", type=Path, help="a report.json whose verdicts get a column in the table")
    parser.add_argument("--by-eye", type=Path, help="JSON: {name: {verdict, cause}} of what a person saw")
    parser.add_argument("--no-run", action="store_true", help="make the report again from what was noted")
    options = parser.parse_args()
    scripts = scripts_of(options.folder.resolve())
    chosen = [] if options.no_run else [s for s in scripts if re.search(options.only, s.name)]
    limits = Limits(options.time_limit, options.frames_limit)
    report = options.out / "report.json"
    options.out.mkdir(parents=True, exist_ok=True)
    rows = {row["name"]: row for row in json.loads(report.read_text())} if report.is_file() else {}
    if not options.only and not options.no_run:
        rows = {}

    def one(script: Script) -> Row:
        return run(script, options.out.resolve() / "notes" / _file_name(script.name), limits)

    with ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(one, chosen):
            rows[row.name] = asdict(row)
            causes = "; ".join(c["text"] for c in row.causes)
            print(f"{row.verdict:6s} {row.name:36s} {row.frames:>3} frames {row.files:>5} files  {causes}", flush=True)
            report.write_text(json.dumps(list(rows.values()), indent=1))
    order = {s.name: k for k, s in enumerate(scripts)}
    ordered = sorted(rows.values(), key=lambda row: order.get(row["name"], len(order)))
    write_report(ordered, options.out)
    if options.against is not None:
        print(*changes(json.loads(options.against.read_text()), ordered), sep="\n")
    if options.table is not None:
        seen = json.loads(options.by_eye.read_text()) if options.by_eye is not None else {}
        first = json.loads(options.first.read_text()) if options.first is not None else []
        file, _, name = options.table.partition("#")
        Path(file).write_text(placed(Path(file).read_text(), name, table(ordered, seen, first)))
    print(f"{counts(ordered)}; see {options.out / 'index.html'} ({counted(len(chosen), 'script')} run now)")
    sys.exit(int(any(row["verdict"] in ("failed", "wrong") for row in ordered)))


if __name__ == "__main__":
    main()
