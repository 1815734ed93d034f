"""What a detector finds in an image."""

from __future__ import annotations

from dataclasses import dataclass

from rendersdg.arrays import F8, I8, Mask

MOST_DETECTIONS = 100  # detections an image; COCO counts no more
SURE = 0.25  # least score of a box that is shown where nothing else is said


@dataclass(frozen=True, slots=True)
class Detections:
    """Detections of one image, best first: ``xyxy`` (N, 4) float64 in pixels, ``scores`` (N,) 0 to 1,
    ``labels`` (N,) from 0.
    """

    xyxy: F8
    scores: F8
    labels: I8

    def where(self, keep: Mask) -> Detections:
        """Return those for which ``keep`` (N,) holds."""
        return Detections(self.xyxy[keep], self.scores[keep], self.labels[keep])
