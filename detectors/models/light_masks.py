"""The light detector with instance masks: prototypes of the finest map, and coefficients beside each box.

After YOLACT (Bolya et al. 2019, arXiv 1904.02689): the masks need no second stage, so the network stays one graph with
boxes, scores, coefficients and prototypes as its outputs, which an export and eight bits suit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from detectors.contract import Detector, Target
from detectors.models.light import STRIDES, WIDTH, LightDetector, separable

_PROTOTYPES = 32
_MOST_MASKS = 100  # boxes of an image whose masks are learned in one step, as YOLACT bounds its memory
_MASK_WEIGHT = 6.125  # of the masks' loss, YOLACT's


class LightMasks(LightDetector):
    """A :class:`LightDetector` that also gives masks; see the file's first lines."""

    finds = "masks"

    def __init__(self, kind: str, classes: int) -> None:
        super().__init__(kind, classes)
        self.coefficients = nn.ModuleList(
            nn.Sequential(separable(WIDTH, 3), nn.Conv2d(WIDTH, _PROTOTYPES, 1)) for _ in STRIDES
        )
        self.coarse = nn.Sequential(separable(WIDTH, 3), separable(WIDTH, 3))
        self.fine = nn.Sequential(separable(WIDTH, 3), nn.Conv2d(WIDTH, _PROTOTYPES, 1))

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Return the scalars ``class``, ``box`` and ``mask``; see the base class.

        ``mask`` is cross entropy with the share that an object covers of each cell, inside of its box: the mean over
        the cells, then over the boxes that answer for an object.
        """
        maps = self._maps(images)
        parts, owners = self._losses_of(self._of_boxes(maps), targets)
        coefficients, prototypes = (t.float() for t in self._of_masks(maps))
        total, count = (
            (coefficients.sum() + prototypes.sum()) * 0,
            0,
        )  # every weight has a gradient, without objects too
        for own, shapes, owner, truth in zip(coefficients, prototypes, owners, targets):
            (taken,) = torch.nonzero(owner >= 0, as_tuple=True)
            if truth.masks is None or not len(taken):
                continue
            taken = taken[:: -(-len(taken) // _MOST_MASKS)]
            total = total + mask_loss(own[taken], shapes, truth, owner[taken]).sum()
            count += len(taken)
        return parts | {"mask": _MASK_WEIGHT * total / max(count, 1)}

    def dense(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return boxes, scores, coefficients and prototypes; see :meth:`Detector.dense`."""
        maps = self._maps(images)
        logits, boxes, _ = self._of_boxes(maps)
        return boxes.clamp(0, images.shape[-1]), logits.sigmoid(), *self._of_masks(maps)

    def _of_masks(self, maps: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Return coefficients (B, A, K) and prototypes (B, K, S / 4, S / 4)."""
        rows = [head(m).flatten(2).transpose(1, 2) for head, m in zip(self.coefficients, maps)]
        larger = functional.interpolate(self.coarse(maps[0]), scale_factor=2.0, mode="nearest")
        return torch.cat(rows, dim=1), self.fine(larger)


def mask_loss(coefficients: Tensor, prototypes: Tensor, truth: Target, owner: Tensor) -> Tensor:
    """Return the loss (P,) of the masks of P boxes of one image: cross entropy, the mean over the cells of each box.

    Args:
        coefficients: (P, K).
        prototypes: (K, h, w).
        truth: the N objects, with masks (N, h, w) of the prototypes' size.
        owner: (P,) int64, which object a box answers for.
    """
    assert truth.masks is not None
    logits = torch.einsum("pk,khw->phw", coefficients, prototypes)
    wrong = functional.binary_cross_entropy_with_logits(logits, truth.masks[owner], reduction="none")
    inside = _cells_of(truth.xyxy / 4, logits.shape[1], logits.shape[2])[owner]
    return (wrong * inside).sum((1, 2)) / inside.sum((1, 2)).clamp(min=1)


def _cells_of(xyxy: Tensor, height: int, width: int) -> Tensor:
    """Return (N, h, w), 1 for each cell that a box touches; ``xyxy`` (N, 4) counts cells."""
    x, y = (torch.arange(side, device=xyxy.device, dtype=xyxy.dtype) for side in (width, height))
    across = (x[None] + 1 > xyxy[:, :1]) & (x[None] < xyxy[:, 2:3])
    down = (y[None] + 1 > xyxy[:, 1:2]) & (y[None] < xyxy[:, 3:])
    return (down[:, :, None] & across[:, None]).to(xyxy.dtype)


def light_lite0_seg(classes: int, size: int) -> Detector:
    """The light detector with instance masks on EfficientNet-Lite0, 3.3 M parameters; weights from ImageNet."""
    return LightMasks("lite0", classes)
