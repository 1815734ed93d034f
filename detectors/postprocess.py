"""From a network's dense output to boxes: the same NumPy code behind torch, ONNX and OpenVINO, float and INT8."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from detectors import oriented
from detectors.detections import MOST_DETECTIONS, Detections
from rendersdg.arrays import F4, F8, I8, Mask
from rendersdg.kernels import suppression
from rendersdg.plain import Json

NESTED = 0.8  # share of the smaller of two boxes from which the worse one is a duplicate


@dataclass(frozen=True, slots=True)
class Postprocess:
    """Boxes of a score above ``least_score``, at most ``most_boxes`` of them, thinned class by class at ``nms_iou``.

    Two are for what is shown, not for scores: ``nested``, see :func:`without_nested`, where 1 keeps all; and
    ``best_class``, with which a place of the network has a box of its best class alone, as ultralytics' ``predict``
    has it.
    """

    nms_iou: float
    least_score: float = 0.001
    most_boxes: int = 3000
    nested: float = 1.0
    best_class: bool = False

    def __call__(self, boxes: F4 | F8, scores: F4 | F8, angles: F4 | F8 | None = None) -> Detections:
        """Return the detections, best first, of ``boxes`` (A, 4), pixels of the square, and ``scores`` (A, classes).

        ``angles`` (A, 1) radians turn each box about its middle; they are thinned by what is shared of them so.
        """
        return self.picked(boxes, scores, angles)[0]

    def picked(self, boxes: F4 | F8, scores: F4 | F8, angles: F4 | F8 | None = None) -> tuple[Detections, I8]:
        """Return the detections and which of the A boxes each of them is, (N,) int64."""
        sure = scores > self.least_score
        if self.best_class and scores.size:
            sure &= np.arange(scores.shape[1]) == scores.argmax(axis=1)[:, None]
        anchor, label = np.nonzero(sure)
        score = scores[anchor, label].astype(np.float64)
        best = np.argsort(-score, kind="stable")[: self.most_boxes]
        xyxy = boxes[anchor[best]].astype(np.float64).reshape(-1, 4)
        rectangles = None
        if angles is None:
            keep = thinned(xyxy, label[best], self.nms_iou)
        else:
            rectangles = oriented.turned(xyxy, angles[anchor[best]].astype(np.float64).reshape(-1))
            keep = oriented.thinned(rectangles, label[best], self.nms_iou, MOST_DETECTIONS)
            xyxy, rectangles = oriented.enclosing(rectangles), rectangles[keep]
        labels = label[best][keep].astype(np.int64)
        found, rows = Detections(xyxy[keep], score[best][keep], labels, oriented=rectangles), anchor[best][keep]
        if self.nested >= 1:
            return found, rows
        apart = is_apart(found, self.nested)
        return found.where(apart), rows[apart]

    def as_json(self) -> Json:
        """Return the fields, to be kept beside the weights; what is shown is not theirs to say."""
        return {name: value for name, value in asdict(self).items() if name not in ("nested", "best_class")}


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


def without_nested(found: Detections, share: float) -> Detections:
    """Return detections without those that lie within a better one of their class, or around it.

    Thinning by IoU keeps a small box inside of a large one: the two have little in common for their union. People see
    one thing found twice. Here a box goes when it shares ``share`` of the smaller one's area with a better box that
    stays. Two objects of a class of which one hides the other that much come out as one: 38 of 3,195 true boxes of
    NEU-DET lie so, and none of 521 of DeepPCB's, BSData's and magnetic tiles' samples.

    Args:
        found: best first.
        share: of the smaller box's area, 0 to 1.
    """
    return found.where(is_apart(found, share))


def is_apart(found: Detections, share: float) -> Mask:
    """Return which detections (N,) stay in :func:`without_nested`."""
    keep = np.ones(len(found.scores), bool)
    if found.oriented is None:
        area = (found.xyxy[:, 2:] - found.xyxy[:, :2]).prod(1)
    else:
        area = found.oriented[:, 2:4].prod(1)
    area = np.maximum(area, 1e-12)
    for k in range(len(keep)):
        if not keep[k]:
            continue
        rest = np.flatnonzero(keep[k + 1 :] & (found.labels[k + 1 :] == found.labels[k])) + k + 1
        keep[rest[_shared(found, k, rest) / np.minimum(area[rest], area[k]) >= share]] = False
    return keep


def _shared(found: Detections, k: int, rest: I8) -> F8:
    """Return the areas (K,) that detection ``k`` shares with each of ``rest`` (K,)."""
    if found.oriented is not None:
        return np.asarray(oriented.shared_by(found.oriented[k : k + 1], found.oriented[rest])[0], np.float64)
    size = np.minimum(found.xyxy[rest, 2:], found.xyxy[k, 2:]) - np.maximum(found.xyxy[rest, :2], found.xyxy[k, :2])
    return np.asarray(np.maximum(size, 0).prod(1), np.float64)
