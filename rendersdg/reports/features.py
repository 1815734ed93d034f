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
from rendersdg.arrays import F8
from rendersdg.errors import DatasetError
from rendersdg.extras import needs
from rendersdg.reports.comparing import spread_over

MOST_IMAGES = 200  # of each set


@dataclass(frozen=True, slots=True, eq=False)
class FeatureDistance:
    """How far apart two sets are to a detector.

    Attributes:
        model: what was named.
        layer: the layer whose output was averaged over its places.
        channels: how many features that gives.
        distance: maximum mean discrepancy between the sets; below 0 by chance.
        within: the same between two halves of the real set: what no difference at all looks like.
        farthest: (channel, gap) of the five channels that differ most, the gap in units of the real deviation.
        shown: for the farthest channel the places of images that show it most, of the real set and of this one.
        images: how many of the real set and of this one were looked at.
    """

    model: str
    layer: str
    channels: int
    distance: float
    within: float
    farthest: tuple[tuple[int, float], ...]
    shown: tuple[tuple[Sample, ...], tuple[Sample, ...]]
    images: tuple[int, int]


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
    halves = scaled[0][::2], scaled[0][1::2]
    lean = np.sign(gaps[order[0]])  # the images shown are those that pull the two sets apart
    strongest = [np.argsort(turn * lean * rows[:, order[0]])[:3] for rows, turn in zip(features, (1, -1))]
    return FeatureDistance(
        str(model),
        look.layer,
        features[0].shape[1],
        discrepancy(*scaled),
        discrepancy(*halves),
        tuple((int(k), float(gaps[k])) for k in order),
        (tuple(kept[0][k] for k in strongest[0]), tuple(kept[1][k] for k in strongest[1])),
        (len(kept[0]), len(kept[1])),
    )


def discrepancy(a: F8, b: F8) -> float:
    """Return the squared maximum mean discrepancy of rows (N, C) and (M, C) with the kernel (x y / C + 1)^3, unbiased:
    0 on average for rows of one distribution.
    """

    def kernel(x: F8, y: F8) -> F8:
        return np.asarray((x @ y.T / x.shape[1] + 1) ** 3, np.float64)

    own, other = kernel(a, a), kernel(b, b)
    n, m = len(a), len(b)
    within = (own.sum() - np.trace(own)) / (n * (n - 1)) + (other.sum() - np.trace(other)) / (m * (m - 1))
    return float(within - 2 * kernel(a, b).mean())
