"""How the farm scales: measured with one and two workers, simulated with up to a thousand.

    python tests/bench/scaling.py [--scene scenes/bolts_and_gears.yaml] [--frames 40] [--hours-between-losses 500]

The simulation is the farm's own: `ranges` and `drive` hand out tasks to a model of workers, whose frame times are drawn
from those measured here, whose start takes what it took here, and which are lost (pre-empted, crashed) at random with
the given mean time; a lost worker's place is filled after `--refill` seconds. Efficiency is the work's processor time
over workers times wall time.
"""

from __future__ import annotations

import argparse
import heapq
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.store import Store
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here, render_in_workers
from rendersdg.farm.ranges import Range, RangeResult, drive, ranges


def main() -> None:
    """Measure, then simulate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scene", default="scenes/bolts_and_gears.yaml")
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--hours-between-losses", type=float, default=500, help="of one worker")
    parser.add_argument("--refill", type=float, default=120)
    options = parser.parse_args()
    job = Job(options.scene)
    spent, start = _frame_seconds(job, options.frames)
    print(
        f"{Path(options.scene).stem}: {spent.mean():.3f} processor seconds a frame (10 % "
        f"{np.quantile(spent, 0.1):.3f}, 90 % {np.quantile(spent, 0.9):.3f}); a worker starts in {start:.1f} s"
    )
    one, two = _wall(job, options.frames, 1), _wall(job, 2 * options.frames, 2)
    print(f"measured: one worker {one:.2f} frames a second, two {two:.2f}: {two / one:.2f} x")
    for workers in (1, 10, 100, 1000):
        frames = max(int(workers * 1200 / spent.mean()), 1)  # twenty minutes of work for each
        wall, lost, again = simulate(frames, workers, spent, start, options.hours_between_losses * 3600, options.refill)
        print(
            f"simulated: {workers:5d} workers, {frames:9,d} frames, {lost:3d} workers lost, {again:,d} frames "
            f"begun twice: {wall / 3600:.3f} h, efficiency {frames * spent.mean() / (workers * wall):.1%}"
        )


def simulate(
    count: int, workers: int, spent: np.ndarray, start: float, between: float, refill: float, seed: int = 0
) -> tuple[float, int, int]:
    """Return the wall seconds of rendering ``count`` frames, how many workers were lost,
    and how many frames were under way then.
    """
    rng = np.random.default_rng(seed)
    free = [(start, w) for w in range(workers)]  # when each worker is free
    heapq.heapify(free)
    dies = rng.exponential(between, workers)
    ends: list[tuple[float, int, bool]] = []
    handles = iter(range(1 << 60))
    committed: set[int] = set()  # of lost tasks
    clock, lost, again, finished = 0.0, 0, 0, 0.0

    def submit(task: Range) -> int:
        nonlocal lost, again
        when, worker = heapq.heappop(free)
        when = max(when, clock)
        todo = [f for f in task.frames if f not in committed]
        seconds = rng.choice(spent, len(todo))
        end, handle = when + seconds.sum(), next(handles)
        is_lost = dies[worker] < end
        if is_lost:
            end, lost = max(dies[worker], when), lost + 1
            again += 1  # the frame that it was at
            committed.update(f for f, at in zip(todo, when + seconds.cumsum()) if at <= end)
            dies[worker] = end + refill + start + rng.exponential(between)
            heapq.heappush(free, (end + refill + start, worker))
        else:
            heapq.heappush(free, (end, worker))
        heapq.heappush(ends, (end, handle, is_lost))
        return handle

    def wait(running: Mapping[int, Range]) -> dict[int, RangeResult | None]:
        nonlocal clock, finished
        clock, handle, is_lost = heapq.heappop(ends)
        finished = max(finished, clock)
        return {handle: None if is_lost else RangeResult({f: {} for f in running[handle].frames})}

    drive(ranges(range(count), workers), submit, wait, lambda frame, seconds: None, most=workers)
    return finished, lost, again


def _frame_seconds(job: Job, count: int) -> tuple[np.ndarray, float]:
    """Return processor seconds of each frame, commit included, and of opening the scene and the first frame."""
    begin = time.process_time()
    spent: list[float] = []
    with tempfile.TemporaryDirectory() as folder, opened(job) as (session, sources):
        dataset = Dataset(Store(folder))
        dataset.open(session.header(sources, ()), {}, resume=False)
        last = begin
        for frame in range(count + 1):
            render_here(session, dataset, [frame], lambda number, seconds: None)
            spent.append(time.process_time() - last)
            last = time.process_time()
    return np.array(spent[1:]), spent[0]


def _wall(job: Job, count: int, workers: int) -> float:
    """Return frames a second, counted from the first committed one of the last worker."""
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder, opened(job) as (session, sources):
        Dataset(Store(folder)).open(session.header(sources, ()), {}, resume=False)
        render_in_workers(job, folder, range(count), workers, lambda frame, seconds: times.append(time.perf_counter()))
    skip = 4 * workers
    return (len(times) - 1 - skip) / (times[-1] - times[skip])


if __name__ == "__main__":
    main()
