"""Small trainings for tests of what trains in several processes, and what one process makes of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from tests.detectors.sets import coloured

torch = pytest.importorskip("torch")

from detectors.vision.gpt import GPTRecipe  # noqa: E402
from detectors.vision.learning import ViTRecipe  # noqa: E402
from detectors.vision.parallel.tasks import Task, classify_task, gpt_task, mae_task  # noqa: E402
from detectors.vision.parallel.training import Split, train_split  # noqa: E402
from detectors.vision.vit import ViTSize  # noqa: E402

GPT = GPTRecipe(size=4, levels=8, width=32, heads=4, depth=4, epochs=5, batch=8, rate=3e-3)
SIZE = ViTSize(size=8, patch=2, width=32, heads=4, depth=2)
VIT = ViTRecipe(epochs=5, batch=8, rate=3e-3)
PICTURES = coloured(80, size=8)


def task_of(kind: str, epochs: int = 5) -> Task:
    if kind == "gpt":
        return gpt_task(PICTURES, replace(GPT, epochs=epochs))
    recipe = replace(VIT, epochs=epochs)
    return mae_task(PICTURES, SIZE, recipe) if kind == "mae" else classify_task(PICTURES, SIZE, recipe)


def trained(kind: str, split: Split, out: Path, epochs: int = 5, resume: bool = False) -> Any:
    torch.set_num_threads(1)
    return train_split(task_of(kind, epochs), split, out, device="cpu", resume=resume)


@cache
def alone(kind: str, epochs: int = 5) -> Any:
    """Return the record of one process."""
    with TemporaryDirectory() as folder:
        return trained(kind, Split(), Path(folder) / "run", epochs)


def same_losses(record: Any, kind: str, epochs: int = 5, most: float = 1e-5) -> None:
    wanted = alone(kind, epochs)["losses"]
    assert len(record["losses"]) == len(wanted) == 10 * epochs
    assert np.abs(np.subtract(record["losses"], wanted)).max() <= most
    assert epochs == 1 or wanted[-1] < 0.95 * wanted[0]  # it learns, so that equal losses are equal weights
