"""Ultralytics' YOLO networks of instance masks, from scratch (extra ``yolo``, AGPL-3.0); see :mod:`.yolo`."""

from __future__ import annotations

import torch
from torch import Tensor

from detectors.contract import Detector, Target
from detectors.models.yolo import Yolo


class YoloMasks(Yolo):
    """A YOLO network that also gives prototypes and coefficients of masks, with ultralytics' loss of them."""

    kind = "SegmentationModel"
    finds = "masks"

    def __init__(self, name: str, classes: int) -> None:
        super().__init__(name, classes)
        self.net.args.overlap_mask = False  # each object has a mask of its own, so that they may overlap

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return the scalars ``box``, ``mask``, ``class`` and ``dfl``; see :meth:`Detector.losses`."""
        side = images.shape[-1] // 4
        masks = [t.masks if t.masks is not None else images.new_zeros((0, side, side)) for t in targets]
        parts, _ = self.net.loss(self._batch(images, targets) | {"masks": torch.cat(masks)})
        return dict(zip(("box", "mask", "class", "dfl"), parts / len(targets)))

    def dense(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return boxes, scores, coefficients and prototypes; see :meth:`Detector.dense`."""
        first, *rest = self.net(images)
        # older versions give the prototypes last of what follows the predictions
        prediction, prototypes = first if isinstance(first, (tuple, list)) else (first, rest[0][-1])
        count = prototypes.shape[1]
        widths = [2, 2, prediction.shape[1] - 4 - count, count]
        centre, size, scores, coefficients = prediction.transpose(1, 2).split(widths, dim=2)
        return torch.cat([centre - size / 2, centre + size / 2], dim=2), scores, coefficients, prototypes


def yolo11n_seg(classes: int, size: int) -> Detector:
    """YOLO11 nano with instance masks, 2.8 M parameters (AGPL-3.0)."""
    return YoloMasks("yolo11n-seg", classes)


def yolo11s_seg(classes: int, size: int) -> Detector:
    """YOLO11 small with instance masks, 10.1 M parameters (AGPL-3.0)."""
    return YoloMasks("yolo11s-seg", classes)


def yolo11m_seg(classes: int, size: int) -> Detector:
    """YOLO11 medium with instance masks, 22.4 M parameters (AGPL-3.0)."""
    return YoloMasks("yolo11m-seg", classes)


def yolov8n_seg(classes: int, size: int) -> Detector:
    """YOLOv8 nano with instance masks, 3.3 M parameters (AGPL-3.0)."""
    return YoloMasks("yolov8n-seg", classes)


def yolov8s_seg(classes: int, size: int) -> Detector:
    """YOLOv8 small with instance masks, 11.8 M parameters (AGPL-3.0)."""
    return YoloMasks("yolov8s-seg", classes)


def yolov8m_seg(classes: int, size: int) -> Detector:
    """YOLOv8 medium with instance masks, 27.2 M parameters (AGPL-3.0)."""
    return YoloMasks("yolov8m-seg", classes)
