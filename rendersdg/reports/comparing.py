"""How far a set is from a real one: by what photographs are like, and by what a detector sees in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from detectors.samples import Sample
from rendersdg.arrays import F8, U1
from rendersdg.errors import DatasetError
from rendersdg.fit.statistics import FEWEST, NAMES, table, told_apart
from rendersdg.reports.silence import quiet_rgb

MOST_IMAGES = 300  # of each set whose statistics are taken, spread evenly over it
_LONGEST = 1024  # pixels: larger images are scaled down to it
WORDS = {
    "mean": "mean grey level",
    "deviation": "contrast",
    "dark": "darkest level",
    "light": "lightest level",
    "white": "share of white",
    "grain": "grain",
    "bands_x": "bands along x",
    "bands_y": "bands along y",
    "slope_x": "change of light along x",
    "slope_y": "change of light along y",
    "lean": "direction of the texture",
} | {f"grain_{a}{k}": f"grain that goes on for {k} px along {a}" for a in "xy" for k in (1, 2, 3)}
WORDS |= {f"octave_{k}": f"structure at {2 ** (k - 1)} to {2**k} cycles an image" for k in range(1, 8)}


@dataclass(frozen=True, slots=True)
class Gap:
    """How far two sets are apart in one respect: the gap of the medians in units of the real spread.

    The spread is half the range from the 10th to the 90th percentile of the real set.
    """

    name: str
    words: str
    real: float
    own: float
    gap: float


@dataclass(frozen=True, slots=True, eq=False)
class Distance:
    """How far a set is from a real one.

    Attributes:
        gaps: of each respect, the farthest first.
        mean: their mean, each counted as 10 at most.
        told_apart: how well a linear discriminant tells the two by these statistics: AUC, 0.5 is chance; None with too
            few images.
        images: how many of the real set and of this one were looked at.
    """

    gaps: tuple[Gap, ...]
    mean: float
    told_apart: float | None
    images: tuple[int, int]


def spread_over(samples: Sequence[Sample], most: int) -> list[Sample]:
    """Return at most so many samples, evenly spread over all."""
    if len(samples) <= most:
        return list(samples)
    return [samples[k] for k in np.linspace(0, len(samples) - 1, most).round().astype(int)]


def distance(real: Sequence[Sample], own: Sequence[Sample], on_image: Callable[[], None]) -> Distance:
    """Return how far ``own`` is from ``real`` by the statistics that ``rendersdg fit`` works with.

    Images that cannot be read are left out; the report tells of them elsewhere. Raises DatasetError where none can be.
    """
    pictures = [_greys(each, on_image) for each in (real, own)]
    if not all(pictures):
        raise DatasetError("no image of one of the two sets can be read")
    tables = [table(each) for each in pictures]
    gaps = [gap_of(name, WORDS[name], tables[0][name], tables[1][name]) for name in NAMES]
    enough = min(map(len, pictures)) >= FEWEST
    return Distance(
        tuple(sorted(gaps, key=lambda g: -g.gap)),
        float(np.mean([min(g.gap, 10.0) for g in gaps])),
        told_apart(tables[0], tables[1]) if enough else None,
        (len(pictures[0]), len(pictures[1])),
    )


def gap_of(name: str, words: str, real: F8, own: F8) -> Gap:
    """Return the gap between the medians of two lists of values, neither empty."""
    low, middle, high = np.percentile(real, [10, 50, 90])
    spread = max((high - low) / 2, 0.02 * abs(middle), 1e-3)
    median = float(np.median(own))
    return Gap(name, words, float(middle), median, abs(median - float(middle)) / spread)


def _greys(samples: Sequence[Sample], on_image: Callable[[], None]) -> list[U1]:
    found = []
    for sample in spread_over(samples, MOST_IMAGES):
        try:
            grey = cv2.cvtColor(quiet_rgb(sample.file), cv2.COLOR_RGB2GRAY)
        except DatasetError:
            continue
        finally:
            on_image()
        scale = _LONGEST / max(grey.shape)
        if scale < 1:
            size = (max(round(grey.shape[1] * scale), 16), max(round(grey.shape[0] * scale), 16))
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        if min(grey.shape) >= 16:  # smaller ones have no spectrum
            found.append(np.asarray(grey, np.uint8))
    return found
