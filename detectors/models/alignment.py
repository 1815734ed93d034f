"""Which of a dense detector's boxes shall answer for which object: task-aligned assignment.

Feng et al. 2021, TOOD, arXiv 2108.07755: the boxes that already score well and lie well for an object are its own.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.ops import box_iou

from detectors.contract import Target

_CANDIDATES = 10  # boxes an object has at most
_SCORE_POWER, _OVERLAP_POWER = 0.5, 6.0  # of the alignment, score^a IoU^b
_LEAST = 1e-9


def aligned(scores: Tensor, xyxy: Tensor, points: Tensor, truth: Target) -> tuple[Tensor, Tensor]:
    """Return what an image's A dense boxes shall say: the score (A,) and the object (A,) int64, -1 for none.

    See :func:`assigned`; the overlap is IoU.

    Args:
        scores: (A, classes), 0 to 1.
        xyxy: the boxes (A, 4) in pixels of the square.
        points: (A, 2), x and y of the places that they are seen from, in pixels.
        truth: the N objects.
    """
    return assigned(scores, box_iou(truth.xyxy, xyxy).nan_to_num(0), _inside(points, truth.xyxy), truth.labels)


def assigned(scores: Tensor, overlap: Tensor, own: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return what an image's A dense boxes shall say: the score (A,) and the object (A,) int64, -1 for none.

    An object's candidates are the boxes whose points lie inside of it; where none does, the box of the nearest point.
    Of these the best aligned are its own. The best one's wanted score is its overlap, the others' are in proportion. A
    box that several objects want goes to the one that it overlaps most.

    Args:
        scores: (A, classes), 0 to 1.
        overlap: (N, A), how much each box overlaps each object, 0 to 1.
        own: (N, A) bool, the candidates of each object.
        labels: (N,) int64 of the objects.
    """
    wanted, owner = scores.new_zeros(len(scores)), labels.new_full((len(scores),), -1)
    if len(labels) == 0:
        return wanted, owner
    alignment = scores[:, labels].T.float() ** _SCORE_POWER * overlap**_OVERLAP_POWER
    # what lies inside stays ahead of what does not, where all overlaps are nothing
    rank = (alignment + _LEAST) * own
    best = rank.topk(min(_CANDIDATES, len(scores)), dim=1)
    own = torch.zeros_like(own).scatter(1, best.indices, best.values > 0)
    contested = torch.where(own, overlap + _LEAST, overlap.new_zeros(()))
    strongest, object_of = contested.max(0)
    taken = strongest > 0
    owner[taken] = object_of[taken]
    own = own & (owner[None] == torch.arange(len(labels), device=owner.device)[:, None])
    most_alignment = (alignment * own).amax(1, keepdim=True)
    most_overlap = (overlap * own).amax(1, keepdim=True)
    share = alignment / (most_alignment + _LEAST) * most_overlap
    wanted[taken] = (share * own).amax(0)[taken].to(wanted.dtype)
    return wanted, owner


def _inside(points: Tensor, boxes: Tensor) -> Tensor:
    """Return (N, A), whether a point lies in a box; a box without a point has the one nearest to its middle."""
    sides = torch.cat([points[None] - boxes[:, None, :2], boxes[:, None, 2:] - points[None]], dim=2)
    return with_nearest(sides.amin(2) > 0, points, (boxes[:, :2] + boxes[:, 2:]) / 2)


def with_nearest(inside: Tensor, points: Tensor, middles: Tensor) -> Tensor:
    """Return which of A points lie in N objects (N, A), the one nearest to its middle (N, 2) for an object without."""
    if not len(middles):
        return inside
    nearest = torch.cdist(middles, points.to(middles.dtype)).argmin(1)
    empty = ~inside.any(1)
    inside[empty, nearest[empty]] = True
    return inside
