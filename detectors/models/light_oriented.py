"""The light detector with oriented boxes: the direction of a box by a head of its own, beside its place and its sides.

The direction is cosine and sine of twice the angle: one point of a circle for each way that a rectangle can lie. A
range of angles has two ends, which lie side by side in the picture; a circle has none. It is learned by the distance of
Gaussians (:mod:`.gaussians`), and objects are assigned by it too, as in YOLOv8's detector of oriented boxes. A square's
Gaussian is round, so that its angle is learned by a small loss beside it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.contract import Detector, Target
from detectors.models.alignment import assigned, with_nearest
from detectors.models.gaussians import covariances, nearness
from detectors.models.light import STRIDES, WIDTH, LightDetector, separable

_BOX_WEIGHT = 4.0  # of the boxes' loss beside the scores'
_ANGLE_WEIGHT = 0.5  # of the angle's own: enough for squares, little beside what tells long boxes


class _OrientedHead(nn.Module):  # type: ignore[misc] # torch is not looked into
    """Where the middle of a box lies, and which way it is turned, for each cell of a map."""

    def __init__(self) -> None:
        super().__init__()
        self.filters = nn.Sequential(separable(WIDTH, 3), separable(WIDTH, 3))
        self.numbers = nn.Conv2d(WIDTH, 4, 1)
        nn.init.normal_(self.numbers.weight, std=0.01)
        self.numbers.bias.data.copy_(torch.tensor([0.0, 0, 1, 0]))  # about the cell, and not turned, at first

    def forward(self, maps: Tensor) -> Tensor:
        """Return (B, H * W, 4): x and y from the cell's middle in strides, and the direction, of any length."""
        out: Tensor = self.numbers(self.filters(maps)).flatten(2).transpose(1, 2)
        return out


class LightOriented(LightDetector):
    """A :class:`LightDetector` that finds oriented boxes; see the file's first lines."""

    finds = "oriented boxes"
    nms_iou = 0.4

    def __init__(self, kind: str, classes: int) -> None:
        super().__init__(kind, classes)
        self.turned = nn.ModuleList(_OrientedHead() for _ in STRIDES)

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return the scalars ``class``, ``box`` and ``angle``, sums over the batch by the wanted scores' sum.

        ``class`` is cross entropy with the wanted scores, ``box`` 1 less the nearness of Gaussians, ``angle`` half of 1
        less the cosine of four times the angle between, which is what two squares differ by; both weighed by them.
        """
        logits, boxes, points, directions = self._of_maps(self._maps(images))
        logits, boxes, directions = logits.float(), boxes.float(), _of_length_one(directions.float())
        middles, sides = (boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]
        spread = covariances(sides, directions)
        wanted = torch.zeros_like(logits)
        box = angle = (boxes.sum() + directions.sum()) * 0  # every weight has a gradient, without objects too
        total = logits.new_zeros(())
        for place, truth in enumerate(targets):
            if truth.oriented is None or not len(truth.labels):
                continue
            true_spread, true_way = _of_truth(truth.oriented)
            true_middles = truth.oriented[:, :2]
            with torch.no_grad():
                near = nearness(true_middles[:, None], true_spread[:, None], middles[place][None], spread[place][None])
                inside = _inside(points, truth.oriented)
                score, owner = assigned(logits[place].sigmoid(), near.clamp(min=0), inside, truth.labels)
            (taken,) = torch.nonzero(owner >= 0, as_tuple=True)
            own, weight = owner[taken], score[taken]
            wanted[place, taken, truth.labels[own]] = weight
            total = total + weight.sum()
            found = nearness(middles[place, taken], spread[place, taken], true_middles[own], true_spread[own])
            box = box + ((1 - found) * weight).sum()
            apart = (1 - _cosine_of_double(directions[place, taken], true_way[own])) / 2
            angle = angle + (apart * weight).sum()
        total = total.clamp(min=1)
        scores = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="sum")
        return {"class": scores / total, "box": _BOX_WEIGHT * box / total, "angle": _ANGLE_WEIGHT * angle / total}

    def dense(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return boxes, scores and angles; see :meth:`Detector.dense`."""
        logits, boxes, _, directions = self._of_maps(self._maps(images))
        angles = torch.atan2(directions[..., 1:], directions[..., :1]) / 2
        return boxes, logits.sigmoid(), angles

    def _of_maps(self, maps: list[Tensor]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return logits (B, A, classes), boxes (B, A, 4) before they are turned, their points (A, 2), and directions
        (B, A, 2).

        The light detector's distances add up to the two sides. The middle has numbers of its own, along the image's
        axes: so nothing but the direction depends on the angle.
        """
        logits, boxes, points = self._of_boxes(maps)
        numbers = torch.cat([head(m) for head, m in zip(self.turned, maps)], dim=1)
        strides = torch.cat([points.new_full((m.shape[2] * m.shape[3], 1), float(s)) for m, s in zip(maps, STRIDES)])
        middles, half = points + numbers[..., :2] * strides, (boxes[..., 2:] - boxes[..., :2]) / 2
        return logits, torch.cat([middles - half, middles + half], dim=2), points, numbers[..., 2:]


def _of_truth(rectangles: Tensor) -> tuple[Tensor, Tensor]:
    """Return the covariances (N, 3) and the directions (N, 2) of true rectangles (N, 5)."""
    double = 2 * rectangles[:, 4]
    way = torch.stack([double.cos(), double.sin()], dim=1)
    return covariances(rectangles[:, 2:4], way), way


def _of_length_one(directions: Tensor) -> Tensor:
    return directions / directions.square().sum(-1, keepdim=True).add(1e-6).sqrt()


def _cosine_of_double(a: Tensor, b: Tensor) -> Tensor:
    """Return the cosine of twice the angle between directions (..., 2) of length 1."""
    return 2 * (a * b).sum(-1).square() - 1


def _inside(points: Tensor, rectangles: Tensor) -> Tensor:
    """Return (N, A), whether a point lies in a rectangle.

    A thin one is taken to be as wide as the finest cells; one without a point has the one nearest to its middle.
    """
    x, y = (points[None] - rectangles[:, None, :2]).unbind(-1)
    cosine, sine = rectangles[:, 4:].cos(), rectangles[:, 4:].sin()
    half = rectangles[:, 2:4].clamp(min=STRIDES[0]) / 2
    inside = ((x * cosine + y * sine).abs() < half[:, :1]) & ((y * cosine - x * sine).abs() < half[:, 1:])
    return with_nearest(inside, points, rectangles[:, :2])


def light_lite0_obb(classes: int, size: int) -> Detector:
    """The light detector with oriented boxes on EfficientNet-Lite0, 3.3 M parameters; weights from ImageNet."""
    return LightOriented("lite0", classes)
