"""Heat as boxes, for programs that know boxes, and as a small picture that travels in JSON."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.anomaly.heat import Heat, Heating
from detectors.detections import MOST_DETECTIONS, Detections
from rendersdg.plain import Json

_LONGEST = 160  # cells of the heat that is sent, along its longer side
_LEVELS = 255  # of it; twice the threshold is the highest


@dataclass(frozen=True, slots=True)
class Anomalies(Detections):
    """Regions unlike good parts, worst first, and the heat that they were found in."""

    heat: Heat
    heating: Heating


def anomalies_of(heat: Heat, heating: Heating) -> Anomalies:
    """Return the 8-connected regions of a heat map above its threshold, 100 at most.

    A region of the highest heat h has the score h / (h + threshold): 0.5 at the threshold, near 1 far above it. All
    have the label 0.
    """
    above = (heat.map > heating.pixel_threshold).astype(np.uint8)
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(above, connectivity=8)
    tops = np.full(count, -np.inf)
    np.maximum.at(tops, numbers.ravel(), heat.map.ravel())
    order = (1 + np.argsort(-tops[1:], kind="stable"))[:MOST_DETECTIONS]
    left, top, width, height = (stats[order, k].astype(np.float64) for k in range(4))
    least = max(heating.pixel_threshold, 1e-6)
    high = np.maximum(tops[order], least)
    boxes = np.stack([left, top, left + width, top + height], 1).reshape(-1, 4)
    return Anomalies(boxes, high / (high + least), np.zeros(len(order), np.int64), heat, heating)


def heat_as_json(found: Anomalies) -> Json:
    """Return the verdict, and the heat as ``levels``: a byte a cell in base64, row by row, 0 for as good as good parts
    are and 255 for twice the threshold or worse.
    """
    height, width = found.heat.map.shape
    scale = min(_LONGEST / max(width, height), 1)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(found.heat.map, size, interpolation=cv2.INTER_AREA)
    share = np.clip(small / max(2 * found.heating.pixel_threshold, 1e-6), 0, 1)
    return {
        "is_bad": bool(found.heat.is_bad),
        "score": round(float(found.heat.score), 4),
        "threshold": round(float(found.heating.threshold), 4),
        "size_wh": list(size),
        "levels": base64.b64encode(np.round(share * _LEVELS).astype(np.uint8).tobytes()).decode(),
    }
