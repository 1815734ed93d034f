"""Ultralytics' YOLO networks, from scratch (extra ``yolo``; the library and its networks are under AGPL-3.0).

Only the network and its loss are taken: training, evaluation and data are ours,
so nothing is downloaded and nothing is sent.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import torch
import yaml
from torch import Tensor, nn

from detectors.contract import Detector, Target
from rendersdg.errors import BadArgument
from rendersdg.files import scratch_folder
from rendersdg.plain import Json

_GAINS = {"box": 7.5, "cls": 0.5, "dfl": 1.5}  # weights of the loss, ultralytics' defaults


_LICENCE = (
    "licence: the yolo networks come from ultralytics, under AGPL-3.0: a product that ships or serves them is expected "
    "to be so as a whole, or to hold a paid licence of theirs; other detectors are not (rendersdg list detectors)"
)


class Yolo(Detector):
    """A YOLO network with the task-aligned loss."""

    rate = 2e-3
    nms_iou = 0.7  # as ultralytics validates
    licence = _LICENCE

    kind = "DetectionModel"  # ultralytics' class of the network

    def __init__(self, name: str, classes: int) -> None:
        super().__init__()
        tasks = _library()
        self.net: Any = getattr(tasks, self.kind)(_layers(tasks, name), ch=3, nc=classes, verbose=False)
        self.net.args = SimpleNamespace(**_GAINS)

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return the scalars ``box``, ``class`` and ``dfl``, means over the batch; see :meth:`Detector.losses`."""
        parts, _ = self.net.loss(self._batch(images, targets))
        return dict(zip(("box", "class", "dfl"), parts / len(targets)))

    def _batch(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return a batch as ultralytics' losses take it."""
        size = images.shape[-1]
        xyxy = torch.cat([t.xyxy for t in targets]) / size
        owner = torch.cat([torch.full((len(t.labels),), float(k)) for k, t in enumerate(targets)])
        return {
            "img": images,
            "batch_idx": owner.to(images.device),
            "cls": torch.cat([t.labels for t in targets]).float().view(-1, 1),
            "bboxes": torch.cat([(xyxy[:, :2] + xyxy[:, 2:]) / 2, xyxy[:, 2:] - xyxy[:, :2]], dim=1),
        }

    def dense(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return boxes (B, A, 4) and scores (B, A, classes); see :meth:`Detector.dense`."""
        raw = self.net(images)
        prediction = (
            raw[0] if isinstance(raw, (tuple, list)) else raw
        )  # (B, 4 + classes, anchors): centre, size, scores
        centre, size, scores = prediction.transpose(1, 2).split([2, 2, prediction.shape[1] - 4], dim=2)
        return torch.cat([centre - size / 2, centre + size / 2], dim=2), scores

    def stages(self) -> list[list[nn.Module]]:
        """Return the backbone's stages, up to the maps at strides 4, 8, 16 and 32; see the base class."""
        layers, ends = list(self.net.model), (3, 5, 7, len(self.net.yaml["backbone"]))
        return [layers[start:end] for start, end in zip((0, *ends), ends)]


def _layers(tasks: Any, name: str) -> Json:
    """Return ultralytics' own description of a network, such as ``yolo11n`` or ``yolo11n-seg``.

    By its name, ultralytics would prefer a file of the working folder, and evaluates expressions in it.
    """
    plain, dash, task = name.partition("-")
    family, scale = plain[:-1], plain[-1]
    folder = Path(tasks.__file__).parents[1] / "cfg" / "models" / family.removeprefix("yolo")
    layers: Json = yaml.safe_load((folder / f"{family}{dash}{task}.yaml").read_text(encoding="utf-8"))
    return layers | {"scale": scale, "yaml_file": f"{name}.yaml"}


def _library() -> Any:
    """Return ultralytics.nn.tasks, imported without its downloads and messages, and without what its import sets of
    other libraries: threads of torch and OpenCV, how NumPy prints, and functions of OpenCV and Pillow that it replaces.
    """
    from PIL import Image

    replaced = [
        (Image, "open", Image.open),
        *((cv2, name, getattr(cv2, name)) for name in ("imread", "imwrite", "imshow")),
    ]
    threads, cv_threads = torch.get_num_threads(), cv2.getNumThreads()
    omp = os.environ.get("OMP_NUM_THREADS")
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    os.environ.setdefault("YOLO_VERBOSE", "false")
    if "YOLO_CONFIG_DIR" not in os.environ:
        os.environ["YOLO_CONFIG_DIR"] = str(scratch_folder("yolo"))
    try:
        with np.printoptions():  # puts back what is set inside
            from ultralytics.nn import tasks
    except ImportError:
        raise BadArgument(
            "YOLO networks need the extra yolo: pip install 'rendersdg[yolo]' (ultralytics, AGPL-3.0); "
            "the other detectors do without"
        ) from None
    if omp is None:
        os.environ.pop("OMP_NUM_THREADS", None)  # its import leaves 1 there
    torch.set_num_threads(threads)
    cv2.setNumThreads(cv_threads)
    for module, name, function in replaced:
        setattr(module, name, function)
    return tasks


def yolo11n(classes: int, size: int) -> Detector:
    """YOLO11 nano, 2.6 M parameters (AGPL-3.0)."""
    return Yolo("yolo11n", classes)


def yolo11s(classes: int, size: int) -> Detector:
    """YOLO11 small, 9.4 M parameters (AGPL-3.0)."""
    return Yolo("yolo11s", classes)


def yolo11m(classes: int, size: int) -> Detector:
    """YOLO11 medium, 20.1 M parameters (AGPL-3.0)."""
    return Yolo("yolo11m", classes)


def yolo11l(classes: int, size: int) -> Detector:
    """YOLO11 large, 25.3 M parameters (AGPL-3.0)."""
    return Yolo("yolo11l", classes)


def yolo11x(classes: int, size: int) -> Detector:
    """YOLO11 extra large, 56.9 M parameters (AGPL-3.0)."""
    return Yolo("yolo11x", classes)


def yolov8n(classes: int, size: int) -> Detector:
    """YOLOv8 nano, 3.0 M parameters (AGPL-3.0)."""
    return Yolo("yolov8n", classes)


def yolov8s(classes: int, size: int) -> Detector:
    """YOLOv8 small, 11.1 M parameters (AGPL-3.0)."""
    return Yolo("yolov8s", classes)


def yolov8m(classes: int, size: int) -> Detector:
    """YOLOv8 medium, 25.9 M parameters (AGPL-3.0)."""
    return Yolo("yolov8m", classes)


def yolov8l(classes: int, size: int) -> Detector:
    """YOLOv8 large, 43.6 M parameters (AGPL-3.0)."""
    return Yolo("yolov8l", classes)


def yolov8x(classes: int, size: int) -> Detector:
    """YOLOv8 extra large, 68.2 M parameters (AGPL-3.0)."""
    return Yolo("yolov8x", classes)
