"""What a detector finds in an image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from detectors.samples import Rle
from rendersdg.arrays import F8, I8, Mask

Finds = Literal["boxes", "masks", "oriented boxes"]  # what a detector says of an object

MOST_DETECTIONS = 100  # detections an image; COCO counts no more
SURE = 0.25  # least score of a box that is shown where nothing else is said


@dataclass(frozen=True, slots=True)
class Detections:
    """Detections of one image, best first: ``xyxy`` (N, 4) float64 in pixels, ``scores`` (N,) 0 to 1,
    ``labels`` (N,) from 0.

    ``masks`` are the pixels of each object, as runs of the whole image; None where the detector does not give them.
    ``oriented`` (N, 5) float64 are oriented boxes, of which ``xyxy`` are the upright ones around them, cut off at the
    frame: middle, width and height in pixels, and angle in radians (:mod:`detectors.oriented`); None without them.
    """

    xyxy: F8
    scores: F8
    labels: I8
    masks: tuple[Rle, ...] | None = field(default=None, kw_only=True)
    oriented: F8 | None = field(default=None, kw_only=True)

    def where(self, keep: Mask) -> Detections:
        """Return those for which ``keep`` (N,) holds."""
        return self.at(np.flatnonzero(keep))

    def at(self, places: I8) -> Detections:
        """Return those at ``places`` (K,) int64, in that order."""
        masks = None if self.masks is None else tuple(self.masks[int(k)] for k in places)
        oriented = None if self.oriented is None else self.oriented[places]
        return Detections(self.xyxy[places], self.scores[places], self.labels[places], masks=masks, oriented=oriented)
