"""Where the time of a whole frame goes, and how two workers scale.

    python tests/bench/end_to_end.py [--scene scenes/fruit_crate.yaml] [--frames 40]

Prints the share of plan, snapshot, render, annotate, encode and write, then frames per second with one and two workers.
Each worker opens the scene first; the rate counts from its first committed frame.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here, render_in_workers

STAGES = ("plan", "snapshot", "render", "annotate", "encode", "write")


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", default="scenes/fruit_crate.yaml")
    parser.add_argument("--frames", type=int, default=40)
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
        render_here(session, dataset, range(options.frames), add)
    whole = sum(totals.values())
    print(f"{Path(options.scene).stem}: {whole / options.frames * 1e3:.1f} ms a frame over {options.frames} frames")
    for name in STAGES:
        print(f"  {name:10s} {totals[name] / options.frames * 1e3:7.2f} ms  {totals[name] / whole:6.1%}")
    other = whole - totals["render"] - totals["encode"]
    print(f"  all but rendering and encoding: {other / whole:.1%}")
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
