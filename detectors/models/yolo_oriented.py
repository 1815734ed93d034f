"""Ultralytics' YOLO networks of oriented boxes, from scratch (extra ``yolo``, AGPL-3.0); see :mod:`.yolo`."""

from __future__ import annotations

import math
from types import SimpleNamespace

import torch
from torch import Tensor

from detectors.contract import Detector, Target
from detectors.models.yolo import Yolo

_LEAST_ANGLE = -math.pi / 4  # of ultralytics' networks, radians; they reach half a turn from there
_ANGLE_GAIN = 1.0  # weight of the angle's loss, ultralytics' default


class YoloOriented(Yolo):
    """A YOLO network that also gives the angle of each box, with ultralytics' loss of it."""

    kind = "OBBModel"
    finds = "oriented boxes"
    nms_iou = 0.4  # of rectangles: they lose overlap faster than upright boxes when one is turned a little

    def __init__(self, name: str, classes: int) -> None:
        super().__init__(name, classes)
        self.net.args = SimpleNamespace(**vars(self.net.args), angle=_ANGLE_GAIN)

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return the scalars ``box``, ``class`` and ``dfl``, and ``angle`` where this version of ultralytics has it.

        See :meth:`Detector.losses`. Ultralytics' loss leaves out objects with a side below two pixels.
        """
        size = images.shape[-1]
        rows = [t.oriented if t.oriented is not None else images.new_zeros((0, 5)) for t in targets]
        rectangles = torch.cat(rows) / images.new_tensor([size, size, size, size, 1])
        # within the range that the network's angles have: half a turn would swap the distances that it learns
        rectangles[:, 4] = (rectangles[:, 4] - _LEAST_ANGLE).remainder(math.pi) + _LEAST_ANGLE
        parts, _ = self.net.loss(self._batch(images, targets) | {"bboxes": rectangles})
        return dict(zip(("box", "class", "dfl", "angle"), parts / len(targets)))

    def dense(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return boxes, scores and angles; see :meth:`Detector.dense`."""
        raw = self.net(images)
        prediction = raw[0] if isinstance(raw, (tuple, list)) else raw  # (B, 4 + classes + 1, anchors)
        widths = [2, 2, prediction.shape[1] - 5, 1]
        centre, size, scores, angles = prediction.transpose(1, 2).split(widths, dim=2)
        return torch.cat([centre - size / 2, centre + size / 2], dim=2), scores, angles


def yolo11n_obb(classes: int, size: int) -> Detector:
    """YOLO11 nano with oriented boxes, 2.7 M parameters (AGPL-3.0)."""
    return YoloOriented("yolo11n-obb", classes)


def yolo11s_obb(classes: int, size: int) -> Detector:
    """YOLO11 small with oriented boxes, 9.7 M parameters (AGPL-3.0)."""
    return YoloOriented("yolo11s-obb", classes)


def yolo11m_obb(classes: int, size: int) -> Detector:
    """YOLO11 medium with oriented boxes, 20.9 M parameters (AGPL-3.0)."""
    return YoloOriented("yolo11m-obb", classes)


def yolov8n_obb(classes: int, size: int) -> Detector:
    """YOLOv8 nano with oriented boxes, 3.1 M parameters (AGPL-3.0)."""
    return YoloOriented("yolov8n-obb", classes)


def yolov8s_obb(classes: int, size: int) -> Detector:
    """YOLOv8 small with oriented boxes, 11.4 M parameters (AGPL-3.0)."""
    return YoloOriented("yolov8s-obb", classes)


def yolov8m_obb(classes: int, size: int) -> Detector:
    """YOLOv8 medium with oriented boxes, 26.4 M parameters (AGPL-3.0)."""
    return YoloOriented("yolov8m-obb", classes)
