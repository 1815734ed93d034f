"""Where the time of a whole frame goes, and how two workers scale.

    python tests/bench/end_to_end.py [--scene scenes/fruit_crate.yaml] [--frames 100]

Prints the share of plan, snapshot, render, annotate, encode (and of PNG encoding in it) and write, then frames per
second with one and two workers.
Each worker opens the scene first; the rate counts from its first committed frame.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here, render_in_workers

STAGES = ("plan", "snapshot", "render", "annotate", "encode", "write")
PNG = [0.0]  # seconds in the image encoder


def timed(extension: str, *args: Any, encode: Any = cv2.imencode) -> Any:
    """Encode an image and add the time to PNG."""
    start = time.perf_counter()
    done = encode(extension, *args)
    PNG[0] += time.perf_counter() - start
    return done


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", default="scenes/fruit_crate.yaml")
    parser.add_argument("--frames", type=int, default=100)
    options = parser.parse_args()
    job = Job(options.scene)
    totals = dict.fromkeys(STAGES, 0.0)

    def add(frame: int, seconds: dict[str, float]) -> None:
        for name, value in seconds.items():
            totals[name] += value

    with tempfile.TemporaryDirectory() as folder, opened(job) as (session, sources):
        dataset = Dataset(Store(folder))
        dataset.open(session.header(sources, ()), {}, resume=False)
        render_here(session, dataset, [10_000, 10_001], lambda frame, seconds: None)
        with patch("cv2.imencode", timed):
            render_here(session, dataset, range(options.frames), add)
    whole = sum(totals.values())
    print(f"{Path(options.scene).stem}: {whole / options.frames * 1e3:.1f} ms a frame over {options.frames} frames")
    for name in STAGES:
        print(f"  {name:10s} {totals[name] / options.frames * 1e3:7.2f} ms  {totals[name] / whole:6.1%}")
    print(f"    of it PNG {PNG[0] / options.frames * 1e3:8.2f} ms  {PNG[0] / whole:6.1%}")
    print(f"  all but rendering and PNG encoding: {1 - (totals['render'] + PNG[0]) / whole:.1%}")
    rates = {}
    for workers in (1, 2):
        times: list[float] = []
        with tempfile.TemporaryDirectory() as folder, opened(job) as (session, sources):
            Dataset(Store(folder)).open(session.header(sources, ()), {}, resume=False)
            render_in_workers(
                job,
                folder,
                range(options.frames * workers),
                workers,
                lambda frame, seconds, t=times: t.append(time.perf_counter()),
            )
        skip = 4 * workers  # until every worker is warm
        rates[workers] = (len(times) - skip) / (times[-1] - times[skip - 1])
        print(f"  {workers} worker{'s' if workers > 1 else ''}: {rates[workers]:.2f} frames/s")
    print(f"  scaling: {rates[2] / rates[1]:.2f} x")


if __name__ == "__main__":
    main()
