"""Photographs of good and bad parts, drawn: a ground of stripes, and on bad ones a dark spot."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch

from detectors.models.efficientnet_lite import EfficientNetLite
from rendersdg.arrays import U1, Mask

SIZE_WH = (80, 60)


def part(number: int, *, spot: bool = False, size_wh: tuple[int, int] = SIZE_WH) -> tuple[U1, Mask]:
    """Return a photograph (H, W, 3) and where its spot is (H, W)."""
    rng = np.random.default_rng(number)
    width, height = size_wh
    stripes = 120 + 20 * np.sin(np.arange(width) / 3 + rng.uniform(0, 6)) + rng.normal(0, 3, (height, width))
    mask = np.zeros((height, width), np.uint8)
    if spot:
        centre = (int(rng.integers(15, width - 15)), int(rng.integers(15, height - 15)))
        cv2.circle(mask, centre, 7, 1, -1)
    grey = np.where(mask > 0, 30, stripes)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, 2), mask > 0


def write_good(folder: Path, count: int = 8) -> Path:
    """Write photographs of good parts into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(count):
        cv2.imwrite(str(folder / f"part_{k:02}.png"), part(k)[0])
    return folder


def write_mvtec(folder: Path, count: int = 4) -> Path:
    """Write a set in MVTec AD's layout: good parts, and parts with a spot and its mask."""
    for name in ("train/good", "test/good", "test/spot", "ground_truth/spot"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for k in range(count):
        cv2.imwrite(str(folder / "train" / "good" / f"{k}.png"), part(k)[0])
        cv2.imwrite(str(folder / "test" / "good" / f"{k}.png"), part(100 + k)[0])
        bad, mask = part(200 + k, spot=True)
        cv2.imwrite(str(folder / "test" / "spot" / f"{k}.png"), bad)
        cv2.imwrite(str(folder / "ground_truth" / "spot" / f"{k}_mask.png"), mask.astype(np.uint8) * 255)
    return folder


def backbone(seed: int = 0) -> EfficientNetLite:
    """Return a backbone that knows nothing: its weights are random."""
    torch.manual_seed(seed)
    return EfficientNetLite("lite0").eval()
