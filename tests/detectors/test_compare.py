"""Two detectors on the same images: answers known by hand, and the interval against a slow definition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.compare import compare
from detectors.detections import Detections
from detectors.matching import average_precision, match_class
from detectors.samples import Sample, Samples
from rendersdg.errors import BadArgument
from rendersdg.streams import generator
from tests.detectors.sets import random_set

BOX = np.array([[0, 0, 10, 10.0]])
RIGHT = Detections(BOX, np.array([0.9]), np.array([0]))
NOTHING = Detections(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64))


def two_photographs() -> Samples:
    return Samples(("a",), tuple(Sample(Path(f"{k}.png"), (50, 50), BOX, np.array([0])) for k in range(2)))


def test_a_detector_that_finds_one_box_of_two_against_one_that_finds_both() -> None:
    result = compare(two_photographs(), [RIGHT, NOTHING], [RIGHT, RIGHT], resamples=400)

    assert result.map50.a == pytest.approx(51 / 101) and result.map50.b == 1
    # a draw has each photograph once (50/101), the first one twice (0) or the second one twice (1)
    assert result.map50.interval == (0, 1) and not result.map50.is_certain
    assert result.per_class50["a"].value == pytest.approx(50 / 101)
    assert "cannot be told apart" in result.verdict()


def test_a_detector_is_no_better_than_itself_in_any_draw() -> None:
    truth, found = random_set(3)

    result = compare(truth, found, found, resamples=50)

    assert result.map50.interval == result.map.interval == (0, 0) and not result.map.is_certain


def test_one_that_finds_all_beats_one_that_finds_nothing_beyond_chance() -> None:
    result = compare(two_photographs(), [NOTHING, NOTHING], [RIGHT, RIGHT], resamples=50)

    assert result.map50.interval == (1, 1) and "B is better" in result.verdict()
    assert "A is better" in compare(two_photographs(), [RIGHT, RIGHT], [NOTHING, NOTHING], resamples=50).verdict()


def without_ties(found: list[Detections]) -> list[Detections]:
    """Return detections whose scores all differ: of equal ones, two images drawn twice can stand in either order."""
    return [
        replace(one, scores=one.scores - 1e-6 * np.arange(len(one.scores)) - 1e-4 * k) for k, one in enumerate(found)
    ]


def slow_interval(truth: Samples, a: list[Detections], b: list[Detections], seed: int, draws: int) -> tuple[float, ...]:
    """Return the interval of the difference of mAP50 by laying out each draw's images, as often as they are drawn."""
    names = list(dict.fromkeys(s.key for s in truth.images))
    rng, gaps = generator(seed, "bootstrap", 0), []
    for _ in range(draws):
        drawn = [names[k] for k in rng.integers(0, len(names), len(names))]
        rows = [k for k, s in enumerate(truth.images) for _ in range(drawn.count(s.key))]
        images = [truth.images[k] for k in rows]
        means = []
        for found in (a, b):
            own = [found[k] for k in rows]
            aps = [average_precision(match_class(images, own, k))[0] for k in range(len(truth.classes))]
            means.append(np.nanmean(aps) if np.isfinite(aps).any() else np.nan)
        gaps.append(means[1] - means[0])
    good = [g for g in gaps if np.isfinite(g)]
    return tuple(np.percentile(good, [2.5, 97.5])) if good else (np.nan, np.nan)


@given(st.integers(0, 2**31))
@settings(max_examples=15, deadline=None)
def test_the_interval_is_that_of_the_slow_definition(seed: int) -> None:
    truth, a = random_set(seed)
    truth = truth.of(replace(s, group=f"photograph {k // 2}") for k, s in enumerate(truth.images))
    a = without_ties(a)
    b = [one.where(np.arange(len(one.scores)) % 3 > 0) for one in a]

    result = compare(truth, a, b, resamples=20, seed=seed)

    assert np.allclose(result.map50.interval, slow_interval(truth, a, b, seed, 20), equal_nan=True)
    assert result.groups == 3


def test_nothing_to_find_is_said_and_wrong_lengths_are_refused() -> None:
    empty = Samples(("a",), (Sample(Path("x.png"), (5, 5)),))

    result = compare(empty, [NOTHING], [NOTHING], resamples=5)

    assert "nothing to find" in result.table() and result.as_json()["mAP50"]["difference"] is None
    with pytest.raises(BadArgument, match="detections of 0 images for 1 image"):
        compare(empty, [], [NOTHING])
