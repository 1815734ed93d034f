"""Ultralytics' YOLO networks, from scratch (extra ``yolo``; the library and its networks are under AGPL-3.0).

Only the network and its loss are taken: training, evaluation and data are ours, so nothing is downloaded and nothing is sent.
"""

from __future__ import annotations

import os
import tempfile
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor
from torchvision.ops import batched_nms

from detectors.contract import Detector, Target, found_of, load_fitting
from detectors.found import Found
from rendersdg.errors import BadArgument

_GAINS = {"box": 7.5, "cls": 0.5, "dfl": 1.5}  # weights of the loss, ultralytics' defaults
_LEAST_SCORE, _NMS_IOU, _MOST_BOXES = 0.001, 0.7, 3000  # as ultralytics validates


class Yolo(Detector):
    """A YOLO network with the task-aligned loss."""

    rate = 2e-3

    def __init__(self, name: str, classes: int) -> None:
        super().__init__()
        self.net: Any = _library().DetectionModel(f"{name}.yaml", ch=3, nc=classes, verbose=False)
        self.net.args = SimpleNamespace(**_GAINS)

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        size = images.shape[-1]
        xyxy = torch.cat([t.xyxy for t in targets]) / size
        owner = torch.cat([torch.full((len(t.labels),), float(k)) for k, t in enumerate(targets)])
        batch = {
            "img": images,
            "batch_idx": owner.to(images.device),
            "cls": torch.cat([t.labels for t in targets]).float().view(-1, 1),
            "bboxes": torch.cat([(xyxy[:, :2] + xyxy[:, 2:]) / 2, xyxy[:, 2:] - xyxy[:, :2]], dim=1),
        }
        parts, _ = self.net.loss(batch)
        return dict(zip(("box", "class", "dfl"), parts / len(targets)))

    def detect(self, images: Tensor) -> list[Found]:
        raw = self.net(images)
        prediction = (raw[0] if isinstance(raw, (tuple, list)) else raw).float()
        found = []
        for one in prediction.transpose(1, 2):  # (anchors, 4 + classes): centre, size, a score for each class
            box, score = one[:, :4], one[:, 4:]
            anchors, labels = torch.where(score > _LEAST_SCORE)
            scores = score[anchors, labels]
            best = torch.argsort(scores, descending=True, stable=True)[:_MOST_BOXES]
            anchors, labels, scores = anchors[best], labels[best], scores[best]
            half = box[anchors, 2:] / 2
            xyxy = torch.cat([box[anchors, :2] - half, box[anchors, :2] + half], dim=1)
            keep = batched_nms(xyxy, scores, labels, _NMS_IOU)
            found.append(found_of(xyxy[keep], scores[keep], labels[keep]))
        return found

    def load_foreign(self, file: str) -> list[str]:
        """Load an ultralytics .pt (a pickle: from people you trust only) or a state dictionary; see the base class."""
        try:
            return super().load_foreign(file)
        except Exception:  # weights_only refuses pickled networks by an exception of pickle's
            found = torch.load(file, map_location="cpu", weights_only=False)
            net = found.get("ema") or found["model"]
            return load_fitting(self.net, net.float().state_dict())


def _library() -> Any:
    """Return ultralytics.nn.tasks, imported without its downloads, messages and thread settings."""
    threads = torch.get_num_threads()
    omp = os.environ.get("OMP_NUM_THREADS")
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    os.environ.setdefault("YOLO_VERBOSE", "false")
    if "YOLO_CONFIG_DIR" not in os.environ:
        os.environ["YOLO_CONFIG_DIR"] = tempfile.mkdtemp(prefix="rendersdg_yolo_")
    try:
        from ultralytics.nn import tasks
    except ImportError:
        raise BadArgument(
            "YOLO networks need the extra yolo: pip install 'rendersdg[yolo]' (ultralytics, AGPL-3.0); "
            "the other detectors do without"
        ) from None
    if omp is None:
        os.environ.pop("OMP_NUM_THREADS", None)  # its import leaves 1 there
    torch.set_num_threads(threads)
    return tasks


def yolo11n(classes: int, size: int) -> Detector:
    """YOLO11 nano, 2.6 M parameters (AGPL-3.0)."""
    return Yolo("yolo11n", classes)


def yolo11s(classes: int, size: int) -> Detector:
    """YOLO11 small, 9.4 M parameters (AGPL-3.0)."""
    return Yolo("yolo11s", classes)


def yolov8n(classes: int, size: int) -> Detector:
    """YOLOv8 nano, 3.0 M parameters (AGPL-3.0)."""
    return Yolo("yolov8n", classes)


def yolov8s(classes: int, size: int) -> Detector:
    """YOLOv8 small, 11.1 M parameters (AGPL-3.0)."""
    return Yolo("yolov8s", classes)
