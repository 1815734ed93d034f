"""COCO's matching of detections with boxes, kept per image, so that average precision can be drawn again over images.

The rules are those of COCOeval.evaluateImg and accumulate (public COCO API); the suite holds them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.detections import MOST_DETECTIONS, Detections
from detectors.samples import Sample
from rendersdg.arrays import F8, I8, Mask

IOUS = np.linspace(0.5, 0.95, 10)  # COCO's ten thresholds
_RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True, slots=True)
class Matches:
    """Detections of one class over all images, best first.

    ``scores`` (D,); ``image`` (D,) index of the image; ``right`` and ``counted`` (T, D): matched at that IoU, and not
    set aside by a crowd region; ``boxes`` (images,) number of boxes to find in each.
    """

    scores: F8
    image: I8
    right: Mask
    counted: Mask
    boxes: I8


# (what was found, an image, which of its objects (M,), which of these are crowd regions (M,)) -> (N, M) overlap, 0 to 1
Overlap = Callable[[Detections, Sample, I8, Mask], F8]


def box_overlap(found: Detections, sample: Sample, own: I8, crowd: Mask) -> F8:
    """Return (N, M) how much boxes overlap those of the objects ``own`` (M,) of an image; see :func:`box_iou`."""
    return box_iou(found.xyxy, sample.xyxy[own], crowd)


def match_class(
    truth: Sequence[Sample],
    detections: Sequence[Detections],
    label: int,
    ious: F8 = IOUS,
    *,
    overlap: Overlap = box_overlap,
) -> Matches:
    """Return how detections of one class match its boxes.

    Args:
        truth: the images.
        detections: one :class:`Detections` for each of them.
        label: the class, an index.
        ious: thresholds (T,) float64, 0 to 1; COCO's ten by default.
        overlap: how much a detection and an object share; of their boxes by default.
    """
    scores, image, right, counted, boxes = [], [], [], [], []
    for k, (sample, one) in enumerate(zip(truth, detections)):
        own = np.flatnonzero(sample.labels == label)
        assert sample.crowd is not None
        crowd = sample.crowd[own]
        boxes.append(int((~crowd).sum()))
        pick = np.flatnonzero(one.labels == label)
        pick = pick[np.argsort(-one.scores[pick], kind="mergesort")][:MOST_DETECTIONS]
        if not len(pick):
            continue
        order = np.argsort(crowd, kind="mergesort")  # crowd regions last
        own, crowd = own[order], crowd[order]
        shared = overlap(one.at(pick), sample, own, crowd) if len(own) else np.zeros((len(pick), 0))
        hit, set_aside = _match(shared, crowd, ious)
        scores.append(one.scores[pick])
        image.append(np.full(len(pick), k))
        right.append(hit & ~set_aside)
        counted.append(~set_aside)
    if not scores:
        none = np.zeros((len(ious), 0), bool)
        return Matches(np.zeros(0), np.zeros(0, np.int64), none, none, np.array(boxes))
    joined = np.concatenate(scores)
    best = np.argsort(-joined, kind="mergesort")
    return Matches(
        joined[best],
        np.concatenate(image)[best],
        np.concatenate(right, 1)[:, best],
        np.concatenate(counted, 1)[:, best],
        np.array(boxes),
    )


def _match(overlap: F8, crowd: Mask, ious: F8) -> tuple[Mask, Mask]:
    """Return (T, D) whether a detection was matched, and whether with a crowd region.

    ``overlap`` is (D, G) of detections, best first, with objects, crowd regions last.
    """
    hit = np.zeros((len(ious), len(overlap)), bool)
    aside = np.zeros_like(hit)
    if not overlap.shape[1]:
        return hit, aside
    # best first, each detection takes the box that it overlaps most and that none before it took; a crowd region may be
    # taken again and again, but only by what fits no box
    for t, threshold in enumerate(ious):
        taken = np.zeros(len(crowd), bool)
        for d in range(len(overlap)):
            best, at = min(threshold, 1 - 1e-10), -1
            for g in range(len(crowd)):
                if taken[g] and not crowd[g]:
                    continue
                if at > -1 and not crowd[at] and crowd[g]:
                    break  # a box matches: crowd regions, which come last, do not matter
                if overlap[d, g] >= best:
                    best, at = overlap[d, g], g
            if at > -1:
                hit[t, d], aside[t, d], taken[at] = True, crowd[at], True
    return hit, aside


def box_iou(a: F8, b: F8, crowd: Mask | None = None) -> F8:
    """Return (N, M) intersection over union of boxes; over the area of ``a`` alone where ``b`` is a crowd region."""
    size = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    shared = np.maximum(size, 0).prod(2)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(1), (b[:, 2:] - b[:, :2]).prod(1)
    union = (
        area_a[:, None] + np.where(np.zeros(len(b), bool) if crowd is None else crowd, shared, area_b[None]) - shared
    )
    return shared / np.maximum(union, 1e-12)


def average_precision(matches: Matches, weights: F8 | None = None, only: tuple[int, ...] | None = None) -> F8:
    """Return (T,) average precision, interpolated at 101 recalls as COCO does; NaN where there is no box to find.

    ``weights`` (images,) says how often each image counts, for the bootstrap; ``only`` picks thresholds by place.
    """
    hits, counted = matches.right, matches.counted
    if only is not None:
        hits, counted = hits[list(only)], counted[list(only)]
    per_image = np.ones(len(matches.boxes)) if weights is None else weights
    total = float((matches.boxes * per_image).sum())
    if total <= 0:
        return np.full(len(hits), np.nan)
    each = per_image[matches.image]
    right = np.cumsum(hits * each, axis=1)
    wrong = np.cumsum((~hits & counted) * each, axis=1)
    recall = right / total
    precision = right / np.maximum(right + wrong, np.spacing(1))
    # the envelope: at each recall the best precision that this or a higher recall is reached with
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    out = np.zeros(len(recall))
    for t in range(len(recall)):
        at = np.searchsorted(recall[t], _RECALLS, side="left")
        inside = at < len(recall[t])
        out[t] = precision[t][at[inside]].sum() / len(_RECALLS)
    return out
