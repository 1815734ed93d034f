"""What a detector finds in an image."""

from __future__ import annotations

from dataclasses import dataclass

from rendersdg.arrays import F8, I8

MOST_DETECTIONS = 100  # detections an image; COCO counts no more


@dataclass(frozen=True, slots=True)
class Detections:
    """Detections of one image, best first: ``xyxy`` (N, 4) float64 in pixels, ``scores`` (N,) 0 to 1,
    ``labels`` (N,) from 0.
    """

    xyxy: F8
    scores: F8
    labels: I8
