"""From a network's dense output to boxes: the same NumPy code behind torch, ONNX and OpenVINO, float and INT8."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from detectors.found import MOST_FOUND, Found
from rendersdg.compiled import OPTIONS


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


def thinned(
    xyxy: NDArray[np.float64], labels: NDArray[np.int64], iou: float, most: int = MOST_FOUND
) -> NDArray[np.int64]:
    """Return the places of the first ``most`` boxes that no box before them of their class overlaps by more than ``iou``.

    Greedy non-maximum suppression; boxes come best first.
    """
    found: NDArray[np.int64] = _thinned(
        np.ascontiguousarray(xyxy, np.float64), np.ascontiguousarray(labels, np.int64), float(iou), most
    )
    return found


@njit(**OPTIONS)
def _thinned(xyxy: Any, labels: Any, iou: Any, most: Any) -> Any:
    count = len(xyxy)
    area = np.empty(count)
    for i in range(count):
        area[i] = max(xyxy[i, 2] - xyxy[i, 0], 0.0) * max(xyxy[i, 3] - xyxy[i, 1], 0.0)
    gone = np.zeros(count, np.bool_)
    kept = np.empty(min(count, most), np.int64)
    found = 0
    for i in range(count):
        if gone[i]:
            continue
        if found == most:
            break
        kept[found] = i
        found += 1
        for j in range(i + 1, count):
            if gone[j] or labels[j] != labels[i]:
                continue
            width = min(xyxy[i, 2], xyxy[j, 2]) - max(xyxy[i, 0], xyxy[j, 0])
            height = min(xyxy[i, 3], xyxy[j, 3]) - max(xyxy[i, 1], xyxy[j, 1])
            shared = max(width, 0.0) * max(height, 0.0)
            gone[j] = shared > iou * max(area[i] + area[j] - shared, 1e-12)
    return kept[:found]
