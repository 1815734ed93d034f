"""Ratio of CPU time per labelled frame between another checkout and this one: the same snapshots, in turn, in one run.

    python tests/bench/against_commit.py CHECKOUT [--python INTERPRETER] [--rounds 9] [--kinds simple std hd]

INTERPRETER has what the other checkout needs, by default this one. Each renderer is a process of its own that stays; a
round renders four frames with one, then the same with the other. Above 1 this checkout is faster.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve()
FRAMES = 4


def serve(kind: str) -> None:
    """Answer each line of the input with the CPU milliseconds that a frame of ``kind`` took."""
    sys.path.insert(0, str(HERE.parent))
    import cv2
    from bench_scene import snapshots

    from rendersdg.backends.raster import RasterBackend

    cv2.setNumThreads(1)
    frame = snapshots(kind)
    shown = [frame(i) for i in range(FRAMES)]
    backend = RasterBackend()
    for _ in sys.stdin:
        start = time.process_time()
        for snapshot in shown:
            backend.render(snapshot, snapshot.products[0])
        print(1e3 * (time.process_time() - start) / FRAMES, flush=True)


def started(python: str, checkout: Path, kind: str) -> subprocess.Popen[str]:
    """Start a renderer of a checkout and let it render once."""
    environment = os.environ | {"PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [python, str(HERE), "--serve", kind],
        env=environment,
        cwd="/",
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    asked(process)
    return process


def asked(process: subprocess.Popen[str]) -> float:
    """Return the milliseconds of a frame of one more round."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def main() -> None:
    """Print a line for each kind of scene."""
    parser = argparse.ArgumentParser()
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--kinds", nargs="+", default=["simple", "std", "hd"])
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    for kind in given.kinds:
        pair = started(given.python, given.checkout.resolve(), kind), started(sys.executable, HERE.parents[2], kind)
        rounds = [(asked(pair[0]), asked(pair[1])) for _ in range(given.rounds)]
        for process in pair:
            process.kill()
        ratios = sorted(there / here for there, here in rounds)
        there, here = (statistics.median(times) for times in zip(*rounds))
        print(
            f"{kind}: {there:.1f} ms there, {here:.1f} ms here; {statistics.median(ratios):.2f} x "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    else:
        main()
