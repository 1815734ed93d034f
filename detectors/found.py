"""What a detector finds in an image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_FOUND = 100  # detections an image; COCO counts no more


@dataclass(frozen=True, slots=True)
class Found:
    """Detections of one image, best first: ``xyxy`` (N, 4) float64 in pixels, ``scores`` (N,) 0 to 1, ``labels`` (N,)
    from 0.
    """

    xyxy: NDArray[np.float64]
    scores: NDArray[np.float64]
    labels: NDArray[np.int64]
