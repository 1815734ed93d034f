"""Frames through a DataLoader beside the same frames rendered without disk, and the memory of a long run.

    python tests/bench/on_demand.py scenes/time_trigger.yaml --frames 60 --rounds 5
    python tests/bench/on_demand.py scenes/time_trigger.yaml --frames 10000 --memory --size 96x72
    python tests/bench/on_demand.py scenes/time_trigger.yaml --frames 10000 --memory --size 96x72 --workers 2

For 1 and 2 workers it compares ``data.torch()`` behind torch's DataLoader with as many processes that do what
``render`` does before it encodes: each makes the picture and the labels of its frames, and throws them away. Both take
turns, on the same frames; scenes are open before the clock starts. It prints frames a second (the median of the
rounds), CPU milliseconds a frame of the processes that render and of the one that receives, and the medians of the
rounds' ratios, which a busy machine disturbs least.

With ``--memory`` it makes all frames in one process, or in the workers of a loader, and prints what each process holds
at ten points.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier as BarrierType
from pathlib import Path
from statistics import median
from typing import Any

import rendersdg

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")  # of a CPU clock, a second


@dataclass(frozen=True)
class Spent:
    """What frames took: wall seconds from the first to the last, CPU seconds of the processes that render, and of the
    one that receives.
    """

    wall: float
    cpu: float
    receiver: float = 0.0


def render_alone(
    data: rendersdg.SceneDataset, places: Sequence[int], ready: BarrierType, done: BarrierType, told: SimpleQueue[float]
) -> None:
    """Make picture and labels of a share of the frames, as a process of ``render`` does before it encodes."""
    render_share(data, places)  # opens the scene and loads what it shows, as the loader's first round does
    ready.wait()
    before = time.process_time()
    render_share(data, places)
    told.put(time.process_time() - before)
    done.wait()


def render_share(data: rendersdg.SceneDataset, places: Sequence[int]) -> None:
    for place in places:
        frame = data.frame(place)
        assert frame.rgb.size and frame.objects


def time_processes(data: rendersdg.SceneDataset, workers: int) -> Spent:
    """Return what rendering takes in processes that hand nothing over."""
    context = multiprocessing.get_context("spawn")
    ready, done, told = context.Barrier(workers + 1), context.Barrier(workers + 1), context.SimpleQueue()
    shares = [range(k, len(data), workers) for k in range(workers)]
    processes = [context.Process(target=render_alone, args=(data, share, ready, done, told)) for share in shares]
    for process in processes:
        process.start()
    ready.wait()
    began = time.perf_counter()
    done.wait()
    wall = time.perf_counter() - began
    cpu = sum(told.get() for _ in processes)
    for process in processes:
        process.join()
    return Spent(wall, cpu)


def time_loader(data: rendersdg.SceneDataset, workers: int) -> Spent:
    """Return what a DataLoader takes in its second round: workers have opened the scene then."""
    loader = loader_of(data, workers)
    for _ in loader:
        pass
    began, before, own = time.perf_counter(), cpu_of_children(), time.process_time()
    for _ in loader:
        pass
    return Spent(time.perf_counter() - began, cpu_of_children() - before, time.process_time() - own)


def loader_of(data: rendersdg.SceneDataset, workers: int) -> Any:
    return data.torch().loader(num_workers=workers, multiprocessing_context="spawn", persistent_workers=True)


def cpu_of_children() -> float:
    """Return the CPU seconds that the processes which this one started have taken."""
    spent = 0.0
    for child in multiprocessing.active_children():
        fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
        spent += (int(fields[11]) + int(fields[12])) / _TICKS
    return spent


def measure_rate(data: rendersdg.SceneDataset, workers: int, rounds: int) -> None:
    """Print the rates of both, taken in turn."""
    alone, loaded = [], []
    for _ in range(rounds):
        alone.append(time_processes(data, workers))
        loaded.append(time_loader(data, workers))
    frames = len(data)
    ratios = [a.wall / b.wall for a, b in zip(alone, loaded)]
    print(
        f"{workers} worker{'s' if workers > 1 else ''}: "
        f"rendering alone {frames / median(s.wall for s in alone):.1f}/s, "
        f"{1000 * median(s.cpu for s in alone) / frames:.1f} ms CPU a frame; "
        f"loader {frames / median(s.wall for s in loaded):.1f}/s, "
        f"{1000 * median(s.cpu for s in loaded) / frames:.1f} ms, "
        f"and {1000 * median(s.receiver for s in loaded) / frames:.1f} "
        "in the process that receives; "
        f"ratio of rates {median(ratios):.2f} (rounds {', '.join(f'{r:.2f}' for r in ratios)}), "
        f"of CPU where frames are rendered {median(a.cpu / b.cpu for a, b in zip(alone, loaded)):.2f}",
        flush=True,
    )


def resident(process: int) -> float:
    """Return the megabytes that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE_BYTES / 1e6


def measure_memory(data: rendersdg.SceneDataset, workers: int) -> None:
    """Make all frames and print what each process holds at ten points, from 1 in 10 of them on."""
    points = {len(data) * k // 10 - 1 for k in range(1, 11)}
    frames = loader_of(data, workers) if workers else data
    held: list[list[float]] = []
    for place, _ in enumerate(frames):
        if place in points:
            gc.collect()
            children = sorted(child.pid or 0 for child in multiprocessing.active_children())
            held.append([resident(process) for process in (os.getpid(), *children)])
            print(f"frame {place + 1}: {', '.join(f'{size:.0f} MB' for size in held[-1])}", flush=True)
    print(f"last over first: {', '.join(f'{b / a:.3f}' for a, b in zip(held[0], held[-1]))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene", type=Path)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--labels", default="boxes,masks")
    parser.add_argument("--size", help="WIDTHxHEIGHT of the pictures, of a scene whose product is in the group `view`")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--workers", type=int, default=0, help="of the loader, with --memory; 0: in this process")
    options = parser.parse_args()
    resolution = [int(side) for side in options.size.split("x")] if options.size else None
    changes = {"view.create.render_product.resolution": resolution} if resolution else None
    data = rendersdg.load(options.scene, changes=changes).dataset(options.frames, labels=options.labels.split(","))
    if options.memory:
        measure_memory(data, options.workers)
        return
    for workers in (1, 2):
        measure_rate(data, workers, options.rounds)


if __name__ == "__main__":
    main()
