"""Which of two detectors is better on the same images, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detectors.detections import Detections
from detectors.evaluate import image_weights, mean_of_rows
from detectors.matching import Matches, average_precision, box_overlap, match_class
from detectors.oriented import has_oriented, overlap_of
from detectors.samples import Samples
from rendersdg.arrays import F8
from rendersdg.english import counted
from rendersdg.errors import BadArgument
from rendersdg.plain import Json

LEVEL = 0.95  # share of the draws between the two ends of an interval


@dataclass(frozen=True, slots=True)
class Difference:
    """One number of both, and by how much that of ``b`` is higher; ``interval`` (low, high) is of the difference.

    ``a``, ``b`` and the interval are NaN where there is nothing to find.
    """

    a: float
    b: float
    interval: tuple[float, float]

    @property
    def value(self) -> float:
        """Return b - a."""
        return self.b - self.a

    @property
    def is_certain(self) -> bool:
        """Return whether 0 lies outside of the interval."""
        return self.interval[0] > 0 or self.interval[1] < 0

    def as_json(self) -> Json:
        """Return plain values; NaN becomes None."""
        numbers = {
            "a": self.a,
            "b": self.b,
            "difference": self.value,
            "low": self.interval[0],
            "high": self.interval[1],
        }
        return {k: None if v != v else float(v) for k, v in numbers.items()} | {"certain": self.is_certain}


@dataclass(frozen=True, slots=True)
class Comparison:
    """mAP50, mAP (IoU 0.50 to 0.95), AP50 and AP of each class of two detectors, over images in ``groups`` groups."""

    map50: Difference
    map: Difference
    per_class50: dict[str, Difference]
    per_class: dict[str, Difference]
    images: int
    groups: int
    resamples: int

    def as_json(self) -> Json:
        """Return plain values."""
        return {
            "mAP50": self.map50.as_json(),
            "mAP50-95": self.map.as_json(),
            "per_class": {
                name: {"AP50": self.per_class50[name].as_json(), "AP50-95": self.per_class[name].as_json()}
                for name in self.per_class
            },
            "images": self.images,
            "groups": self.groups,
            "resamples": self.resamples,
            "level": LEVEL,
        }

    def table(self) -> str:
        """Return the numbers in percent as lines for people; ``*`` marks what is more than chance."""
        rows = [("mAP50", self.map50), ("mAP50-95", self.map)]
        rows += [(f"AP50 {name}", one) for name, one in self.per_class50.items()]
        rows += [(f"AP50-95 {name}", one) for name, one in self.per_class.items()]
        width = max(len(name) for name, _ in rows)
        lines = [f"{'in %':{width}}      A      B   B - A  95 % interval"]
        for name, one in rows:
            if one.value != one.value:
                lines.append(f"{name:{width}}  nothing to find")
                continue
            low, high = (100 * v for v in one.interval)
            interval = f"[{low:+.1f}, {high:+.1f}]" if low == low else "none"
            lines.append(
                f"{name:{width}}  {100 * one.a:5.1f}  {100 * one.b:5.1f}  {100 * one.value:+6.1f}  {interval}"
                + (" *" if one.is_certain else "")
            )
        return "\n".join(lines)

    def verdict(self) -> str:
        """Return what follows, in a sentence."""
        over = f"{counted(self.images, 'image')} in {counted(self.groups, 'group')}"
        if not self.resamples:
            return f"over {over}; without draws nothing is said about chance"
        if not self.map50.is_certain:
            return f"over {over} the two cannot be told apart by mAP50: the interval of the difference holds 0"
        return f"over {over} {'B' if self.map50.value > 0 else 'A'} is better by mAP50: the interval does not hold 0"


def compare(
    truth: Samples, a: Sequence[Detections], b: Sequence[Detections], *, resamples: int = 1000, seed: int = 0
) -> Comparison:
    """Return how two detectors compare on the same images.

    The interval is of the difference (a paired bootstrap): each draw takes photographs, whole groups of images, with
    replacement, and judges both on the same ones. What makes a photograph hard for both does not widen it.

    Args:
        truth: images with their boxes.
        a: detections of one detector, of each image in order; labels are those of ``truth``.
        b: those of the other.
        resamples: draws; 0 for no intervals.
        seed: of the draws.

    Raises:
        BadArgument: there are more or fewer detections than images, or draws fewer than 0.
    """
    for name, one in (("a", a), ("b", b)):
        if len(one) != len(truth.images):
            raise BadArgument(f"{name}: detections of {len(one)} images for {counted(len(truth.images), 'image')}")
    if resamples < 0:
        raise BadArgument(f"resamples={resamples} is below 0")
    if has_oriented(a) and has_oriented(b):
        overlap = overlap_of(truth, a)
    else:  # an upright box and an oriented one are compared by the upright box around it
        overlap = box_overlap
    matches = [
        [match_class(truth.images, one, k, overlap=overlap) for k in range(len(truth.classes))] for one in (a, b)
    ]
    whole = [_precisions(own, None) for own in matches]
    drawn = np.array(
        [[_precisions(own, weights) for own in matches] for weights in image_weights(truth, resamples, seed)]
    ).reshape(-1, 2, len(truth.classes), 2)
    gaps = drawn[:, 1] - drawn[:, 0]  # (draws, classes, mAP50 and mAP)
    means = np.stack([mean_of_rows(gaps[..., t]) for t in range(2)], 1)

    def of_mean(t: int) -> Difference:
        first, second = (float(mean_of_rows(own[None, :, t])[0]) for own in whole)
        return Difference(first, second, _interval(means[:, t]))

    def of_class(k: int, t: int) -> Difference:
        return Difference(float(whole[0][k, t]), float(whole[1][k, t]), _interval(gaps[:, k, t]))

    names = list(enumerate(truth.classes))
    return Comparison(
        of_mean(0),
        of_mean(1),
        {name: of_class(k, 0) for k, name in names},
        {name: of_class(k, 1) for k, name in names},
        len(truth.images),
        len({s.key for s in truth.images}),
        resamples,
    )


def _precisions(matches: Sequence[Matches], weights: F8 | None) -> F8:
    """Return (C, 2): AP50 and AP of each class; NaN where there is nothing to find."""
    rows = np.array([average_precision(m, weights) for m in matches]).reshape(len(matches), -1)
    return np.stack([rows[:, 0], rows.mean(1)], 1) if len(rows) else np.zeros((0, 2))


def _interval(values: F8) -> tuple[float, float]:
    good = values[np.isfinite(values)]
    if not len(good):
        return float("nan"), float("nan")
    low, high = np.percentile(good, [100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2])
    return float(low), float(high)
