"""Frames through a DataLoader beside the same frames made in a plain loop, and the memory of a long run.

    python tests/bench/on_demand.py scenes/time_trigger.yaml --frames 60
    python tests/bench/on_demand.py scenes/time_trigger.yaml --frames 10000 --memory

For 1 and 2 workers it prints frames a second of ``data.torch()`` behind torch's DataLoader, of as many processes that
make the same items and throw them away, and their ratio; the two take turns. With ``--memory`` it makes all frames in
one process and prints what it holds, from time to time.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier as BarrierType
from pathlib import Path

import rendersdg


def plain(data: rendersdg.SceneDataset, numbers: Sequence[int], ready: BarrierType, done: BarrierType) -> None:
    """Make the items of a share."""
    frames = data.torch()
    frames[numbers[0]]  # opens the scene
    ready.wait()
    for number in numbers:
        frames[number]
    done.wait()


def rate_of_processes(data: rendersdg.SceneDataset, workers: int) -> float:
    """Return items a second of processes that hand nothing over."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Barrier(workers + 1), context.Barrier(workers + 1)
    shares = [range(k, len(data), workers) for k in range(workers)]
    processes = [context.Process(target=plain, args=(data, share, ready, done)) for share in shares]
    for process in processes:
        process.start()
    ready.wait()
    began = time.perf_counter()
    done.wait()
    spent = time.perf_counter() - began
    for process in processes:
        process.join()
    return len(data) / spent


def rate_of_loader(data: rendersdg.SceneDataset, workers: int) -> float:
    """Return samples a second of a DataLoader, from its second round on: workers have opened the scene then."""
    loader = data.torch().loader(
        num_workers=workers, multiprocessing_context="spawn", persistent_workers=True, prefetch_factor=4
    )
    for _ in loader:
        pass
    began = time.perf_counter()
    for _ in loader:
        pass
    return len(data) / (time.perf_counter() - began)


def resident() -> float:
    """Return the megabytes that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def measure_memory(data: rendersdg.SceneDataset) -> None:
    """Make all frames in this process and print what it holds at ten points."""
    held = []
    for number in range(len(data)):
        data[number]
        if number in (10, *(len(data) * k // 10 - 1 for k in range(1, 11))):
            gc.collect()
            held.append(resident())
            print(f"frame {number}: {held[-1]:.0f} MB", flush=True)
    print(f"last over first: {held[-1] / held[0]:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene", type=Path)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    data = rendersdg.load(options.scene).dataset(options.frames, labels=["boxes", "masks"])
    if options.memory:
        measure_memory(data)
        return
    for workers in (1, 2):
        loops, loaders = [], []
        for _ in range(options.rounds):
            loops.append(rate_of_processes(data, workers))
            loaders.append(rate_of_loader(data, workers))
        best = max(loaders) / max(loops)
        rounds = ", ".join(f"{b / a:.2f}" for a, b in zip(loops, loaders))
        print(
            f"{workers} worker{'s' if workers > 1 else ''}: loop {max(loops):.1f}/s, loader {max(loaders):.1f}/s, "
            f"ratio {best:.2f} (rounds {rounds})",
            flush=True,
        )


if __name__ == "__main__":
    main()
