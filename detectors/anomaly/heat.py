"""From a network's maps to one heat map of the photograph and one score, in units that good photographs set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import cv2
import numpy as np

from detectors.anomaly.photographs import inner_wh
from detectors.preprocess import Preprocess
from rendersdg.arrays import F4, F8
from rendersdg.errors import DatasetError
from rendersdg.plain import Json

SIGMAS = {"distance": 4.0, "defect": 1.0}  # pixels of the square by which a map is smoothed
_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """What a model says of one photograph.

    ``map`` (H, W) float32 is higher where it looks less like a good part, in standard deviations of good pixels;
    ``score`` is the image's, in those of good images. ``is_bad`` says whether the score is above the threshold.
    """

    map: F4
    score: float
    is_bad: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """Mean and standard deviation of a part's map and of its image scores, on good photographs."""

    pixel_mean: float
    pixel_spread: float
    image_mean: float
    image_spread: float

    def __post_init__(self) -> None:
        values = (self.pixel_mean, self.pixel_spread, self.image_mean, self.image_spread)
        if not all(isinstance(v, (int, float)) and np.isfinite(v) for v in values):
            raise DatasetError(f"a scale holds {values}, not finite numbers")
        if min(self.pixel_spread, self.image_spread) <= 0:
            raise DatasetError(f"a scale has spreads {self.pixel_spread} and {self.image_spread}, not above 0")


@dataclass(frozen=True, slots=True)
class Heating:
    """How maps become a heat map: a scale for each part (``distance``, ``defect``), and thresholds.

    An image whose score is above ``threshold`` is called bad; ``pixel_threshold`` is where the heat map shows it.
    """

    scales: Mapping[str, Scale]
    threshold: float = float("inf")
    pixel_threshold: float = float("inf")

    def __call__(self, maps: Mapping[str, F4], size_wh: tuple[int, int], preprocess: Preprocess) -> Heat:
        """Return the heat of one photograph: the mean of its parts, each in its own spread over good photographs.

        Args:
            maps: of one image, (h, w) each, by the names of :class:`AnomalyNetwork`'s outputs.
            size_wh: of the photograph in pixels.
            preprocess: what it went through.
        """
        total: F4 = np.zeros(size_wh[::-1], np.float32)
        score = 0.0
        for part, scale in self.scales.items():
            smooth, value = part_of(maps, part, size_wh, preprocess)
            whole = np.asarray(cv2.resize(smooth, size_wh, interpolation=cv2.INTER_LINEAR), np.float32)
            total += (whole - np.float32(scale.pixel_mean)) / np.float32(scale.pixel_spread) / len(self.scales)
            score += (value - scale.image_mean) / scale.image_spread / len(self.scales)
        return Heat(total, score, score > self.threshold)

    def as_json(self) -> Json:
        """Return the fields, to be kept beside the weights."""
        return asdict(self)


def heating_from_json(about: Json) -> Heating:
    """Return what :meth:`Heating.as_json` wrote. Raises DatasetError, KeyError, TypeError for other content."""
    scales = {str(name): Scale(**scale) for name, scale in about["scales"].items()}
    if not scales or set(scales) - set(SIGMAS):
        raise DatasetError(f"the parts {', '.join(scales) or '(none)'} are not among {', '.join(SIGMAS)}")
    return Heating(scales, float(about["threshold"]), float(about["pixel_threshold"]))


def part_of(maps: Mapping[str, F4], part: str, size_wh: tuple[int, int], preprocess: Preprocess) -> tuple[F4, float]:
    """Return a part's map, smoothed and cut to the photograph in the square, and what the image scores by it."""
    inner = inner_wh(preprocess, size_wh)
    side = (preprocess.size, preprocess.size)
    whole = np.asarray(cv2.resize(np.ascontiguousarray(maps[part]), side, interpolation=cv2.INTER_LINEAR), np.float32)
    smooth = np.asarray(cv2.GaussianBlur(whole[: inner[1], : inner[0]], (0, 0), SIGMAS[part]), np.float32)
    if part != "distance":
        return smooth, float(smooth.max())
    cells = tuple(max(round(length * n / preprocess.size), 1) for length, n in zip(inner[::-1], maps[part].shape))
    own = np.ascontiguousarray(maps[part][: cells[0], : cells[1]])
    return smooth, float(maps["weighed"][: cells[0], : cells[1]].ravel()[int(own.argmax())])


def learned_heating(
    good: Sequence[tuple[Mapping[str, F4], tuple[int, int]]], preprocess: Preprocess, quantile: float
) -> Heating:
    """Return scales and thresholds by good photographs that nothing was learned from.

    Args:
        good: the maps of each, and its size in pixels.
        preprocess: what they went through.
        quantile: 0 to 1, the share of good photographs that shall not be called bad.
    """
    parts = [name for name in SIGMAS if name in good[0][0]]
    scales = {}
    for part in parts:
        seen = [part_of(maps, part, size, preprocess) for maps, size in good]
        pixels: F8 = np.concatenate([smooth.ravel() for smooth, _ in seen]).astype(np.float64)
        scores: F8 = np.array([score for _, score in seen])
        spread = float(scores.std(ddof=1)) if len(scores) > 1 else 0.0
        pixel_spread = max(float(pixels.std()), _SMALLEST)
        # of a few photographs the spread can come out as nothing; that of pixels is of the same kind
        scales[part] = Scale(float(pixels.mean()), pixel_spread, float(scores.mean()), max(spread, 0.1 * pixel_spread))
    heating = Heating(scales)
    heats = [heating(maps, size, preprocess) for maps, size in good]
    return Heating(
        scales,
        float(np.quantile([heat.score for heat in heats], quantile)),
        float(np.quantile([float(heat.map.max()) for heat in heats], quantile)),
    )
