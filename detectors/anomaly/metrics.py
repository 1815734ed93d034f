"""How well heat maps find anomalies, as MVTec AD measures it: AUROC of images and of pixels, and AU-PRO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from rendersdg.arrays import F4, F8, I8, Mask
from rendersdg.errors import BadArgument

FALSE_POSITIVES = 0.3  # the share of good pixels up to which AU-PRO looks (Bergmann et al. 2019)


@dataclass(frozen=True, slots=True)
class AnomalyScores:
    """How well a set was judged; each number is 0 to 1, NaN where the set cannot say (no good image, no mask).

    ``image_auroc`` is of images by their scores, ``pixel_auroc`` of all pixels by the heat maps, ``au_pro`` the mean
    share of a defect that is found, over shares of good pixels that are called bad, from 0 to 0.3, divided by 0.3.
    """

    image_auroc: float
    pixel_auroc: float
    au_pro: float


def scores_of(heats: Sequence[F4], image_scores: F8, masks: Sequence[Mask | None], is_bad: Mask) -> AnomalyScores:
    """Return all three numbers of a set.

    Args:
        heats: a map (H, W) float32 an image, higher where it looks worse.
        image_scores: (N,) a score an image, higher for a worse one.
        masks: (H, W), where it is defective; None for an image whose pixels nobody labelled, which is left out of what
            is about pixels.
        is_bad: (N,) whether an image shows a defect.

    Raises:
        BadArgument: the lengths differ, a mask has another shape than its map, or a number is not finite.
    """
    known = [(heat, mask) for heat, mask in zip(heats, masks) if mask is not None]
    return AnomalyScores(
        auroc(image_scores, is_bad),
        auroc(*_flat(known)) if known else float("nan"),
        au_pro([heat for heat, _ in known], [mask for _, mask in known]) if known else float("nan"),
    )


def auroc(scores: F8 | F4, is_bad: Mask) -> float:
    """Return the area under the ROC curve: how often a bad one scores higher than a good one, ties counted as half.

    It is Mann and Whitney's U over the number of pairs (Hanley and McNeil 1982), and NaN without a good or a bad one.

    Args:
        scores: (N,), higher for worse.
        is_bad: (N,).

    Raises:
        BadArgument: the lengths differ, or a score is not finite.

    >>> auroc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    0.75
    """
    _check(scores, is_bad)
    bad = int(is_bad.sum())
    good = len(is_bad) - bad
    if not bad or not good:
        return float("nan")
    order = np.argsort(scores, kind="stable")
    ends = _last_of_ties(scores[order])
    worse = np.diff(np.cumsum(is_bad[order])[ends], prepend=0).astype(np.float64)  # bad ones of each distinct score
    better = np.diff(ends, prepend=-1) - worse
    below = np.cumsum(better) - better
    return float(((below + better / 2) * worse).sum() / (float(bad) * good))


def au_pro(heats: Sequence[F4], masks: Sequence[Mask], limit: float = FALSE_POSITIVES) -> float:
    """Return the normalised area under the per-region overlap curve, 0 to 1 (Bergmann et al. 2019, 2021).

    At each threshold the overlap is the mean, over all 8-connected regions of all masks, of the share of the region
    that lies at or above it. The curve is drawn over the share of all good pixels at or above it, by straight lines
    between distinct scores, and its area up to ``limit`` is divided by ``limit``. NaN without a region or a good pixel.

    Args:
        heats: (H, W) float32, one an image, higher for worse.
        masks: (H, W), where the image is defective; of a good image all False.
        limit: the share of good pixels, above 0, at most 1.

    Raises:
        BadArgument: a mask has another shape than its map, a number is not finite, or ``limit`` is out of its range.
    """
    if not 0 < limit <= 1:
        raise BadArgument(f"limit={limit} is not above 0 and at most 1")
    shares, scores = _shares(heats, masks)
    is_good = shares == 0
    good, regions = int(is_good.sum()), float(np.round(shares.sum()))
    if not good or not regions:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ends = _last_of_ties(scores[order])
    found = np.concatenate([[0.0], np.cumsum(shares[order])[ends] / regions])
    false = np.concatenate([[0.0], np.cumsum(is_good[order])[ends] / good])
    return _area(false, found, limit) / limit


def regions(mask: Mask) -> tuple[int, I8]:
    """Return how many 8-connected regions a mask (H, W) has, and (H, W) int64 their numbers from 1, 0 elsewhere."""
    count, numbers = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return count - 1, numbers.astype(np.int64)


def _shares(heats: Sequence[F4], masks: Sequence[Mask]) -> tuple[F8, F8]:
    """Return of each pixel which share of its region it is, 0 for a good one, and its score."""
    scores, is_bad = _flat(list(zip(heats, masks, strict=True)))
    parts = []
    for mask in masks:
        _, numbers = regions(mask)
        sizes = np.maximum(np.bincount(numbers.ravel()), 1)
        parts.append(np.where(numbers > 0, 1.0 / sizes[numbers], 0.0).ravel())
    assert len(is_bad) == sum(map(len, parts))
    return np.concatenate(parts), scores.astype(np.float64)


def _area(x: F8, y: F8, limit: float) -> float:
    """Return the area under straight lines from point to point, from 0 to ``limit``."""
    whole = int(np.searchsorted(x, limit, side="right"))  # points at or before the limit
    xs, ys = x[:whole], y[:whole]
    if whole < len(x) and xs[-1] < limit:
        part = (limit - xs[-1]) / (x[whole] - xs[-1])
        xs, ys = np.append(xs, limit), np.append(ys, ys[-1] + part * (y[whole] - ys[-1]))
    return float(np.trapezoid(ys, xs))


def _last_of_ties(ordered: F8 | F4) -> I8:
    """Return the place of the last of each run of equal values."""
    return np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)


def _flat(pairs: Sequence[tuple[F4, Mask]]) -> tuple[F4, Mask]:
    """Return the scores of all pixels, and whether each is defective."""
    for k, (heat, mask) in enumerate(pairs):
        if heat.shape != mask.shape:
            raise BadArgument(f"heat map {k + 1} has shape {heat.shape}, its mask {mask.shape}")
        if not np.isfinite(heat).all():
            raise BadArgument(f"heat map {k + 1} holds a number that is not finite")
    if not pairs:
        return np.zeros(0, np.float32), np.zeros(0, bool)
    return np.concatenate([heat.ravel() for heat, _ in pairs]), np.concatenate([mask.ravel() for _, mask in pairs])


def _check(scores: F8 | F4, is_bad: Mask) -> None:
    if scores.shape != is_bad.shape or scores.ndim != 1:
        raise BadArgument(f"scores have shape {scores.shape}, and what is bad {is_bad.shape}; both are (N,)")
    if not np.isfinite(scores).all():
        raise BadArgument("a score is not a finite number")
