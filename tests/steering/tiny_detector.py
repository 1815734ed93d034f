"""A detector so small that it learns in seconds: a map of centres and sizes, after CenterNet (Zhou et al. 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from detectors.detections import Detections
from detectors.preprocess import Image, read_rgb
from detectors.samples import Samples

_STRIDE = 4  # pixels of a picture to a cell of the map
_MOST = 20  # detections of a picture
_LEAST = 0.05  # score


class Network(nn.Module):
    """Grey pictures (B, 1, H, W) to logits of a centre (B, H/4, W/4), and logarithms of sizes (B, 2, H/4, W/4)."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        shape = [(1, width, 2), (width, width, 1), (width, 2 * width, 2), *[(2 * width, 2 * width, 1)] * 2]
        self.body = nn.Sequential(*(_block(*each) for each in shape))
        self.centre, self.size = nn.Conv2d(2 * width, 1, 1), nn.Conv2d(2 * width, 2, 1)
        nn.init.constant_(self.centre.bias, -4.0)  # type: ignore[arg-type] # few cells are centres

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen = self.body(pictures)
        return self.centre(seen)[:, 0], self.size(seen)


def _block(inputs: int, outputs: int, stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.BatchNorm2d(outputs), nn.ReLU())


@dataclass(eq=False)
class TinyDetector:
    """A trained network of one class, see :class:`rendersdg.steering.outcomes.Finder`."""

    network: Network
    classes: tuple[str, ...]

    def find(self, images: Sequence[Image]) -> list[Detections]:
        with torch.no_grad():
            logits, sizes = self.network(_tensor(images))
            scores = logits.sigmoid()
        peaks = scores == functional.max_pool2d(scores[:, None], 3, 1, 1)[:, 0]
        return [_detections(*(each.numpy() for each in row)) for row in zip(scores, peaks, sizes)]


def _detections(scores: Any, peaks: Any, sizes: Any) -> Detections:
    rows, columns = np.nonzero(peaks & (scores > _LEAST))
    best = np.argsort(-scores[rows, columns])[:_MOST]
    rows, columns = rows[best], columns[best]
    width, height = np.exp(sizes[:, rows, columns].astype(np.float64))
    x, y = (columns + 0.5) * _STRIDE, (rows + 0.5) * _STRIDE
    boxes = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], 1)
    return Detections(boxes, scores[rows, columns].astype(np.float64), np.zeros(len(boxes), np.int64))


@dataclass(frozen=True)
class TinyLearner:
    """Learns from scratch in each round, so that what differs from round to round is the images alone."""

    seed: int = 0
    steps: int = 400
    batch: int = 16

    def learn(self, samples: Samples, folder: Path) -> TinyDetector:
        images = [read_rgb(s.file) for s in samples.images]
        return self.fit(images, [s.xyxy for s in samples.images], samples.classes)

    def fit(self, images: Sequence[Image], boxes: Sequence[Any], classes: tuple[str, ...]) -> TinyDetector:
        """Return what was learnt from images and their boxes."""
        torch.manual_seed(self.seed)
        rng = np.random.default_rng(self.seed)
        network = Network()
        pictures = _tensor(images)
        cells = [torch.from_numpy(np.stack(part)) for part in zip(*(_targets(b, images[0].shape[0]) for b in boxes))]
        optimizer = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=1e-3)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=self.steps)
        network.train()
        for _ in range(self.steps):
            chosen = torch.from_numpy(rng.integers(0, len(images), self.batch))
            flips = [axis for axis in (-1, -2) if rng.random() < 0.5]
            x, heat, size, is_centre = (part[chosen].flip(flips) for part in (pictures, *cells))
            loss = _loss(*network(x), heat, size, is_centre)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
        network.eval()
        return TinyDetector(network, classes)


def _tensor(images: Sequence[Image]) -> torch.Tensor:
    grey = torch.from_numpy(np.stack([i.mean(-1, dtype=np.float32) for i in images]))[:, None] / 255
    return grey * 4 - 2


def _targets(boxes: Any, side: int) -> tuple[Any, Any, Any]:
    """Return the map of centres, that of sizes, and where a centre is."""
    cells = side // _STRIDE
    heat, size = np.zeros((cells, cells), np.float32), np.zeros((2, cells, cells), np.float32)
    is_centre = np.zeros((cells, cells), np.float32)
    rows, columns = np.mgrid[:cells, :cells]
    for x0, y0, x1, y1 in boxes:
        x, y = (x0 + x1) / 2 / _STRIDE - 0.5, (y0 + y1) / 2 / _STRIDE - 0.5
        spread = max(min(x1 - x0, y1 - y0) / (3 * _STRIDE), 0.6)
        heat = np.maximum(heat, np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2)).astype(np.float32))
        row, column = (int(np.clip(round(v), 0, cells - 1)) for v in (y, x))
        heat[row, column] = is_centre[row, column] = 1
        size[:, row, column] = np.log([x1 - x0, y1 - y0])
    return heat, size, is_centre


def _loss(
    logits: torch.Tensor, sizes: torch.Tensor, heat: torch.Tensor, size: torch.Tensor, is_centre: torch.Tensor
) -> torch.Tensor:
    p = logits.sigmoid().clamp(1e-4, 1 - 1e-4)
    right, wrong = (1 - p) ** 2 * p.log(), (1 - heat) ** 4 * p**2 * (1 - p).log()
    count = is_centre.sum().clamp(min=1)
    focal = -(is_centre * right + (1 - is_centre) * wrong).sum() / count
    return focal + 0.3 * (is_centre[:, None] * (sizes - size).abs()).sum() / count
