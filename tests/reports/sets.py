"""Small labelled sets for the tests of reports, written as COCO lists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from detectors.samples import Sample, Samples, write_coco
from rendersdg.reports.facts import Facts, facts_of


def mottled(seed: int, size_wh: tuple[int, int] = (64, 48), level: float = 120) -> np.ndarray:
    """Return a picture (H, W, 3) like no other."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(-60, 60, (6, 8)).astype(np.float32)
    grey = cv2.resize(coarse, size_wh, interpolation=cv2.INTER_CUBIC) + level
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def labelled(
    folder: Path,
    boxes: Sequence[Sequence[Sequence[float]]],
    labels: Sequence[Sequence[int]] | None = None,
    classes: tuple[str, ...] = ("bolt", "nut"),
    level: float = 120,
) -> Samples:
    """Write a picture for each list of boxes, and return the set."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = []
    for k, own in enumerate(boxes):
        file = folder / f"{k:03d}.png"
        picture = mottled(k, level=level)
        cv2.imwrite(str(file), picture)
        kinds = [0] * len(own) if labels is None else labels[k]
        samples.append(Sample(file, (64, 48), np.array(own, float).reshape(-1, 4), np.array(kinds, int)))
    return Samples(classes, tuple(samples))


def coco(folder: Path, boxes: Sequence[Sequence[Sequence[float]]], **options: object) -> Path:
    """Write the same as a COCO list, and return it."""
    write_coco(labelled(folder, boxes, **options), folder / "all.json")  # type: ignore[arg-type]
    return folder / "all.json"


def facts(folder: Path, boxes: Sequence[Sequence[Sequence[float]]], **options: object) -> Facts:
    """Return what is to know of such a set."""
    return facts_of(labelled(folder, boxes, **options), (), lambda: None)  # type: ignore[arg-type]
