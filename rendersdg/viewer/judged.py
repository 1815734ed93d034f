"""Predictions beside truth, image by image: which are right, which are false alarms, and what was missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from detectors import oriented
from detectors.detections import Detections
from detectors.matching import box_iou
from detectors.samples import Sample
from rendersdg.arrays import I8, Mask

IOU = 0.5  # from which on a prediction shows the object, as in mAP50


@dataclass(frozen=True, slots=True)
class Judged:
    """The predictions of one image from a least score on, best first.

    Attributes:
        found: the predictions.
        match: (N,) the object that each one shows, -1 for none.
        aside: (N,) whether it lies in a region of many objects, and is neither right nor wrong.
        missed: the objects that none shows; regions of many are not among them.
    """

    found: Detections
    match: I8
    aside: Mask
    missed: tuple[int, ...]

    @property
    def right(self) -> int:
        """How many show an object."""
        return int((self.match >= 0).sum())

    @property
    def wrong(self) -> int:
        """How many are false alarms."""
        return int(((self.match < 0) & ~self.aside).sum())

    def as_json(self) -> dict[str, Any]:
        """Return the predictions as the page draws them."""
        rows = zip(self.found.xyxy, self.found.scores, self.found.labels, self.match, self.aside)
        return {
            "found": [
                {
                    "box": [round(float(v), 2) for v in box],
                    "score": float(score),
                    "label": int(label),
                    "right": bool(match >= 0),
                    "aside": bool(aside),
                    "match": int(match),
                }
                for box, score, label, match, aside in rows
            ],
            "missed": list(self.missed),
            "counts": {"right": self.right, "wrong": self.wrong, "missed": len(self.missed)},
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """How many predictions of an image are right and wrong, how many objects are missed, and the ``loudest`` score of
    a prediction that shows none, 0 without one.
    """

    right: int
    wrong: int
    missed: int
    loudest: float


def counts_of(one: Judged) -> Counts:
    """Return the counts of an image."""
    loudest = max((float(s) for s, m in zip(one.found.scores, one.match) if m < 0), default=0.0)
    return Counts(one.right, one.wrong, len(one.missed), loudest)


def judged(sample: Sample, found: Detections, least: float, iou: float = IOU) -> Judged:
    """Return which predictions show which object, by COCO's rule: the best score first takes the box it covers most.

    Args:
        sample: the truth; its classes are those of the predictions.
        found: what a detector found.
        least: predictions of lower scores are left out.
        iou: the least overlap.
    """
    keep = found.scores >= least
    found = found.where(keep)
    assert sample.crowd is not None
    match = np.full(len(found.scores), -1)
    aside = np.zeros(len(found.scores), bool)
    overlap = np.zeros((len(match), 0))
    if len(sample.xyxy) and found.oriented is not None:
        overlap = oriented.iou(found.oriented, oriented.of_sample(sample), sample.crowd)
    elif len(sample.xyxy):
        overlap = box_iou(found.xyxy, sample.xyxy, sample.crowd)
    free = ~sample.crowd
    for k in np.argsort(-found.scores, kind="stable"):
        same = sample.labels == found.labels[k]
        fits = np.where(same & free & (overlap[k] >= iou), overlap[k], -1.0)
        if len(fits) and fits.max() >= 0:
            match[k] = int(np.argmax(fits))
            free[match[k]] = False
        else:
            aside[k] = bool((same & sample.crowd & (overlap[k] >= iou)).any())
    return Judged(found, match, aside, tuple(np.flatnonzero(free).tolist()))
