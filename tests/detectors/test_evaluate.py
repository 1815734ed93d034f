"""Scores: against pycocotools, against answers known by hand, and what intervals must do."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.detections import Detections
from detectors.evaluate import (
    NAMES,
    ap_at,
    as_results,
    coco_numbers,
    evaluate,
    image_precision,
    pixel_precision,
    ranked_precision,
)
from detectors.matching import average_precision, match_class
from detectors.samples import Sample, Samples, as_coco
from tests.detectors.sets import random_set


def by_pycocotools(truth: Samples, found: list[Detections]) -> tuple[np.ndarray, np.ndarray]:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with redirect_stdout(io.StringIO()):
        gt = COCO()
        gt.dataset = as_coco(truth)
        gt.createIndex()
        results = as_results(found)
        if not results:
            return np.full(12, np.nan), np.zeros(0)
        run = COCOeval(gt, gt.loadRes(results), "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return np.where(run.stats < 0, np.nan, run.stats), run.eval["precision"][:, :, :, 0, -1]


@pytest.mark.extra
@given(st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_scores_are_those_of_pycocotools(seed: int) -> None:
    pytest.importorskip("faster_coco_eval")
    truth, found = random_set(seed)
    theirs, precision = by_pycocotools(truth, found)
    if not precision.size:
        return

    ours, per_class = coco_numbers(truth, found)

    assert np.allclose([ours[name] for name in NAMES], theirs, atol=1e-6, equal_nan=True)
    for k, name in enumerate(truth.classes):
        own = average_precision(match_class(truth.images, found, k))
        want = precision[:, :, k].mean(1)
        assert np.allclose(np.nan_to_num(own, nan=-1), want, atol=1e-9)  # the bootstrap's matching is COCO's too
        assert per_class[name]["AP"] == pytest.approx(np.nan if want[0] < 0 else want.mean(), abs=1e-6, nan_ok=True)


@pytest.mark.extra
def test_answers_known_by_hand() -> None:
    pytest.importorskip("faster_coco_eval")
    boxes = np.array([[0, 0, 10, 10], [20, 20, 40, 40.0]])
    truth = Samples(("a", "b"), (Sample(Path("x"), (100, 100), boxes, np.array([0, 0])), Sample(Path("y"), (100, 100))))
    first_right = Detections(np.array([[0, 0, 10, 10], [50, 50, 60, 60.0]]), np.array([0.9, 0.8]), np.array([0, 0]))
    nothing = Detections(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64))

    scores = evaluate(truth, [first_right, nothing], resamples=0)
    perfect = evaluate(truth, [Detections(boxes, np.array([1.0, 1]), np.array([0, 0])), nothing], resamples=20)
    none = evaluate(truth, [nothing, nothing], resamples=20)

    assert scores.summary["mAP50"] == pytest.approx(51 / 101)  # precision 1 up to recall 0.5, nothing beyond
    assert np.isnan(scores.per_class["b"]["AP"]) and scores.as_json()["per_class"]["b"]["AP"] is None
    assert perfect.summary["mAP"] == 1 and perfect.intervals["mAP"] == (1, 1) and perfect.image_ap == 1
    assert none.summary["mAP"] == 0 and none.intervals["mAP50"] == (0, 0)


def test_a_looser_overlap_can_be_asked_for() -> None:
    truth = Samples(("a",), (Sample(Path("x"), (100, 100), np.array([[0, 0, 10, 10.0]]), np.array([0])),))
    shifted = [Detections(np.array([[0, 0, 10, 25.0]]), np.array([0.5]), np.array([0]))]  # IoU 0.4

    assert ap_at(truth, shifted, 0.33) == 1 and ap_at(truth, shifted, 0.5) == 0


def test_image_and_pixel_precision() -> None:
    box = np.array([[2, 2, 6, 6.0]])
    truth = Samples(("a",), (Sample(Path("x"), (10, 10), box, np.array([0])), Sample(Path("y"), (10, 10))))
    wide = Detections(
        np.array([[2, 2, 6, 10.0]]), np.array([0.9]), np.array([0])
    )  # covers the defect's 16 pixels and 16 more
    wrong = Detections(box, np.array([0.95]), np.array([0]))
    nothing = Detections(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64))

    assert image_precision(truth, [wide, nothing]) == 1 and image_precision(truth, [wide, wrong]) == 0.5
    assert pixel_precision(truth, [wide, nothing]) == 0.5
    assert pixel_precision(truth, [wide, wrong]) == pytest.approx(16 / 48)
    assert (
        image_precision(truth.of(truth.images[:1]), [wide]) is None
    )  # every image is defective: nothing to tell apart


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_ranked_precision_is_the_sum_over_steps_in_recall(rows: list[tuple[int, bool]]) -> None:
    score, right = np.array([s for s, _ in rows], float), np.array([r for _, r in rows], float)
    if not right.any():
        return
    total, before = 0.0, 0.0
    for level in sorted(set(score), reverse=True):
        seen = score >= level
        recall = right[seen].sum() / right.sum()
        total += (recall - before) * right[seen].mean()
        before = recall

    assert ranked_precision(score, right, np.ones(len(score))) == pytest.approx(total)


@pytest.mark.extra
def test_intervals_cover_the_score_and_narrow_with_more_images() -> None:
    pytest.importorskip("faster_coco_eval")
    truth, found = random_set(3, 20)
    many = Samples(
        truth.classes,
        tuple(
            Sample(Path(f"{r}-{k}"), s.size_wh, s.xyxy, s.labels, s.crowd)
            for r in range(9)
            for k, s in enumerate(truth.images)
        ),
    )

    few, more = evaluate(truth, found, resamples=200), evaluate(many, found * 9, resamples=200)

    for scores in (few, more):
        low, high = scores.intervals["mAP50"]
        assert low <= scores.summary["mAP50"] <= high
    assert np.ptp(more.intervals["mAP50"]) < 0.6 * np.ptp(few.intervals["mAP50"])
    assert evaluate(truth, found, resamples=50).intervals == evaluate(truth, found, resamples=50).intervals
