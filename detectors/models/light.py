"""A light detector without anchors: EfficientNet-Lite, a pyramid and a head of depthwise separable convolutions.

Made for few operations and for eight bits: ReLU6, batch norm after each filter, no attention, distances to the sides
without bins. The pyramid goes down and up again (Liu et al. 2018, PANet, arXiv 1803.01534), the head is decoupled (Ge
et al. 2021, YOLOX, arXiv 2107.08430), and objects are assigned by task alignment.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import generalized_box_iou_loss

from detectors.contract import Detector, Target
from detectors.models.alignment import aligned
from detectors.models.depthwise import DepthwiseConv2d
from detectors.models.efficientnet_lite import EfficientNetLite, imagenet_state, load_strictly, renamed

STRIDES = (8, 16, 32)
WIDTH = 96  # channels of the pyramid and the head
_PRIOR = 0.01  # score of a class before anything is learned, as in RetinaNet (arXiv 1708.02002)
_BOX_WEIGHT = 2.0  # of the boxes' loss beside the scores', as in TOOD


def _activated(convolution: nn.Conv2d) -> nn.Sequential:
    return nn.Sequential(convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU6())


def _mix(inputs: int, outputs: int) -> nn.Sequential:
    return _activated(nn.Conv2d(inputs, outputs, 1, bias=False))


def separable(width: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Return a filter of each channel, and a mix of the channels."""
    return nn.Sequential(_activated(DepthwiseConv2d(width, kernel, stride)), _mix(width, width))


class LightPyramid(nn.Module):  # type: ignore[misc] # torch is not looked into
    """Three maps of one width, each of which has seen the finer and the coarser ones."""

    def __init__(self, channels: tuple[int, ...], width: int = WIDTH) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(_mix(c, width) for c in channels)
        self.down = nn.ModuleList(separable(width, 5) for _ in channels[1:])
        self.shrink = nn.ModuleList(separable(width, 5, 2) for _ in channels[1:])
        self.up = nn.ModuleList(separable(width, 5) for _ in channels[1:])

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Return maps (B, width, H, W), of the sizes of ``maps``, whose sides halve from one to the next."""
        out = [lateral(m) for lateral, m in zip(self.lateral, maps)]
        for k in reversed(range(len(self.down))):
            larger = functional.interpolate(out[k + 1], scale_factor=2.0, mode="nearest")
            out[k] = self.down[k](out[k] + larger)
        for k, (shrink, up) in enumerate(zip(self.shrink, self.up)):
            out[k + 1] = up(out[k + 1] + shrink(out[k]))
        return out


class _LevelHead(nn.Module):  # type: ignore[misc]
    """Scores and distances of one map, each by convolutions of its own."""

    def __init__(self, classes: int, width: int = WIDTH) -> None:
        super().__init__()
        self.score_filters = nn.Sequential(separable(width, 3), separable(width, 3))
        self.box_filters = nn.Sequential(separable(width, 3), separable(width, 3))
        self.scores, self.distances = nn.Conv2d(width, classes, 1), nn.Conv2d(width, 4, 1)
        for layer in (self.scores, self.distances):
            nn.init.normal_(layer.weight, std=0.01)
        nn.init.constant_(self.scores.bias, -math.log((1 - _PRIOR) / _PRIOR))
        nn.init.constant_(self.distances.bias, 2.0)  # a box of four strides

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (B, H * W, classes) and distances to the sides (B, H * W, 4), in strides."""
        logits = self.scores(self.score_filters(maps)).flatten(2).transpose(1, 2)
        return logits, functional.softplus(self.distances(self.box_filters(maps)).flatten(2).transpose(1, 2))


class LightDetector(Detector):
    """EfficientNet-Lite below a light pyramid and head; see the file's first lines."""

    rate = 2e-3
    nms_iou = 0.6

    def __init__(self, kind: str, classes: int) -> None:
        super().__init__()
        self.backbone = EfficientNetLite(kind)
        self.pyramid = LightPyramid(self.backbone.channels[1:])
        self.heads = nn.ModuleList(_LevelHead(classes) for _ in STRIDES)

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return the scalars ``class`` and ``box``, sums over the batch by the wanted scores' sum; see the base class.

        ``class`` is cross entropy with the wanted scores, ``box`` GIoU's loss (arXiv 1902.09630) weighed by them.
        """
        return self._losses_of(self._raw(images), targets)[0]

    def _losses_of(
        self, raw: tuple[Tensor, Tensor, Tensor], targets: list[Target]
    ) -> tuple[dict[str, Tensor], list[Tensor]]:
        """Return the scalars of the loss, and for each image which object each of its A boxes answers for (A,), -1 for
        none.
        """
        logits, boxes, points = raw[0].float(), raw[1].float(), raw[2]
        with torch.no_grad():
            answers = [aligned(s, b, points, t) for s, b, t in zip(logits.sigmoid(), boxes, targets)]
        wanted = torch.zeros_like(logits)
        total = torch.stack([score.sum() for score, _ in answers]).sum().clamp(min=1)
        box = boxes.new_zeros(())
        for place, ((score, owner), truth) in enumerate(zip(answers, targets)):
            (taken,) = torch.nonzero(owner >= 0, as_tuple=True)
            wanted[place, taken, truth.labels[owner[taken]]] = score[taken]
            apart = generalized_box_iou_loss(boxes[place, taken], truth.xyxy[owner[taken]])
            box = box + (apart * score[taken]).sum()
        scores = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="sum")
        return {"class": scores / total, "box": _BOX_WEIGHT * box / total}, [owner for _, owner in answers]

    def dense(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return boxes (B, A, 4) and scores (B, A, classes); see :meth:`Detector.dense`."""
        logits, boxes, _ = self._raw(images)
        return boxes.clamp(0, images.shape[-1]), logits.sigmoid()

    def _maps(self, images: Tensor) -> list[Tensor]:
        """Return the pyramid's maps, strides 8, 16 and 32."""
        maps: list[Tensor] = self.pyramid(self.backbone(images)[1:])
        return maps

    def _raw(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits (B, A, classes), boxes (B, A, 4) and their points (A, 2), in pixels of the square."""
        return self._of_boxes(self._maps(images))

    def _of_boxes(self, maps: list[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Return logits (B, A, classes), boxes (B, A, 4) and their points (A, 2), in pixels of the square."""
        logits, distances = zip(*(head(m) for head, m in zip(self.heads, maps)))
        places = [_points(m, stride) for m, stride in zip(maps, STRIDES)]
        points = torch.cat(places)
        strides = torch.cat([p.new_full((len(p), 1), float(s)) for p, s in zip(places, STRIDES)])
        sides = torch.cat(distances, dim=1) * strides
        boxes = torch.cat([points - sides[..., :2], points + sides[..., 2:]], dim=2)
        return torch.cat(logits, dim=1), boxes, points

    def features(self, images: Tensor) -> Tensor:
        """Return the finest map of the pyramid; see the base class."""
        return self._maps(images)[0]

    def stages(self) -> list[list[nn.Module]]:
        """Return the backbone's four stages; see the base class."""
        return self.backbone.stages()

    def load_pretrained(self) -> None:
        """Load ImageNet's weights into the backbone; see the base class."""
        load_strictly(self.backbone, imagenet_state(self.backbone.kind), self.backbone.kind)

    def translated(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return tensors by our names; see the base class."""
        return renamed(state, self.backbone.kind)


def _points(maps: Tensor, stride: int) -> Tensor:
    """Return (H * W, 2), x and y in pixels of the middles of the cells of a map (B, C, H, W), row by row."""
    height, width = (int(side) for side in maps.shape[2:])
    x = (torch.arange(width, device=maps.device, dtype=torch.float32) + 0.5) * stride
    y = (torch.arange(height, device=maps.device, dtype=torch.float32) + 0.5) * stride
    return torch.stack([x.repeat(height), y.repeat_interleave(width)], dim=1)


def light_lite0(classes: int, size: int) -> Detector:
    """A light head without anchors on EfficientNet-Lite0, 3.2 M parameters; weights from ImageNet."""
    return LightDetector("lite0", classes)
