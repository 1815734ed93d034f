"""Small sets of images whose objects have masks, made by code."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from detectors.detections import Detections
from detectors.oriented import corners_of
from detectors.samples import Rle, Sample, Samples
from rendersdg import rle
from rendersdg.arrays import Mask


def runs_of(mask: Mask) -> Rle:
    return {"size": list(mask.shape), "counts": rle.compress(rle.runs(mask))}


def disc(size: int, x: float, y: float, radius: float) -> Mask:
    rows, columns = np.mgrid[:size, :size] + 0.5
    return (columns - x) ** 2 + (rows - y) ** 2 < radius**2


def box_of(mask: Mask) -> list[float]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return [float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)]


def discs(folder: Path, images: int = 12, seed: int = 0, size: int = 64) -> Samples:
    """Return a set on disk: a bright or dark disc an image on noise, with its mask as runs."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for k in range(images):
        image = rng.integers(90, 140, (size, size, 3)).astype(np.uint8)
        mask = disc(size, *rng.uniform(size * 0.3, size * 0.7, 2), rng.uniform(size * 0.12, size * 0.25))
        image[mask] = 250 if k % 2 else 5
        cv2.imwrite(str(folder / f"{k:03d}.png"), image)
        box = np.array([box_of(mask)])
        labels = np.array([k % 2])
        made.append(Sample(folder / f"{k:03d}.png", (size, size), box, labels, segmentations=(runs_of(mask),)))
    return Samples(("dark", "bright"), tuple(made), folder.name)


def random_masks(seed: int, images: int = 5, size: int = 80) -> tuple[Samples, list[Detections]]:
    """Return masks as runs and polygons, crowds and empty images, and detections that are copies, shifted copies and
    inventions, with equal scores among them.
    """
    rng = np.random.default_rng(seed)
    truth, found = [], []
    for k in range(images):
        count = int(rng.integers(0, 6)) if rng.random() > 0.2 else 0
        masks = [disc(size, *rng.uniform(15, 65, 2), rng.uniform(2, 14)) for _ in range(count)]
        shapes = [runs_of(m) if rng.random() < 0.6 else _polygon(m) for m in masks]
        labels, crowd = rng.integers(0, 3, count), rng.random(count) < 0.2
        crowd &= np.array([isinstance(s, dict) for s in shapes], bool)
        boxes = np.array([box_of(m) for m in masks]).reshape(-1, 4)
        truth.append(Sample(Path(f"{k}.png"), (size, size), boxes, labels, crowd, tuple(shapes)))
        copies = [int(c) for c in (rng.integers(0, count, int(rng.integers(0, 9))) if count else ())]
        moved = [np.roll(masks[c], rng.integers(-3, 4, 2) * int(rng.integers(0, 2)), (0, 1)) for c in copies]
        moved += [disc(size, *rng.uniform(15, 65, 2), 9.0) for _ in range(int(rng.integers(0, 3)))]
        moved = [m for m in moved if m.any()]
        scores = np.sort(rng.choice(np.linspace(0.05, 1, 9), len(moved)))[::-1]
        own = np.array([labels[c] if rng.random() < 0.8 else 0 for c in copies] + [0] * len(moved), np.int64)
        boxes = np.array([box_of(m) for m in moved]).reshape(-1, 4)
        found.append(Detections(boxes, scores, own[: len(moved)], masks=tuple(map(runs_of, moved))))
    return Samples(("a", "b", "c"), tuple(truth)), found


def _polygon(mask: Mask) -> list[list[float]]:
    x0, y0, x1, y1 = box_of(mask)
    return [[x0, (y0 + y1) / 2, (x0 + x1) / 2, y0, x1, (y0 + y1) / 2, (x0 + x1) / 2, y1]]


def bars(folder: Path, images: int = 12, seed: int = 0, size: int = 64) -> Samples:
    """Return a set on disk: a bright or dark bar an image on noise, at any angle, with its corners as a polygon."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for k in range(images):
        image = rng.integers(90, 140, (size, size, 3)).astype(np.uint8)
        long, wide = size * rng.uniform(0.35, 0.55), size * rng.uniform(0.1, 0.16)
        x, y = rng.uniform(size * 0.35, size * 0.65, 2)
        corners = corners_of(np.array([[x, y, long, wide, rng.uniform(-np.pi / 2, np.pi / 2)]]))[0]
        places = np.round((corners - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(image, [places], (250,) * 3 if k % 2 else (5,) * 3, shift=4)
        cv2.imwrite(str(folder / f"{k:03d}.png"), image)
        box = np.array([[*corners.min(0), *corners.max(0)]])
        shape = [corners.ravel().tolist()]
        made.append(
            Sample(folder / f"{k:03d}.png", (size, size), box, np.array([k % 2]), segmentations=(shape,), group=str(k))
        )
    return Samples(("dark", "bright"), tuple(made), folder.name)
