"""A finder without a network: it sees marks by their difference from the plate, dark ones always, and bright ones once
it was shown enough of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from detectors.detections import Detections
from detectors.preprocess import Image, read_rgb
from detectors.samples import Samples

ENOUGH = 8  # bright marks, from which on they are found


@dataclass(eq=False)
class Seeing:
    """Finds marks darker than the plate, and with ``sees_bright`` brighter ones."""

    classes: tuple[str, ...]
    sees_bright: bool

    def find(self, images: Sequence[Image]) -> list[Detections]:
        return [self._one(image) for image in images]

    def _one(self, image: Image) -> Detections:
        change = difference(image)
        seen = np.abs(change) if self.sees_bright else np.maximum(-change, 0)
        blobs = cv2.connectedComponentsWithStats((seen > 9).astype(np.uint8), connectivity=8)[2][1:]
        boxes = [[x, y, x + w, y + h] for x, y, w, h, area in blobs.tolist() if area >= 12]
        return Detections(
            np.array(boxes, np.float64).reshape(-1, 4), np.full(len(boxes), 0.9), np.zeros(len(boxes), np.int64)
        )


def difference(image: Image) -> np.ndarray:
    """Return grey levels less the plate's, (H, W) float64."""
    grey = cv2.GaussianBlur(image.mean(-1), (0, 0), 1.2)
    return np.asarray(grey - np.median(grey), np.float64)


@dataclass(eq=False)
class SeeingLearner:
    """Counts the bright marks that it is shown, in each round."""

    shown: list[int] = field(default_factory=list)

    def learn(self, samples: Samples, folder: Path) -> Seeing:
        bright = 0
        for sample in samples.images:
            change = difference(read_rgb(sample.file))
            for x0, y0, x1, y1 in sample.xyxy.astype(int):
                inside = change[y0:y1, x0:x1]
                bright += bool(inside.size and inside.max() > -inside.min())
        self.shown.append(bright)
        return Seeing(samples.classes, bright >= ENOUGH)
