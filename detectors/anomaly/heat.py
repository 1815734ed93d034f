"""From a network's maps to one heat map of the photograph and one score, in units that good photographs set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import cv2
import numpy as np

from detectors.preprocess import Preprocess
from rendersdg.arrays import F4, I8
from rendersdg.errors import DatasetError
from rendersdg.plain import Json

SIGMAS = {"distance": 4.0, "defect": 1.0}  # pixels of the square by which a map is smoothed
RINGS = {"distance": 3, "defect": 3}  # of cells from the edge that have a scale of their own, the inside counted
_LEAST = 0.1  # spread of image scores, in spreads of cells
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
    """Means and standard deviations of a part, on good photographs: of its cells, and of its image scores.

    ``cells`` has a pair for each ring of cells, from the photograph's edge inwards; the last is that of all within. At
    the edge a network sees less than a whole neighbourhood, and good parts lie farther from each other there.
    """

    cells: tuple[tuple[float, float], ...]
    image: tuple[float, float]

    def __post_init__(self) -> None:
        for pair in (*self.cells, self.image):
            if len(pair) != 2 or not np.isfinite(pair).all() or not pair[1] > 0:
                raise DatasetError(f"a scale holds {pair}; it is a mean and a spread above 0, both finite")
        if not self.cells:
            raise DatasetError("a scale has no cells")


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
            cells = scaled(own_cells(maps, part, size_wh, preprocess), scale.cells)
            whole = upsampled(cells, part, size_wh, preprocess)
            total += np.asarray(cv2.resize(whole, size_wh, interpolation=cv2.INTER_LINEAR)) / np.float32(
                len(self.scales)
            )
            value = image_score(maps, part, cells, scale.cells)
            score += (value - scale.image[0]) / scale.image[1] / len(self.scales)
        return Heat(total, score, score > self.threshold)

    def as_json(self) -> Json:
        """Return the fields, to be kept beside the weights."""
        return asdict(self)


def heating_from_json(about: Json) -> Heating:
    """Return what :meth:`Heating.as_json` wrote. Raises DatasetError, KeyError, TypeError for other content."""
    scales = {}
    for name, scale in about["scales"].items():
        pairs = [(float(mean), float(spread)) for mean, spread in (*scale["cells"], scale["image"])]
        scales[str(name)] = Scale(tuple(pairs[:-1]), pairs[-1])
    if not scales or set(scales) - set(SIGMAS):
        raise DatasetError(f"the parts {', '.join(scales) or '(none)'} are not among {', '.join(SIGMAS)}")
    return Heating(scales, float(about["threshold"]), float(about["pixel_threshold"]))


def own_cells(maps: Mapping[str, F4], part: str, size_wh: tuple[int, int], preprocess: Preprocess) -> F4:
    """Return the cells (h, w) of a map whose middle lies in the photograph, one at least along each axis."""
    inner = preprocess.picture_wh(size_wh)
    rows, columns = (max(round(side * n / preprocess.size), 1) for side, n in zip(inner[::-1], maps[part].shape))
    return np.ascontiguousarray(maps[part][:rows, :columns])


def rings(shape: tuple[int, ...], count: int) -> I8:
    """Return how far each cell (h, w) lies from the edge, 0 at it, ``count`` - 1 at most."""
    rows, columns = (np.minimum(np.arange(n), np.arange(n)[::-1]) for n in shape)
    return np.minimum(np.minimum(rows[:, None], columns[None]), count - 1).astype(np.int64)


def scaled(cells: F4, scales: Sequence[tuple[float, float]]) -> F4:
    """Return cells (h, w) less the mean of their ring, over its spread."""
    means, spreads = np.array(scales, np.float32).T
    ring = rings(cells.shape, len(scales))
    return np.asarray((cells - means[ring]) / spreads[ring], np.float32)


def upsampled(cells: F4, part: str, size_wh: tuple[int, int], preprocess: Preprocess) -> F4:
    """Return cells (h, w) as a smoothed map of the photograph in the square, a pixel each."""
    whole = np.asarray(cv2.resize(cells, preprocess.picture_wh(size_wh), interpolation=cv2.INTER_LINEAR), np.float32)
    return np.asarray(cv2.GaussianBlur(whole, (0, 0), SIGMAS[part]), np.float32)


def image_score(maps: Mapping[str, F4], part: str, cells: F4, scales: Sequence[tuple[float, float]]) -> float:
    """Return what an image scores by a part, whose scaled ``cells`` are (h, w): the highest cell.

    Of distances it is the weighed one, where the distance is highest for its ring (equation 7 of PatchCore).
    """
    if part != "distance":
        return float(cv2.GaussianBlur(cells, (0, 0), 1.0).max())
    row, column = np.unravel_index(int(cells.argmax()), cells.shape)
    mean, spread = scales[int(rings(cells.shape, len(scales))[row, column])]
    weight = float(maps["weighed"][row, column] / max(float(maps["distance"][row, column]), _SMALLEST))
    return weight * (float(maps["distance"][row, column]) - mean) / spread


def learned_heating(
    good: Sequence[tuple[Mapping[str, F4], tuple[int, int]]], preprocess: Preprocess, quantile: float
) -> Heating:
    """Return scales and thresholds by good photographs that nothing was learned from.

    Args:
        good: the maps of each, and its size in pixels.
        preprocess: what they went through.
        quantile: 0 to 1, the share of good photographs that shall not be called bad.
    """
    scales = {}
    for part in (name for name in SIGMAS if name in good[0][0]):
        seen = [own_cells(maps, part, size, preprocess) for maps, size in good]
        cells = _ring_scales(seen, RINGS[part])
        scores = np.array([image_score(m, part, scaled(c, cells), cells) for (m, _), c in zip(good, seen)])
        # of a few photographs the spread can come out as nothing; it is counted in spreads of cells
        spread = max(float(scores.std(ddof=1)) if len(scores) > 1 else 0.0, _LEAST)
        scales[part] = Scale(cells, (float(scores.mean()), spread))
    heating = Heating(scales)
    heats = [heating(maps, size, preprocess) for maps, size in good]
    return Heating(
        scales,
        float(np.quantile([heat.score for heat in heats], quantile)),
        float(np.quantile([float(heat.map.max()) for heat in heats], quantile)),
    )


def _ring_scales(seen: Sequence[F4], count: int) -> tuple[tuple[float, float], ...]:
    """Return mean and spread of the cells of each ring; a ring that no photograph has is like the one before."""
    pairs: list[tuple[float, float]] = []
    for ring in range(count):
        own = np.concatenate([cells[rings(cells.shape, count) == ring] for cells in seen]).astype(np.float64)
        pairs.append((float(own.mean()), max(float(own.std()), _SMALLEST)) if len(own) else pairs[-1])
    return tuple(pairs)
