"""Predictions beside truth: hits, false alarms and misses by COCO's rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.detections import Detections
from detectors.matching import match_class
from detectors.samples import Sample
from rendersdg.viewer.judged import judged


def sample(boxes: list[list[float]], labels: list[int], crowd: list[bool] | None = None) -> Sample:
    return Sample(
        Path("a.png"), (64, 64), np.array(boxes), np.array(labels), None if crowd is None else np.array(crowd)
    )


def found(boxes: list[list[float]], scores: list[float], labels: list[int]) -> Detections:
    return Detections(np.array(boxes, float).reshape(-1, 4), np.array(scores, float), np.array(labels, np.int64))


def test_a_hit_a_false_alarm_of_another_class_and_a_miss_are_told_apart() -> None:
    truth = sample([[0, 0, 10, 10], [20, 20, 30, 30]], [0, 0])
    one = judged(truth, found([[0, 0, 10, 9], [20, 20, 30, 30]], [0.9, 0.8], [0, 1]), 0.25)

    assert one.match.tolist() == [0, -1]
    assert (one.right, one.wrong, one.missed) == (1, 1, (1,))


def test_the_second_prediction_of_one_object_is_a_false_alarm() -> None:
    one = judged(sample([[0, 0, 10, 10]], [0]), found([[0, 0, 10, 10]] * 2, [0.5, 0.9], [0, 0]), 0.25)

    assert one.match.tolist() == [-1, 0]


def test_predictions_below_the_least_score_are_left_out() -> None:
    one = judged(sample([[0, 0, 10, 10]], [0]), found([[0, 0, 10, 10]], [0.2], [0]), 0.25)

    assert (one.right, one.wrong, one.missed) == (0, 0, (0,))


def test_a_prediction_in_a_region_of_many_is_neither_right_nor_wrong() -> None:
    one = judged(sample([[0, 0, 40, 40]], [0], [True]), found([[0, 0, 10, 10]] * 2, [0.9, 0.8], [0, 0]), 0.25)

    assert (one.right, one.wrong, one.missed) == (0, 0, ())
    assert one.as_json()["counts"] == {"right": 0, "wrong": 0, "missed": 0}


def test_an_image_without_objects_or_predictions_has_no_mistakes() -> None:
    empty = judged(sample([], []), found([], [], []), 0.25)
    alarm = judged(sample([], []), found([[0, 0, 4, 4]], [0.5], [0]), 0.25)

    assert (empty.right, empty.wrong, empty.missed) == (0, 0, ())
    assert (alarm.right, alarm.wrong, alarm.missed) == (0, 1, ())


corner = st.integers(0, 12)
boxes = st.lists(
    st.tuples(corner, corner, st.integers(4, 12), st.integers(4, 12), st.integers(0, 1), st.booleans()), max_size=6
)


@given(boxes, boxes)
def test_counts_are_those_of_cocos_matching(truth: list[tuple[int, ...]], guesses: list[tuple[int, ...]]) -> None:
    whole = sample(
        [[x, y, x + w, y + h] for x, y, w, h, _, _ in truth], [r[4] for r in truth], [bool(r[5]) for r in truth]
    )
    scores = [0.9 - k / 20 for k in range(len(guesses))]
    guessed = found([[x, y, x + w, y + h] for x, y, w, h, _, _ in guesses], scores, [r[4] for r in guesses])

    one = judged(whole, guessed, 0.0)

    per_class = [match_class([whole], [guessed], label, np.array([0.5])) for label in (0, 1)]
    assert one.right == sum(int(m.right.sum()) for m in per_class)
    assert one.wrong == sum(int((~m.right & m.counted).sum()) for m in per_class)
