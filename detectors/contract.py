"""What a detector is, and the table of those there are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from detectors.detections import Detections, Finds
from detectors.postprocess import Postprocess
from rendersdg.errors import BadArgument
from rendersdg.registry import Registry

MASK_STRIDE = 4  # pixels of the square for each cell of a mask that is learned


@dataclass(frozen=True, slots=True)
class Target:
    """The truth of one square: ``xyxy`` (N, 4) float32 in its pixels, exclusive; ``labels`` (N,) int64 from 0.

    ``masks`` (N, S / 4, S / 4) float32 says which share of each cell of 4 x 4 pixels an object covers, 0 to 1;
    ``oriented`` (N, 5) float32 are the objects' oriented boxes (:mod:`detectors.oriented`). None where the detector
    does not find them.
    """

    xyxy: Tensor
    labels: Tensor
    masks: Tensor | None = None
    oriented: Tensor | None = None

    def to(self, device: torch.device) -> Target:
        """Return the target on a device."""
        masks, oriented = (None if t is None else t.to(device) for t in (self.masks, self.oriented))
        return Target(self.xyxy.to(device), self.labels.to(device), masks, oriented)


class Detector(nn.Module):  # type: ignore[misc] # torch is not looked into
    """A network with its loss and its decoding. Images are (B, 3, S, S) float tensors, RGB, 0 to 1.

    ``rate`` is the AdamW learning rate that trains it from scratch at batch 16; ``nms_iou`` the overlap above which the
    weaker of two boxes of a class goes; ``licence`` what those who ship it must know, nothing where it asks nothing.
    ``class_major`` names layers whose rows lie class by class; in others they lie anchor by anchor. ``finds`` is
    what it learns and says of an object: its box, its box and its mask, or its oriented box.
    """

    rate: float = 1e-3
    class_major: tuple[str, ...] = ()
    pretrained_rate: float | None = None  # where the backbone begins with weights; None: the same
    nms_iou: float = 0.5
    licence: str = ""
    finds: Finds = "boxes"

    def rate_of(self, *, pretrained: bool) -> float:
        """Return the learning rate that suits a network whose backbone is or isn't pretrained."""
        return self.rate if not pretrained or self.pretrained_rate is None else self.pretrained_rate

    @abstractmethod
    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return the parts of the loss of a batch, scalars whose sum is what is minimised. Needs ``train()``.

        Args:
            images: (B, 3, S, S) float32 RGB, 0 to 1.
            targets: the truth of each image.
        """

    @abstractmethod
    def dense(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return (B, A, 4) boxes in pixels of the square and (B, A, classes) scores, 0 to 1,
        before any is thinned. Needs ``eval()``.

        A detector of masks also returns (B, A, K) coefficients and (B, K, S / k, S / k) prototypes, see
        :mod:`detectors.masks`. A detector of oriented boxes returns (B, A, 1) angles in radians, by which each box is
        turned about its middle, clockwise as the image is seen. This is what is exported; boxes of score 0 may fill up
        the rows of a batch.
        """

    def detect(self, images: Tensor) -> list[Detections]:
        """Return the boxes of each image, in pixels of the square, without masks. Needs ``eval()``."""
        used = 3 if self.finds == "oriented boxes" else 2
        outputs = [t.float().cpu().numpy() for t in self.dense(images)[:used]]
        return [Postprocess(self.nms_iou)(*one) for one in zip(*outputs)]

    def features(self, images: Tensor) -> Tensor:
        """Return the finest map (B, C, S / stride, S / stride) of the neck, which boxes are found in.

        Raises BadArgument where the network does not say which that is.
        """
        raise BadArgument(
            "objective=pixels: this detector does not say what its features are; light_lite0, fcos_* and retinanet_* do"
        )

    def stages(self) -> list[list[nn.Module]]:
        """Return the modules of the backbone by stage, from the images on; none where it has no stages."""
        return []

    def load_pretrained(self) -> None:
        """Load weights that the backbone learned on ImageNet. Raises BadArgument where there are none for it."""
        raise BadArgument(
            "pretrained: there are no weights for this detector's backbone; detectors named *_lite0 have them, "
            "--weights takes others from a file"
        )

    def translated(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return tensors of a weights file by the names that are used here, where its maker has others."""
        return state

    def freeze(self, stages: int) -> None:
        """Keep the first so many stages of the backbone as they are, batch norm's moments included.

        Raises BadArgument when there are not as many.
        """
        there = self.stages()
        if stages > len(there):
            raise BadArgument(
                f"freeze={stages}: the backbone has {len(there)} stages"
                if there
                else f"freeze={stages}: this detector's backbone has no stages"
            )
        self._frozen = [module for stage in there[:stages] for module in stage]
        for module in self._frozen:
            module.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> Detector:
        """Set the mode of training or evaluation; what is frozen stays in evaluation."""
        super().train(mode)
        for module in getattr(self, "_frozen", ()):
            module.eval()
        return self


DETECTORS: Registry[Callable[[int, int], Detector]] = Registry(  # (number of classes, size in pixels) -> Detector
    "detector",
    {
        "yolo11n": "detectors.models.yolo:yolo11n",
        "yolo11s": "detectors.models.yolo:yolo11s",
        "yolo11m": "detectors.models.yolo:yolo11m",
        "yolo11l": "detectors.models.yolo:yolo11l",
        "yolo11x": "detectors.models.yolo:yolo11x",
        "yolov8n": "detectors.models.yolo:yolov8n",
        "yolov8s": "detectors.models.yolo:yolov8s",
        "yolov8m": "detectors.models.yolo:yolov8m",
        "yolov8l": "detectors.models.yolo:yolov8l",
        "yolov8x": "detectors.models.yolo:yolov8x",
        "yolo11n-seg": "detectors.models.yolo_masks:yolo11n_seg",
        "yolo11s-seg": "detectors.models.yolo_masks:yolo11s_seg",
        "yolo11m-seg": "detectors.models.yolo_masks:yolo11m_seg",
        "yolov8n-seg": "detectors.models.yolo_masks:yolov8n_seg",
        "yolov8s-seg": "detectors.models.yolo_masks:yolov8s_seg",
        "yolov8m-seg": "detectors.models.yolo_masks:yolov8m_seg",
        "yolo11n-obb": "detectors.models.yolo_oriented:yolo11n_obb",
        "yolo11s-obb": "detectors.models.yolo_oriented:yolo11s_obb",
        "yolo11m-obb": "detectors.models.yolo_oriented:yolo11m_obb",
        "yolov8n-obb": "detectors.models.yolo_oriented:yolov8n_obb",
        "yolov8s-obb": "detectors.models.yolo_oriented:yolov8s_obb",
        "yolov8m-obb": "detectors.models.yolo_oriented:yolov8m_obb",
        "fasterrcnn_mobilenet": "detectors.models.torchvision:fasterrcnn_mobilenet",
        "fasterrcnn_resnet50": "detectors.models.torchvision:fasterrcnn_resnet50",
        "retinanet_resnet18": "detectors.models.torchvision:retinanet_resnet18",
        "retinanet_resnet50": "detectors.models.torchvision:retinanet_resnet50",
        "fcos_resnet18": "detectors.models.torchvision:fcos_resnet18",
        "fcos_resnet50": "detectors.models.torchvision:fcos_resnet50",
        "fcos_vit": "detectors.models.torchvision:fcos_vit",
        "fcos_fastervit": "detectors.models.torchvision:fcos_fastervit",
        "fcos_lite0": "detectors.models.torchvision:fcos_lite0",
        "retinanet_lite0": "detectors.models.torchvision:retinanet_lite0",
        "light_lite0": "detectors.models.light:light_lite0",
        "light_lite0-seg": "detectors.models.light_masks:light_lite0_seg",
        "light_lite0-obb": "detectors.models.light_oriented:light_lite0_obb",
        "ssdlite_mobilenet": "detectors.models.torchvision:ssdlite_mobilenet",
    },
)
