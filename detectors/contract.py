"""What a detector is, and the table of those there are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from detectors.detections import Detections
from detectors.foreign import foreign_state
from detectors.postprocess import Postprocess
from rendersdg.registry import Registry


@dataclass(frozen=True, slots=True)
class Target:
    """The truth of one square: ``xyxy`` (N, 4) float32 in its pixels, exclusive; ``labels`` (N,) int64 from 0."""

    xyxy: Tensor
    labels: Tensor


class Detector(nn.Module):  # type: ignore[misc] # torch is not looked into
    """A network with its loss and its decoding. Images are (B, 3, S, S) float tensors, RGB, 0 to 1.

    ``rate`` is the AdamW learning rate that trains it from scratch at batch 16; ``nms_iou`` the overlap above which the
    weaker of two boxes of a class goes.
    """

    rate: float = 1e-3
    nms_iou: float = 0.5

    @abstractmethod
    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return the parts of the loss of a batch, scalars whose sum is what is minimised. Needs ``train()``.

        Args:
            images: (B, 3, S, S) float32 RGB, 0 to 1.
            targets: the truth of each image.
        """

    @abstractmethod
    def dense(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return (B, A, 4) boxes in pixels of the square and (B, A, classes) scores, 0 to 1,
        before any is thinned. Needs ``eval()``.

        This is what is exported; boxes of score 0 may fill up the rows of a batch.
        """

    def detect(self, images: Tensor) -> list[Detections]:
        """Return the detections of each image, in pixels of the square. Needs ``eval()``."""
        boxes, scores = (t.float().cpu().numpy() for t in self.dense(images))
        return [Postprocess(self.nms_iou)(*one) for one in zip(boxes, scores)]

    def load_foreign(self, file: str, *, trust: bool = False) -> list[str]:
        """Load what fits of a weights file made elsewhere; return the names of parameters that it did not give.

        Args:
            file: of torch.
            trust: whether code that it brings may run, see :func:`detectors.foreign.foreign_state`.

        Raises:
            NotTrusted: it holds more than tensors.
            DatasetError: it cannot be read.
        """
        return load_fitting(self, foreign_state(Path(file), trust=trust))


def load_fitting(module: nn.Module, state: dict[str, Tensor]) -> list[str]:
    """Load the tensors whose name and shape fit; return the names that got none.

    ``state`` holds tensors by name, scalars and of any shape, as ``state_dict()`` gives them.
    """
    own = module.state_dict()
    fitting = {k: v for k, v in state.items() if k in own and own[k].shape == v.shape}
    module.load_state_dict(fitting, strict=False)
    return sorted(set(own) - set(fitting))


DETECTORS: Registry[Callable[[int, int], Detector]] = Registry(  # (number of classes, size in pixels) -> Detector
    "detector",
    {
        "yolo11n": "detectors.models.yolo:yolo11n",
        "yolo11s": "detectors.models.yolo:yolo11s",
        "yolov8n": "detectors.models.yolo:yolov8n",
        "yolov8s": "detectors.models.yolo:yolov8s",
        "fasterrcnn_mobilenet": "detectors.models.torchvision:fasterrcnn_mobilenet",
        "fasterrcnn_resnet50": "detectors.models.torchvision:fasterrcnn_resnet50",
        "retinanet_resnet18": "detectors.models.torchvision:retinanet_resnet18",
        "retinanet_resnet50": "detectors.models.torchvision:retinanet_resnet50",
        "fcos_resnet18": "detectors.models.torchvision:fcos_resnet18",
        "fcos_resnet50": "detectors.models.torchvision:fcos_resnet50",
        "fcos_vit": "detectors.models.torchvision:fcos_vit",
        "ssdlite_mobilenet": "detectors.models.torchvision:ssdlite_mobilenet",
    },
)
