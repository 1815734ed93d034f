"""Small sets of images, made by code."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from detectors.classify.pictures import Pictures
from detectors.found import Found
from detectors.samples import Sample, Samples


def coloured(count: int, seed: int = 0, size: int = 16) -> Pictures:
    """Return noisy pictures whose class is the channel that is brightest."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    images = rng.integers(0, 120, (count, size, size, 3))
    images[np.arange(count), ..., labels] += 90
    return Pictures(images.astype(np.uint8), labels.astype(np.int64), ("red", "green", "blue"), "coloured")


def archive(pictures: Pictures, file: Path) -> Path:
    np.savez(file, images=pictures.images, labels=pictures.labels, classes=np.array(pictures.classes))
    return file


def plain(images: int, groups: int = 4, classes: int = 3) -> Samples:
    """Return a set without pictures: image k is of class k % classes and group k // groups."""
    made = tuple(
        Sample(
            Path(f"im{k:03d}.png"),
            (40, 40),
            np.array([[0, 0, 9, 9.0]]),
            np.array([k % classes]),
            group=f"g{k // groups}",
        )
        for k in range(images)
    )
    return Samples(tuple("abc"[:classes]), made, "plain")


def squares(folder: Path, images: int = 12, seed: int = 0, size: int = 64) -> Samples:
    """Return a set on disk: one bright or dark square an image on noise."""
    rng = np.random.default_rng(seed)
    made = []
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(images):
        image = rng.integers(90, 140, (size, size, 3)).astype(np.uint8)
        x, y, side = *rng.integers(2, size - 30, 2), int(rng.integers(12, 26))
        image[y : y + side, x : x + side] = 250 if k % 2 else 5
        cv2.imwrite(str(folder / f"{k:03d}.png"), image)
        made.append(
            Sample(folder / f"{k:03d}.png", (size, size), np.array([[x, y, x + side, y + side]]), np.array([k % 2]))
        )
    return Samples(("dark", "bright"), tuple(made), folder.name)


def random_set(seed: int, images: int = 6) -> tuple[Samples, list[Found]]:
    """Return boxes, crowds and empty images, and detections that are copies, shifted copies and inventions, with equal
    scores among them.
    """
    rng = np.random.default_rng(seed)
    truth, found = [], []
    for k in range(images):
        count = int(rng.integers(0, 7)) if rng.random() > 0.2 else 0
        corner = rng.uniform(0, 150, (count, 2))
        boxes = np.concatenate(
            [corner, corner + rng.choice([6, 30, 120], (count, 1)) * rng.uniform(0.5, 1.5, (count, 2))], 1
        )
        labels = rng.integers(0, 3, count)
        truth.append(Sample(Path(f"{k}.png"), (400, 400), boxes, labels, rng.random(count) < 0.2))
        copies = rng.integers(0, count, rng.integers(0, 12)) if count else np.zeros(0, int)
        moved = boxes[copies] + rng.normal(0, 4, (len(copies), 4)) * rng.integers(0, 2, (len(copies), 1))
        moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 1)
        other = rng.uniform(0, 200, (int(rng.integers(0, 4)), 2))
        xyxy = np.concatenate([moved, np.concatenate([other, other + 40], 1)])
        names = np.concatenate(
            [np.where(rng.random(len(copies)) < 0.8, labels[copies], 0), rng.integers(0, 3, len(other))]
        )
        scores = rng.choice(np.linspace(0.05, 1, 12), len(xyxy))
        order = np.argsort(-scores, kind="mergesort")
        found.append(Found(xyxy[order], scores[order], names[order].astype(np.int64)))
    return Samples(("a", "b", "c"), tuple(truth)), found
