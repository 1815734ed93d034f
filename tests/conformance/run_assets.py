"""Load every asset of some folders in a process of its own, take its portrait, and tell what came of each.

    python tests/conformance/run_assets.py LIST_OR_FOLDER... [-o REPORT] [--only NAMES] [--time-limit 60]
        [--memory-limit 8] [--against OLD/report.json] [--verdicts FILE.json] [--table FILE.md#NAME]

REPORT gets ``report.json``, a portrait of each asset, and contact sheets ``sheet_N.png`` of 5 x 5. A run with
``--only`` (a regular expression of names) replaces its rows in the report that is there. ``--against`` prints what
changed since an older report. Exits 1 where an asset that others accept does not draw.

A folder's assets are all files below it of a known kind, as one set that bears the folder's name. A list is a JSON
file of records with ``set`` and ``path``, below the folder of the list. ``--verdicts`` gives the words of a validator
by name, ``{"set/path": "what is wrong"}``, empty for a file that it accepts; of others ``acceptance.py`` decides.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import resource
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rendersdg.arrays import U1
from rendersdg.errors import RenderSDGError
from tests.conformance.acceptance import KINDS, complaint
from tests.conformance.pages import placed, read
from tests.conformance.portrait import SIDE, portrait

DRAWS, NOTHING, REFUSED, FAILED, SLOW, DIED = "draws", "nothing", "refused", "failed", "too slow", "died"
_ACROSS = 5  # portraits across and down a contact sheet
_CAPTION = 26  # pixels below each
_SPOKEN = 2000  # characters of what libraries print that the report keeps
_GB = 1024**3
_COLOURS = {DRAWS: (210, 210, 210), NOTHING: (255, 210, 90)}
_FAULT = (255, 110, 110)


@dataclass(frozen=True)
class Asset:
    """A file to load: ``name`` is its set and its path below that."""

    name: str
    family: str
    path: Path


@dataclass(frozen=True)
class Limits:
    """What one asset may take: seconds, and GB of address space."""

    seconds: float = 60.0
    memory: float = 8.0


@dataclass
class Row:
    """What came of one asset; the report's record. ``complaint`` is why nothing need be drawn, empty where it must."""

    name: str
    family: str
    kind: str
    outcome: str = DIED
    reason: str = ""
    complaint: str = ""
    triangles: int = 0
    instances: int = 0
    loading: float = 0.0
    drawing: float = 0.0
    megabytes: float = 0.0
    size: list[float] = field(default_factory=list)
    covers: float = 0.0
    digest: str = ""
    told: list[dict[str, str]] = field(default_factory=list)
    printed: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether an asset that others accept does not draw, or any of them ends in a traceback."""
        return self.outcome in (FAILED, DIED, SLOW) or (not self.complaint and self.outcome != DRAWS)


def assets_of(place: Path) -> list[Asset]:
    """Return the assets of a list or a folder, in order."""
    if place.is_file():
        records = json.loads(place.read_text())
        return [
            Asset(f"{r['set']}/{r['path']}", r["set"], place.parent / r.get("at", r["set"]) / r["path"])
            for r in records
        ]
    files = sorted(p for p in place.rglob("*") if p.suffix.lower() in KINDS)
    return [Asset(f"{place.name}/{p.relative_to(place).as_posix()}", place.name, p) for p in files]


def take(asset: Asset, notes: Path, limits: Limits, verdict: str | None = None) -> Row:
    """Take the portrait of an asset in a process of its own and return what came of it; it goes to ``notes``."""
    notes.mkdir(parents=True, exist_ok=True)
    for old in (picture_of(asset.name, notes), _told_in(asset.name, notes)):
        old.unlink(missing_ok=True)
    context = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
    context.set_forkserver_preload(["tests.conformance.portrait", "tests.conformance.acceptance"])
    process = context.Process(target=_work, args=(asset, notes, limits, verdict))
    process.start()
    process.join(limits.seconds)
    slow = process.is_alive()
    if slow:
        process.kill()
        process.join()
    row = Row(asset.name, asset.family, asset.path.suffix.lower()[1:])
    told = _told_in(asset.name, notes)
    if told.is_file():
        row = Row(**json.loads(told.read_text()))
    if slow:
        row.outcome, row.reason = SLOW, f"more than {limits.seconds:g} s"
    elif process.exitcode:
        row.outcome, row.reason = DIED, f"exit code {process.exitcode}"
    spoken = _spoken_in(asset.name, notes)
    row.printed = spoken.read_text(errors="replace")[-_SPOKEN:] if spoken.is_file() else ""
    spoken.unlink(missing_ok=True)
    return row


def _work(asset: Asset, notes: Path, limits: Limits, verdict: str | None) -> None:
    """Fill the row of one asset, in its own process."""
    with _spoken_in(asset.name, notes).open("w") as spoken:
        os.dup2(spoken.fileno(), 1)
        os.dup2(spoken.fileno(), 2)
    resource.setrlimit(resource.RLIMIT_AS, (int(limits.memory * _GB), resource.RLIM_INFINITY))
    row = Row(asset.name, asset.family, asset.path.suffix.lower()[1:])
    try:
        _fill(row, asset, notes)
    except RenderSDGError as error:
        row.outcome, row.reason = REFUSED, str(error)
    except MemoryError:
        row.outcome, row.reason = DIED, f"more than {limits.memory:g} GB"
    except Exception as error:
        row.outcome, row.reason = FAILED, f"{type(error).__name__}: {error}"
        traceback.print_exc()
    _told_in(asset.name, notes).write_text(json.dumps(asdict(row)))
    row.complaint = complaint(asset.path) if verdict is None else verdict
    _told_in(asset.name, notes).write_text(json.dumps(asdict(row)))


def _fill(row: Row, asset: Asset, notes: Path) -> None:
    made = portrait(asset.path)
    row.triangles, row.instances = made.triangles, made.instances
    row.loading, row.drawing, row.megabytes = made.loading, made.drawing, made.megabytes
    row.size = [high - low for low, high in zip(made.low, made.high, strict=True)]
    row.told = made.told
    if made.rgb is None or made.mask is None:
        row.outcome, row.reason = NOTHING, _why(made.told)
        return
    row.covers = float(made.mask.mean())
    row.outcome = DRAWS if made.mask.any() else NOTHING
    row.reason = "" if made.mask.any() else "the picture is empty"
    row.digest = sha256(made.rgb.tobytes()).hexdigest()[:16]
    cv2.imwrite(str(picture_of(asset.name, notes)), made.rgb[..., ::-1])


def _why(told: Iterable[Mapping[str, str]]) -> str:
    """Return what was said of an asset of which nothing is drawn."""
    said = [f"{e['kind']}: {e['text']}" for e in told]
    return "; ".join(said[:2]) if said else "nothing was said"


def picture_of(name: str, notes: Path) -> Path:
    """Return the file of an asset's portrait."""
    return notes / f"{_file_name(name)}.png"


def _told_in(name: str, notes: Path) -> Path:
    return notes / f"{_file_name(name)}.json"


def _spoken_in(name: str, notes: Path) -> Path:
    return notes / f"{_file_name(name)}.txt"


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name)


def sheets(rows: Sequence[Row], notes: Path) -> list[U1]:
    """Return contact sheets (H, W, 3), RGB: 5 x 5 portraits, each over its name and what came of it."""
    made = []
    for start in range(0, len(rows), _ACROSS * _ACROSS):
        some = rows[start : start + _ACROSS * _ACROSS]
        height = -(-len(some) // _ACROSS) * (SIDE + _CAPTION)
        sheet = np.full((height, _ACROSS * SIDE, 3), 30, np.uint8)
        for k, row in enumerate(some):
            y, x = k // _ACROSS * (SIDE + _CAPTION), k % _ACROSS * SIDE
            file = picture_of(row.name, notes)
            if file.is_file():
                sheet[y : y + SIDE, x : x + SIDE] = read(file)
            colour = _FAULT if row.is_fault else _COLOURS.get(row.outcome, (230, 160, 250))
            _write(sheet, row.name[-44:], (x + 2, y + SIDE + 10), colour)
            said = row.reason if row.outcome != DRAWS else f"{row.triangles} tri, {row.loading:.1f} s"
            _write(sheet, f"{row.outcome}: {said}"[:46], (x + 2, y + SIDE + 22), colour)
        made.append(sheet)
    return made


def _write(canvas: U1, text: str, at: tuple[int, int], colour: Sequence[int]) -> None:
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(canvas, plain, at, cv2.FONT_HERSHEY_SIMPLEX, 0.33, [int(c) for c in colour], 1, cv2.LINE_AA)


def table(rows: Sequence[Row]) -> str:
    """Return Markdown: what came of the assets by set and kind of file, then each that does not draw, and why."""
    lines = ["| set | kinds | files | draw | do not | time to load, median | memory, most |"]
    lines.append("|---|---|--:|--:|--:|--:|--:|")
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.family, []).append(row)
    lines += [_line(name, group) for name, group in groups.items()]
    lines.append(_line("**all**", rows))
    lines += ["", "| kind | files | draw | do not |", "|---|--:|--:|--:|"]
    for kind in sorted({row.kind for row in rows}):
        of_kind = [row for row in rows if row.kind == kind]
        drawn = sum(row.outcome == DRAWS for row in of_kind)
        lines.append(f"| {kind} | {len(of_kind)} | {drawn} | {len(of_kind) - drawn} |")
    lines += ["", "| what does not draw | outcome | because | judged otherwise |", "|---|---|---|---|"]
    for row in rows:
        if row.outcome != DRAWS:
            cells = [f"`{row.name}`", row.outcome, row.reason, row.complaint or "**it should**"]
            lines.append("| " + " | ".join(_cell(c) for c in cells) + " |")
    return "\n".join(lines) + "\n"


def _line(name: str, rows: Sequence[Row]) -> str:
    drawn = [row for row in rows if row.outcome == DRAWS]
    median = f"{np.median([r.loading for r in drawn]):.2f} s" if drawn else ""
    most = f"{max((r.megabytes for r in rows), default=0):.0f} MB"
    kinds = ", ".join(sorted({row.kind for row in rows}))
    return f"| {name} | {kinds} | {len(rows)} | {len(drawn)} | {len(rows) - len(drawn)} | {median} | {most} |"


def _cell(text: str) -> str:
    """Return text that fits a cell, without the place of files on the machine that ran it."""
    text = re.sub(r"(?<![\w/])(/[\w.+-]+){3,}/", "", text.replace("\n", " "))
    return (text if len(text) <= 160 else text[:157] + "...").replace("|", "\\|")


def changes(old: Iterable[Mapping[str, Any]], new: Iterable[Row]) -> list[str]:
    """Return a line for each asset whose outcome or picture differs between two reports."""
    before = {row["name"]: row for row in old}
    lines = []
    for row in new:
        was = before.get(row.name)
        if was is None:
            lines.append(f"new      {row.name}: {row.outcome}")
        elif was["outcome"] != row.outcome:
            lines.append(f"outcome  {row.name}: {was['outcome']} -> {row.outcome} ({row.reason})")
        elif was["triangles"] != row.triangles:
            lines.append(f"shape    {row.name}: {was['triangles']} -> {row.triangles} triangles")
        elif was["digest"] != row.digest:
            lines.append(f"picture  {row.name}")
    return lines


def main() -> None:
    """Take the portraits that the arguments name, print a line for each, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", type=Path, nargs="+", help="folders, or JSON lists")
    parser.add_argument("-o", "--out", type=Path, default=Path("assets-report"))
    parser.add_argument("--only", default="", help="a regular expression of names")
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--memory-limit", type=float, default=8.0, help="GB of address space")
    parser.add_argument("--against", type=Path, help="an older report.json")
    parser.add_argument("--verdicts", type=Path, help="JSON: {name: what a validator says against it}")
    parser.add_argument("--table", help="FILE#NAME: write the tables between the marks of a page")
    parser.add_argument("--no-run", action="store_true", help="make the report again from what was noted")
    options = parser.parse_args()
    assets = [asset for place in options.places for asset in assets_of(place.resolve())]
    chosen = [] if options.no_run else [a for a in assets if re.search(options.only, a.name)]
    verdicts = json.loads(options.verdicts.read_text()) if options.verdicts is not None else {}
    limits = Limits(options.time_limit, options.memory_limit)
    notes, report = options.out.resolve() / "notes", options.out / "report.json"
    options.out.mkdir(parents=True, exist_ok=True)
    rows = {row["name"]: Row(**row) for row in json.loads(report.read_text())} if report.is_file() else {}
    if not options.only and not options.no_run:
        rows = {}
    for asset in chosen:
        row = rows[asset.name] = take(asset, notes, limits, verdicts.get(asset.name))
        mark = "FAULT " if row.is_fault else ""
        print(f"{mark}{row.outcome:8s} {row.name} {row.triangles} {row.loading:.2f} s {row.reason[:150]}", flush=True)
        report.write_text(json.dumps([asdict(r) for r in rows.values()], indent=1))
    ordered = [rows[asset.name] for asset in assets if asset.name in rows]
    report.write_text(json.dumps([asdict(r) for r in ordered], indent=1))
    for old in options.out.glob("sheet_*.png"):
        old.unlink()
    for k, sheet in enumerate(sheets(ordered, notes)):
        cv2.imwrite(str(options.out / f"sheet_{k:02d}.png"), sheet[..., ::-1])
    if options.against is not None:
        print(*changes(json.loads(options.against.read_text()), ordered), sep="\n")
    if options.table is not None:
        file, _, name = options.table.partition("#")
        Path(file).write_text(placed(Path(file).read_text(), name, table(ordered)))
    faults = [row for row in ordered if row.is_fault]
    drawn = sum(row.outcome == DRAWS for row in ordered)
    print(f"{len(ordered)} assets: {drawn} draw; {len(faults)} that others accept do not, or failed")
    sys.exit(int(bool(faults)))


if __name__ == "__main__":
    main()
