"""A detector over images: boxes in the pixels of each image."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from detectors.contract import Detector
from detectors.found import Found
from detectors.preprocess import Pixels, Preprocess
from detectors.samples import Sample


def predict(
    detector: Detector,
    images: Sequence[Sample],
    pixels: Pixels | Preprocess,
    *,
    batch: int = 16,
    tell: Callable[[int], None] = lambda count: None,
) -> list[Found]:
    """Return what is found in each image, best first; ``tell`` is given the number of images done after each batch."""
    pixels = Pixels(pixels) if isinstance(pixels, Preprocess) else pixels
    device = next(detector.parameters()).device
    was_training = detector.training
    detector.eval()
    found: list[Found] = []
    with torch.inference_mode():
        for start in range(0, len(images), batch):
            part = images[start : start + batch]
            squares = np.stack([pixels(s.file, s.size_wh) for s in part])
            raw = detector.detect(torch.from_numpy(pixels.preprocess.tensor(squares)).to(device))
            for sample, one in zip(part, raw):
                xyxy = pixels.preprocess.boxes_back(one.xyxy, sample.size_wh)
                keep = (xyxy[:, 2:] > xyxy[:, :2]).all(1)
                found.append(Found(xyxy[keep], one.scores[keep], one.labels[keep]))
            tell(len(found))
    detector.train(was_training)
    return found
