"""From a network's dense output to boxes: the same NumPy code behind torch, ONNX and OpenVINO, float and INT8."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from detectors.detections import MOST_DETECTIONS, Detections
from rendersdg.arrays import F4, F8, I8
from rendersdg.kernels import suppression
from rendersdg.plain import Json


@dataclass(frozen=True, slots=True)
class Postprocess:
    """Boxes of a score above ``least_score``, at most ``most_boxes`` of them, thinned class by class at ``nms_iou``."""

    nms_iou: float
    least_score: float = 0.001
    most_boxes: int = 3000

    def __call__(self, boxes: F4 | F8, scores: F4 | F8) -> Detections:
        """Return the detections, best first, of ``boxes`` (A, 4), pixels of the square, and ``scores`` (A, classes)."""
        anchor, label = np.nonzero(scores > self.least_score)
        score = scores[anchor, label].astype(np.float64)
        best = np.argsort(-score, kind="stable")[: self.most_boxes]
        xyxy = boxes[anchor[best]].astype(np.float64).reshape(-1, 4)
        keep = thinned(xyxy, label[best], self.nms_iou)
        return Detections(xyxy[keep], score[best][keep], label[best][keep].astype(np.int64))

    def as_json(self) -> Json:
        """Return the fields, to be kept beside the weights."""
        return asdict(self)


def thinned(xyxy: F8, labels: I8, iou: float, most: int = MOST_DETECTIONS) -> I8:
    """Return the places of the boxes that stay: no box before them of their class overlaps them by more than ``iou``.

    This is greedy non-maximum suppression.

    Args:
        xyxy: boxes (N, 4) float64, best first.
        labels: (N,) int64.
        iou: 0 to 1.
        most: how many stay at most.

    Returns:
        Indices (M,) int64, in order.
    """
    return suppression.thinned(
        np.ascontiguousarray(xyxy, np.float64), np.ascontiguousarray(labels, np.int64), float(iou), most
    )
