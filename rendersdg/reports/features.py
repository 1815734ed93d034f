"""What a detector's backbone sees in two sets, and how far apart that is.

The distance is the maximum mean discrepancy with a cubic kernel (Binkowski et al. 2018, "Demystifying MMD GANs"), whose
estimate has no bias with few images, where the Fréchet distance has one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detectors.samples import Sample
from rendersdg.arrays import F8, Mask
from rendersdg.errors import DatasetError
from rendersdg.extras import needs
from rendersdg.reports.comparing import spread_over

MOST_IMAGES = 200  # of each set
_DRAWS = 200  # random divisions
_NOTHING = 1e-4  # a discrepancy below it is one of rounding, whatever chance gives


@dataclass(frozen=True, slots=True, eq=False)
class FeatureDistance:
    """How far apart two sets are to a detector.

    Attributes:
        model: what was named.
        layer: the layer whose output was averaged over its places.
        channels: how many features that gives.
        distance: maximum mean discrepancy between the sets; below 0 by chance.
        chance: what 19 of 20 random divisions of all images in two sets stay below.
        farthest: (channel, gap) of the five channels that differ most, the gap in units of the real deviation.
        shown: for the farthest channel the places of images that show it most, of the real set and of this one.
        images: how many of the real set and of this one were looked at.
    """

    model: str
    layer: str
    channels: int
    distance: float
    chance: float
    farthest: tuple[tuple[int, float], ...]
    shown: tuple[tuple[Sample, ...], tuple[Sample, ...]]
    images: tuple[int, int]

    @property
    def is_far(self) -> bool:
        """Whether the sets are farther apart than chance alone, or rounding, would have them."""
        return self.distance > max(self.chance, _NOTHING)


def feature_distance(
    model: Path, real: Sequence[Sample], own: Sequence[Sample], on_image: Callable[[], None]
) -> FeatureDistance:
    """Return how far two sets are apart in the features of a trained detector.

    Args:
        model: a run's folder or a ``model.pt``.
        real, own: the two sets.
        on_image: is called after each image.

    Raises:
        DatasetError: the model cannot be read, or fewer than four images of a set can.
        BadArgument: torch is not installed.
    """
    needs("torch", "train", "features of a detector")
    from detectors.backbone import Backbone

    look = Backbone(model)
    kept, features = [], []
    for each in (real, own):
        samples, rows = look.features(spread_over(each, MOST_IMAGES), on_image)
        if len(samples) < 4:
            raise DatasetError(f"features need at least four readable images in each set; {len(samples)} can be read")
        kept.append(samples)
        features.append(rows)
    deviation = np.maximum(features[0].std(0), 1e-6 + 0.01 * features[0].std())
    gaps = (features[1].mean(0) - features[0].mean(0)) / deviation
    order = np.argsort(-np.abs(gaps))[:5]
    scaled = [rows / max(float(np.sqrt((features[0] ** 2).mean())), 1e-9) for rows in features]
    lean = np.sign(gaps[order[0]])  # the images shown are those that pull the two sets apart
    strongest = [np.argsort(turn * lean * rows[:, order[0]])[:3] for rows, turn in zip(features, (1, -1))]
    return FeatureDistance(
        str(model),
        look.layer,
        features[0].shape[1],
        discrepancy(scaled[0], scaled[1]),
        by_chance(scaled[0], scaled[1]),
        tuple((int(k), float(gaps[k])) for k in order),
        (tuple(kept[0][k] for k in strongest[0]), tuple(kept[1][k] for k in strongest[1])),
        (len(kept[0]), len(kept[1])),
    )


def discrepancy(a: F8, b: F8) -> float:
    """Return the squared maximum mean discrepancy of rows (N, C) and (M, C) with the kernel (x y / C + 1)^3, unbiased:
    0 on average for rows of one distribution.
    """

    both = np.concatenate([a, b])
    return _discrepancy(_kernel(both), np.arange(len(both)) < len(a))


def by_chance(a: F8, b: F8, draws: int = _DRAWS) -> float:
    """Return the discrepancy that 19 of 20 random divisions of the rows of both in such two parts stay below."""
    kernel, rng = _kernel(np.concatenate([a, b])), np.random.default_rng(0)
    is_first = np.arange(len(kernel)) < len(a)
    return float(np.percentile([_discrepancy(kernel, rng.permutation(is_first)) for _ in range(draws)], 95))


def _kernel(rows: F8) -> F8:
    return np.asarray((rows @ rows.T / rows.shape[1] + 1) ** 3, np.float64)


def _discrepancy(kernel: F8, is_first: Mask) -> float:
    """Return the discrepancy between two parts of rows, by the kernel (N, N) of all; no row is compared with itself."""
    sign, count = is_first.astype(float), float(is_first.sum())
    other = 1 - sign
    own = [(part @ kernel @ part - part @ kernel.diagonal()) / (n * (n - 1)) for part, n in _parts(sign, other)]
    return float(sum(own) - 2 * (sign @ kernel @ other) / (count * (len(sign) - count)))


def _parts(*signs: F8) -> list[tuple[F8, float]]:
    return [(sign, float(sign.sum())) for sign in signs]
