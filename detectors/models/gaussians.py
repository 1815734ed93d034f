"""Rectangles as Gaussians, and how far two of them are apart: a loss that knows no edge of an angle.

Llerena et al. 2021, arXiv 2106.06072: a rectangle is the normal distribution whose variance is that of its area, and
two are as near as their Hellinger distance says. Its covariance is a function of twice the angle, so nothing jumps
where an angle comes round, nor where width and height change places.
"""

from __future__ import annotations

import torch
from torch import Tensor

_LEAST = 1e-3  # pixels^2: of a variance, so that a line has one across, too
_NEAR = 1e-7  # of a squared distance: its root has no slope at 0


def covariances(sides: Tensor, direction: Tensor) -> Tensor:
    """Return the variance (..., 3) of rectangles along x, along y and of both together.

    Args:
        sides: width and height (..., 2), pixels.
        direction: cosine and sine (..., 2) of twice the angle.
    """
    variances = sides.square() / 12
    mean, half = variances.mean(-1), (variances[..., 0] - variances[..., 1]) / 2
    along, across = half * direction[..., 0], half * direction[..., 1]
    return torch.stack([mean + along + _LEAST, mean - along + _LEAST, across], dim=-1)


def nearness(middles: Tensor, covariance: Tensor, other_middles: Tensor, other_covariance: Tensor) -> Tensor:
    """Return how near rectangles are to others (...), 1 less the Hellinger distance of their Gaussians: 1 for the same.

    Args:
        middles: (..., 2), pixels.
        covariance: (..., 3) of :func:`covariances`.
        other_middles: of the others.
        other_covariance: of the others.
    """
    a, b, c = (covariance + other_covariance).unbind(-1)
    x, y = (middles - other_middles).unbind(-1)
    joint = (a * b - c.square()).clamp(min=_LEAST**2)
    distance = (a * y.square() + b * x.square() - 2 * c * x * y) / (4 * joint)
    own, others = (_determinant(one) for one in (covariance, other_covariance))
    # log first: the determinants of large rectangles are beyond what single precision multiplies
    spread = (joint.log() - torch.log(torch.tensor(4.0)) - (own.log() + others.log()) / 2) / 2
    similarity = torch.exp(-(distance + spread).clamp(0, 100))
    return 1 - (1 - similarity + _NEAR).sqrt()


def _determinant(covariance: Tensor) -> Tensor:
    a, b, c = covariance.unbind(-1)
    return (a * b - c.square()).clamp(min=_LEAST**2)
