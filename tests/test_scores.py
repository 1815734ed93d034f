"""Scores: against pycocotools, against answers known by hand, and what intervals and exchange rates must do."""

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
from detectors.exchange import images_for, markdown, rows_of
from detectors.matching import IOUS, average_precision, match_class
from detectors.plots import confusion
from detectors.samples import Sample, Samples, as_coco


def random_set(seed: int, images: int = 6) -> tuple[Samples, list[Detections]]:
    """Return boxes, crowds and empty images, and detections that are copies, shifted copies and inventions, with equal
    scores among them.
    """
    rng = np.random.default_rng(seed)
    truth, found = [], []
    for k in range(images):
        count = int(rng.integers(0, 7)) if rng.random() > 0.2 else 0
        corner = rng.uniform(0, 150, (count, 2))
        boxes = np.concatenate(
            [corner, corner + rng.choice([6, 30, 120], (count, 1)) * rng.uniform(0.5, 1.5, (count, 2))], 1
        )
        labels = rng.integers(0, 3, count)
        truth.append(Sample(Path(f"{k}.png"), (400, 400), boxes, labels, rng.random(count) < 0.2))
        copies = rng.integers(0, count, rng.integers(0, 12)) if count else np.zeros(0, int)
        moved = boxes[copies] + rng.normal(0, 4, (len(copies), 4)) * rng.integers(0, 2, (len(copies), 1))
        moved[:, 2:] = np.maximum(moved[:, 2:], moved[:, :2] + 1)
        other = rng.uniform(0, 200, (int(rng.integers(0, 4)), 2))
        xyxy = np.concatenate([moved, np.concatenate([other, other + 40], 1)])
        names = np.concatenate(
            [np.where(rng.random(len(copies)) < 0.8, labels[copies], 0), rng.integers(0, 3, len(other))]
        )
        scores = rng.choice(np.linspace(0.05, 1, 12), len(xyxy))
        order = np.argsort(-scores, kind="mergesort")
        found.append(Detections(xyxy[order], scores[order], names[order].astype(np.int64)))
    return Samples(("a", "b", "c"), tuple(truth)), found


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


@given(st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_scores_are_those_of_pycocotools(seed: int) -> None:
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


def test_answers_known_by_hand() -> None:
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


def test_intervals_cover_the_score_and_narrow_with_more_images() -> None:
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


def test_confusion_counts_right_wrong_missed_and_invented() -> None:
    boxes = np.array([[0, 0, 10, 10], [20, 20, 30, 30], [50, 50, 60, 60.0]])
    truth = Samples(("a", "b"), (Sample(Path("x"), (100, 100), boxes, np.array([0, 1, 1])),))
    xyxy = np.array([[0, 0, 10, 10], [20, 20, 30, 30], [80, 80, 90, 90.0], [50, 50, 60, 60]])
    found = [Detections(xyxy, np.array([0.9, 0.8, 0.7, 0.1]), np.array([0, 0, 1, 1]))]

    assert confusion(truth, found).tolist() == [[1, 0, 0], [1, 0, 1], [0, 1, 0]]


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
