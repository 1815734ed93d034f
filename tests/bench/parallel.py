"""What a process keeps, and how long a step takes, under each layout of the image GPT (`rendersdg vision gpt`).

python tests/bench/parallel.py [--width 256] [--depth 8] [--batch 8] [--steps 6]. Each layout runs in processes of its
own, with a thread each. Printed are the bytes of parameters, gradients and optimizer that a process keeps between steps
(the largest of the processes, counted from its own shards), by how much its memory grew at most, the median time of a
step, and the processor time of a step, of all processes together, which other work on the machine changes less. Losses
are compared with those of one process.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from detectors.classify.pictures import Pictures
from detectors.vision.gpt import GPTRecipe
from detectors.vision.parallel import training
from detectors.vision.parallel.engines import bytes_held
from detectors.vision.parallel.layout import layout_of
from detectors.vision.parallel.tasks import gpt_task
from detectors.vision.parallel.training import Split, train_split
from tests.detectors.vision.parallel.processes import together

LAYOUTS = (
    "dp=1",
    *("dp=2", "fsdp=2", "tp=2", "pp=2"),
    *("dp=4", "fsdp=4", "tp=4", "pp=4"),
    *("dp=2,fsdp=2", "dp=2,tp=2", "fsdp=2,tp=2", "pp=2,dp=2", "pp=2,fsdp=2", "pp=2,tp=2"),
)


def measured(layout: str, recipe: GPTRecipe, steps: int, out: Path) -> dict[str, Any]:
    """Train for some steps in this process, one of a layout's; return the losses, times and bytes."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    count = steps * recipe.batch
    images = rng.integers(0, 256, (count, recipe.size, recipe.size, 3)).astype(np.uint8)
    pictures = Pictures(images, np.arange(count) % 2, ("a", "b"), "noise")
    held: dict[str, int] = {}
    times: list[tuple[float, float]] = []  # after each step: of the clock, and of the processor
    keep = training._keep

    def kept(run: Any, done: Any) -> None:
        held.update(bytes_held(run.engine, run.optimizer))
        keep(run, done)

    training._keep = kept
    task = gpt_task(pictures, recipe)
    step = torch.optim.AdamW.step

    def timed(*arguments: Any, **named: Any) -> Any:
        result = step(*arguments, **named)
        times.append((time.perf_counter(), time.process_time()))
        return result

    torch.optim.AdamW.step = timed
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    record = train_split(task, Split(layout), out, device="cpu")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "losses": record["losses"] if record else [],
        "seconds": statistics.median(np.diff([clock for clock, _ in times])),
        "processor": (times[-1][1] - times[0][1]) / (len(times) - 1),
        "held": held,
        "grown": grown * 1024,
    }


def main() -> None:
    """Print a row a layout."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("width", 256), ("depth", 8), ("heads", 8), ("batch", 8), ("steps", 6)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--layouts", nargs="*", default=LAYOUTS)
    options = parser.parse_args()
    recipe = GPTRecipe(
        size=8, levels=16, width=options.width, heads=options.heads, depth=options.depth, epochs=1, batch=options.batch
    )
    print(
        "layout          parameters  gradients  optimizer  all (MB a process)  grew by  step  processor  losses apart"
    )
    wanted: list[float] = []
    for layout in options.layouts:
        world = int(np.prod([int(part.split("=")[1]) for part in layout.split(",")]))
        layout_of(layout, world)
        with TemporaryDirectory() as folder:
            found = together(world, measured, layout, recipe, options.steps, Path(folder) / "run")
        losses = next(f["losses"] for f in found if f["losses"])
        wanted = wanted or losses
        held = {name: max(f["held"][name] for f in found) / 1e6 for name in found[0]["held"]}
        print(
            f"{layout:14} {held['parameters']:11.2f} {held['gradients']:10.2f} {held['optimizer']:10.2f} "
            f"{sum(held.values()):15.2f} {max(f['grown'] for f in found) / 1e6:13.1f} "
            f"{max(f['seconds'] for f in found) * 1000:6.0f} ms {sum(f['processor'] for f in found) * 1000:6.0f} ms "
            f"{np.abs(np.subtract(losses, wanted)).max():.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
