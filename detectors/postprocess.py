"""From a network's dense output to boxes: the same NumPy code behind torch, ONNX and OpenVINO, float and INT8."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.found import MOST_FOUND, Found
from rendersdg.arrays import F8, I8
from rendersdg.kernels import suppression


@dataclass(frozen=True, slots=True)
class Postprocess:
    """Boxes of a score above ``least_score``, at most ``most_boxes`` of them, thinned class by class at ``nms_iou``."""

    nms_iou: float
    least_score: float = 0.001
    most_boxes: int = 3000

    def __call__(self, boxes: NDArray[np.floating[Any]], scores: NDArray[np.floating[Any]]) -> Found:
        """Return what is found, best first, of ``boxes`` (A, 4), pixels of the square, and ``scores`` (A, classes)."""
        anchor, label = np.nonzero(scores > self.least_score)
        score = scores[anchor, label].astype(np.float64)
        best = np.argsort(-score, kind="stable")[: self.most_boxes]
        xyxy = boxes[anchor[best]].astype(np.float64).reshape(-1, 4)
        keep = thinned(xyxy, label[best], self.nms_iou)
        return Found(xyxy[keep], score[best][keep], label[best][keep].astype(np.int64))

    def as_json(self) -> dict[str, Any]:
        """Return the fields, to be kept beside the weights."""
        return asdict(self)


def thinned(xyxy: F8, labels: I8, iou: float, most: int = MOST_FOUND) -> I8:
    """Return the places of the first ``most`` boxes that no box before them of their class overlaps by more than
    ``iou``.

    Greedy non-maximum suppression; boxes come best first.
    """
    return suppression.thinned(
        np.ascontiguousarray(xyxy, np.float64), np.ascontiguousarray(labels, np.int64), float(iou), most
    )
