"""Exchange rates: how many photographs rendered images are worth."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.detections import Detections
from detectors.exchange import images_for, markdown, rows_of
from detectors.matching import IOUS, match_class
from tests.detectors.sets import random_set


@pytest.mark.parametrize(
    ("value", "images"), [(0.4, 10), (0.6, 100), (0.5, 10**1.5), (0.2, 5), (0.0, 0), (0.7, float("inf")), (0.3, 7.5)]
)
def test_images_for_a_score_on_a_learning_curve(value: float, images: float) -> None:
    assert images_for(value, [10, 100], [0.4, 0.6]) == pytest.approx(images)
    assert images_for(0.55, [10, 100, 1000], [0.4, 0.6, 0.5]) <= 100  # a dip does not make more images worth less


def test_a_gain_that_is_there_is_found_and_none_is_invented() -> None:
    truth, _ = random_set(11, 40)
    rng = np.random.default_rng(0)

    def seen(share: float, seed: int) -> list[Detections]:
        """Detect each box with a probability, and nothing else."""
        draw = np.random.default_rng(seed)
        out = []
        for s in truth.images:
            keep = draw.random(len(s.labels)) < share
            out.append(Detections(s.xyxy[keep], draw.uniform(0.3, 1, int(keep.sum())), s.labels[keep]))
        return out

    def matched(share: float) -> list[list[object]]:
        return [[match_class(truth.images, seen(share, int(rng.integers(1e6))), k) for k in range(3)] for _ in range(2)]

    cells = {
        ("real", 10.0): matched(0.3),
        ("real", 40.0): matched(0.6),
        ("union", 10.0): matched(0.6),
        ("finetune", 40.0): matched(0.6),
    }
    rows = {
        (r.arm, r.amount): r for r in rows_of(cells, {10: 60, 40: 240}, np.arange(40), truth.classes, resamples=100)
    }  # type: ignore[arg-type]

    union, same = rows["union", 10], rows["finetune", 40]
    assert union.gain is not None and union.gain_interval is not None and union.gain_interval[0] > 0.1
    assert same.gain_interval is not None and same.gain_interval[0] < 0 < same.gain_interval[1] + 0.05
    assert union.worth_interval is not None and union.worth_interval[0] <= 180 <= union.worth_interval[1]
    assert rows["real", 10].gain is None and len(IOUS) == 10
    assert "| 10 | 60 | union | 2 |" in markdown(list(rows.values()), "per_class")


def test_a_learning_curve_that_stays_at_nothing_tells_of_no_worth() -> None:
    truth, _ = random_set(11, 6)
    nothing = Detections(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64))
    none = [[match_class(truth.images, [nothing] * len(truth.images), k) for k in range(3)]]
    cells = {("real", 1.0): none, ("real", 2.0): none, ("finetune", 2.0): none}

    rows = rows_of(cells, {1: 3, 2: 6}, np.arange(6), truth.classes, resamples=3)  # type: ignore[arg-type]

    assert [(r.arm, r.worth, r.worth_interval) for r in rows if r.arm != "real"] == [("finetune", None, None)]
