"""How much faster a light detector trains in bfloat16 on a CPU with our gradients of filters of each channel.

python tests/bench/light_training.py [SIZE]. It prints images a second of whole steps (forward, backward, AdamW) of 16,
and the ratio to float32 of the same network. `torch` uses torch's own gradients of these filters.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn import functional

import detectors.train  # noqa: F401 # fills the registry
from detectors.contract import DETECTORS, Target
from detectors.models import depthwise

BATCH, REPEATS = 16, 5


@contextmanager
def torchs_own() -> Iterator[None]:
    """Put torch's own gradients in the place of ours."""
    ours = depthwise._Filtered.apply
    depthwise._Filtered.apply = lambda i, w, s, p: functional.conv2d(i, w, None, s, p, 1, len(w))
    try:
        yield
    finally:
        depthwise._Filtered.apply = ours


def step_of(name: str, size: int, *, bf16: bool) -> Iterator[float]:
    """Yield the seconds of step after step."""
    detector = DETECTORS[name](6, size).to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(detector.parameters(), 1e-3)
    images: Tensor = torch.rand(BATCH, 3, size, size).to(memory_format=torch.channels_last)
    boxes = torch.tensor([[10.0, 10, size / 2, size / 3], [5, size / 2, size - 10, size - 20]])
    targets = [Target(boxes, torch.tensor([1, 2]))] * BATCH
    while True:
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            loss = sum(detector.losses(images, targets).values())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        yield time.perf_counter() - start


def main() -> None:
    """Take turns, so that other work on the machine meets all alike."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 192
    ways = {
        "light_lite0 float32": step_of("light_lite0", size, bf16=False),
        "light_lite0 bfloat16, torch": step_of("light_lite0", size, bf16=True),
        "light_lite0 bfloat16, ours": step_of("light_lite0", size, bf16=True),
        "yolo11n float32": step_of("yolo11n", size, bf16=False),
        "yolo11n bfloat16": step_of("yolo11n", size, bf16=True),
    }
    best = dict.fromkeys(ways, float("inf"))
    for turn in range(REPEATS + 1):
        for name, steps in ways.items():
            if name.endswith("torch"):
                with torchs_own():
                    seconds = next(steps)
            else:
                seconds = next(steps)
            if turn:  # the first one allocates
                best[name] = min(best[name], seconds)
    for name, seconds in best.items():
        ratio = best["light_lite0 float32"] / seconds
        print(f"{name:28} {BATCH / seconds:6.1f} images a second, {ratio:.2f} of light_lite0 in float32")


if __name__ == "__main__":
    main()
