"""Byte equality in full: of one scene made in many ways, or of everything made by two checkouts.

    python tests/bench/byte_equality.py [--frames 60] [--kills 25] [--scene scenes/fruit_crate.yaml]

renders one scene with 1 to 3 workers, shuffled, sharded and merged, killed and resumed.

    python tests/bench/byte_equality.py --against CHECKOUT [--python INTERPRETER] [--frames 3]

runs every scene, every script below ``tests/scripts`` and the commands that write or print something, once with the
other checkout and once with this one. INTERPRETER has what the other checkout needs, by default this one. Files must
be equal to the byte. Texts that commands print are compared too and their differences shown:
wording may change on purpose.

Compares the sha256 of every file; exits 1 when a file differs.
"""

from __future__ import annotations

import argparse
import difflib
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here

ROOT = Path(__file__).resolve().parents[2]
CLI = [sys.executable, "-m", "rendersdg.cli"]


def sums(folder: Path) -> dict[str, str]:
    """Return the checksum of every file below ``folder``."""
    return {
        p.relative_to(folder).as_posix(): sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


# ---- one scene, made in many ways ----


@dataclass
class Ways:
    """Renders ``scene`` below ``root`` in several ways and compares each with the plain one."""

    scene: str
    frames: int
    root: Path

    def render(self, out: str, *more: str) -> float:
        """Render to ``out`` and return the seconds that it took."""
        start = time.monotonic()
        subprocess.run([*CLI, "render", self.scene, "-o", str(self.root / out), "-q", *more], check=True)
        return time.monotonic() - start

    def check(self, label: str, folder: str) -> None:
        """Compare ``folder`` with the plain render. Exits 1 when they differ."""
        whole, other = sums(self.root / "whole"), sums(self.root / folder)
        if other != whole:
            differing = sorted(k for k in {*other, *whole} if other.get(k) != whole.get(k))
            print(f"{label}: DIFFERENT, {len(differing)} files, first {differing[:3]}")
            sys.exit(1)
        print(f"{label}: {len(other)} files equal", flush=True)

    def shuffled(self) -> None:
        """Render the frames in a shuffled order in this process, and five of them once more."""
        whole = sums(self.root / "whole")
        order = list(range(self.frames))
        random.Random(0).shuffle(order)
        with opened(Job(self.scene)) as (session, sources):
            session.snapshot(0)
            report = session.recorder.report.as_json()
            dataset = Dataset(Store(str(self.root / "shuffled")))
            dataset.open(session.header(sources, ()), {n: t.encode() for n, t in sources.items()}, resume=False)
            render_here(session, dataset, order, lambda frame, seconds: None)
            dataset.finish(session.finisher(), report)
            for frame in random.Random(1).sample(order, 5):
                again = session.make(frame)
                assert all(whole[p] == sha256(d).hexdigest() for p, d in again.files.items())
        self.check("shuffled order", "shuffled")
        print("5 frames replayed: equal")

    def sharded(self) -> None:
        """Render two halves and merge them."""
        half = self.frames // 2
        self.render("a", "--frames", f"0:{half}")
        self.render("b", "--frames", f"{half}:{self.frames}")
        parts = [str(self.root / "a"), str(self.root / "b")]
        merge = [*CLI, "merge", *parts, "-o", str(self.root / "merged")]
        subprocess.run(merge, check=True, stdout=subprocess.DEVNULL)
        self.check("two parts merged", "merged")

    def killed(self, kills: int, longest: float) -> None:
        """Kill the render ``kills`` times, at most ``longest`` seconds after its start, and resume it to its end."""
        rng = random.Random(2)
        out = self.root / "killed"
        command = [*CLI, "render", self.scene, "-o", str(out), "-q", "--frames", str(self.frames)]

        def resuming() -> list[str]:
            return ["--resume"] if (out / ".rendersdg" / "dataset").exists() else []

        count = 0
        while count < kills:
            process = subprocess.Popen([*command, *resuming()])
            time.sleep(rng.uniform(0.3, max(longest, 4.0)))
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                count += 1
            elif count:
                records = sorted((out / ".rendersdg" / "frames").glob("*.json"))
                if len(records) == self.frames:  # done early: open a gap and carry on
                    for path in rng.sample(records, self.frames // 2):
                        path.unlink()
            process.wait()
        self.render("killed", "--frames", str(self.frames), *resuming())
        self.check(f"killed {kills} times and resumed", "killed")


def compare_ways(scene: str, frames: int, kills: int) -> None:
    """Make one scene in every way and compare the files."""
    with tempfile.TemporaryDirectory() as temporary:
        ways = Ways(scene, frames, Path(temporary))
        seconds = ways.render("whole", "--frames", str(frames))
        for workers in (2, 3):
            ways.render(f"w{workers}", "--frames", str(frames), "--workers", str(workers))
            ways.check(f"{workers} workers", f"w{workers}")
        ways.shuffled()
        ways.sharded()
        ways.killed(kills, seconds * 0.35)


# ---- everything, made by two checkouts ----


def commands(frames: int) -> dict[str, list[list[str]]]:
    """Return the commands of each case, which run one after the other in the case's folder; {root} is the checkout."""
    cases: dict[str, list[list[str]]] = {}
    for scene in sorted((ROOT / "scenes").glob("*.yaml")):
        source = f"{{root}}/scenes/{scene.name}"
        cases[f"render {scene.stem}"] = [["render", source, "-o", "out", "--frames", str(frames)]]
        cases[f"export {scene.stem}"] = [
            ["export", source, "--to", to, "--frames", "2", "-o", f"exported.{ending}"]
            for to, ending in (("replicator-script", "py"), ("replicator-yaml", "yaml"), ("usd", "usda"))
        ]
    for script in sorted((ROOT / "tests" / "scripts").glob("*.py")):
        if not script.name.startswith(("_", "test_", "conftest")):
            cases[f"run {script.stem}"] = [["run", str(script), "-o", "out", "--frames-limit", str(frames)]]
    crate = "{root}/scenes/fruit_crate.yaml"
    cases["dataset commands"] = [
        ["validate", crate],
        ["preview", crate, "-o", "sheet.png", "--frames", "2"],
        ["render", crate, "-o", "a", "--frames", "0:2"],
        ["render", crate, "-o", "b", "--frames", "2:4"],
        ["merge", "a", "b", "-o", "whole"],
        ["verify", "whole"],
        ["replay", "whole", "--frame", "3", "-o", "again"],
        ["parity", "a/fruit_crate", "whole/fruit_crate"],
        ["split", "whole", "-o", "lists", "--by", "hash"],
        ["mix", "--synthetic", "whole", "-o", "mix", "--synthetic-count", "2"],
    ]
    kinds = [
        "functions",
        "writers",
        "annotators",
        "backends",
        "operations",
        "readers",
        "detectors",
        "classifiers",
        "assets",
        "textures",
    ]
    cases["texts"] = [["schema"], ["compat"], *(["list", kind] for kind in kinds)]
    return cases


def outcome(case: list[list[str]], folder: Path, python: str, checkout: Path) -> str:
    """Run a case's commands in ``folder`` and return what they print, without paths and times."""
    folder.mkdir(parents=True)
    environment = os.environ | {"PYTHONPATH": str(checkout), "COLUMNS": "120", "TERM": "dumb"}
    lines = []
    for command in case:
        arguments = [part.format(root=checkout) for part in command]
        done = subprocess.run(
            [python, "-m", "rendersdg.cli", *arguments], cwd=folder, env=environment, capture_output=True, text=True
        )
        lines += [f"$ {' '.join(command)}", done.stdout, done.stderr, f"exit {done.returncode}"]
    text = "\n".join(lines).replace(str(checkout), "{root}").replace(str(folder), "{folder}")
    return re.sub(r"\d+([.,:]\d+)* ?(s|ms|min|frames/s|MB)\b|\d+:\d\d", "TIME", text)


def compare_checkouts(other: Path, python: str, frames: int, only: str) -> bool:
    """Run every case whose name holds ``only`` with both checkouts; return whether all files are equal."""
    are_equal = True
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(2) as pool:
        for name, case in commands(frames).items():
            if only not in name:
                continue
            folders = [Path(temporary) / side / name.replace(" ", "_") for side in ("other", "here")]
            sides = zip(folders, (python, sys.executable), (other, ROOT))
            texts = list(pool.map(lambda side, case=case: outcome(case, *side), sides))  # type: ignore[misc]
            before, after = (sums(folder) for folder in folders)
            differing = sorted(k for k in {*before, *after} if before.get(k) != after.get(k))
            changed = [
                line
                for line in difflib.unified_diff(*(text.splitlines() for text in texts), n=0, lineterm="")
                if not line.startswith(("---", "+++", "@@"))
            ]
            verdict = f"DIFFERENT, {len(differing)} files: {differing[:4]}" if differing else "equal"
            codes = sorted(set(re.findall(r"^exit (\d+)", texts[1], re.MULTILINE)))
            print(f"{name}: {len(after)} files {verdict}; exit {', '.join(codes)}", flush=True)
            for line in changed[:12]:
                print(f"    {line[:160]}", flush=True)
            are_equal &= not differing
    return are_equal


def main() -> None:
    """Run the comparison that the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--scene", default="scenes/fruit_crate.yaml")
    parser.add_argument("--frames", type=int)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--only", default="", help="cases whose name holds this, with --against")
    options = parser.parse_args()
    if options.against is None:
        compare_ways(options.scene, options.frames or 60, options.kills)
    elif not compare_checkouts(options.against.resolve(), options.python, options.frames or 3, options.only):
        sys.exit(1)


if __name__ == "__main__":
    main()
