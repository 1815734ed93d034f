"""Short runs of training, and whether two have the same weights."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from detectors.mix import alone
from detectors.recipe import Recipe
from tests import commands
from tests.detectors.sets import squares

SMALL = Recipe(
    detector="yolo11n", size=64, steps=6, batch=4, warmup=2, check_every=0, save_every=2, threads=1, device="cpu"
)


def weights(folder: Path) -> dict[str, Any]:
    from detectors.checkpoint import load

    return load(folder / "model.pt")["weights"]


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    import torch

    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


COMMAND = [sys.executable, "-m", "rendersdg.cli", "train"]
SET = [
    f"--set={k}={v}"
    for k, v in {
        "detector": "yolo11n",
        "size": 64,
        "steps": 30,
        "batch": 4,
        "warmup": 2,
        "save_every": 3,
        "threads": 1,
        "device": "cpu",
    }.items()
]


def command(*arguments: object, **more: Any) -> subprocess.CompletedProcess[str]:
    return commands.run("train", *arguments, **more)


def trained(folder: Path) -> Path:
    """Return a folder with ``data`` and a ``run`` of a few steps on it: enough for scores that differ."""
    from detectors.train import train

    train(alone(squares(folder / "data", 24)), replace(SMALL, steps=30, save_every=100), folder / "run")
    return folder
