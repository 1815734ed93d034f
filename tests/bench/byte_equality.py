"""The full form of the byte-equality tests: 60 frames, 1 to 3 workers, shuffled, sharded and merged, killed and
resumed.

    python tests/bench/byte_equality.py [--frames 60] [--kills 25] [--scene scenes/fruit_crate.yaml]

Compares the sha256 of every file; exits 1 on the first difference.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here

CLI = [sys.executable, "-m", "rendersdg.cli"]


def sums(folder: Path) -> dict[str, str]:
    """Return the checksum of every file below ``folder``."""
    return {
        p.relative_to(folder).as_posix(): sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def main() -> None:
    """Run every comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", default="scenes/fruit_crate.yaml")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--kills", type=int, default=25)
    o = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)

        def render(out: str, *more: str) -> float:
            start = time.monotonic()
            subprocess.run([*CLI, "render", o.scene, "-o", str(root / out), "-q", *more], check=True)
            return time.monotonic() - start

        spent = render("whole", "--frames", str(o.frames))
        whole = sums(root / "whole")

        def check(label: str, folder: str) -> None:
            found = sums(root / folder)
            if found != whole:
                differ = sorted(k for k in {*found, *whole} if found.get(k) != whole.get(k))
                print(f"{label}: DIFFERENT, {len(differ)} files, first {differ[:3]}")
                sys.exit(1)
            print(f"{label}: {len(found)} files equal", flush=True)

        for workers in (2, 3):
            render(f"w{workers}", "--frames", str(o.frames), "--workers", str(workers))
            check(f"{workers} workers", f"w{workers}")
        order = list(range(o.frames))
        random.Random(0).shuffle(order)
        with opened(Job(o.scene)) as (session, sources):
            session.snapshot(0)
            report = session.recorder.report.as_json()
            dataset = Dataset(Store(str(root / "shuffled")))
            dataset.open(session.header(sources, ()), {n: t.encode() for n, t in sources.items()}, resume=False)
            render_here(session, dataset, order, lambda frame, seconds: None)
            dataset.finish(session.finisher(), report)
            for frame in random.Random(1).sample(order, 5):
                again = session.make(frame)
                assert all(whole[p] == sha256(d).hexdigest() for p, d in again.files.items())
        check("shuffled order", "shuffled")
        print("5 frames replayed: equal")
        half = o.frames // 2
        render("a", "--frames", f"0:{half}")
        render("b", "--frames", f"{half}:{o.frames}")
        subprocess.run(
            [*CLI, "merge", str(root / "a"), str(root / "b"), "-o", str(root / "merged")],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        check("two shards merged", "merged")
        rng = random.Random(2)
        out = root / "killed"
        kills = 0
        while kills < o.kills:
            process = subprocess.Popen(
                [
                    *CLI,
                    "render",
                    o.scene,
                    "-o",
                    str(out),
                    "-q",
                    "--frames",
                    str(o.frames),
                    *(["--resume"] if (out / ".rendersdg" / "dataset").exists() else []),
                ]
            )
            time.sleep(rng.uniform(0.3, max(spent * 0.35, 4.0)))
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            elif kills:
                process.wait()
                if (
                    len(list((out / ".rendersdg" / "frames").glob("*.json"))) == o.frames
                ):  # done early: open a gap and go on
                    for path in rng.sample(sorted((out / ".rendersdg" / "frames").glob("*.json")), o.frames // 2):
                        path.unlink()
            process.wait()
        render(
            "killed",
            "--frames",
            str(o.frames),
            *(["--resume"] if (out / ".rendersdg" / "dataset").exists() else []),
        )
        check(f"killed {kills} times and resumed", "killed")


if __name__ == "__main__":
    main()
