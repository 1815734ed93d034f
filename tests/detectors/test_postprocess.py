"""From dense boxes to those that stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.detections import MOST_DETECTIONS, Detections
from detectors.postprocess import Postprocess, thinned, without_nested


@pytest.mark.extra
@given(st.integers(0, 2**31), st.floats(0.2, 0.9))
@settings(max_examples=40, deadline=None)
def test_thinning_is_torchvisions_nms(seed: int, iou: float) -> None:
    torch = pytest.importorskip("torch")
    from torchvision.ops import batched_nms

    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 40, (60, 2))
    xyxy = np.concatenate([corner, corner + rng.uniform(5, 40, (60, 2))], 1)
    labels, scores = rng.integers(0, 3, 60), np.sort(rng.random(60))[::-1].copy()

    kept = thinned(xyxy, labels, iou)

    theirs = batched_nms(torch.from_numpy(xyxy), torch.from_numpy(scores), torch.from_numpy(labels), iou).numpy()
    assert kept.tolist() == theirs.tolist()


def test_thinning_keeps_no_more_than_the_most() -> None:
    apart = np.tile(np.arange(900.0)[:, None] * 50, 4) + [0, 0, 9, 9]

    assert len(thinned(apart, np.zeros(900, int), 0.5)) == MOST_DETECTIONS


def test_postprocessing_takes_the_best_of_each_class() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [30, 30, 40, 40.0]])
    scores = np.array([[0.9, 0.2], [0.8, 0.3], [0.0005, 0.7]])

    found = Postprocess(nms_iou=0.5)(boxes, scores)

    assert found.scores.tolist() == [0.9, 0.7, 0.3] and found.labels.tolist() == [0, 1, 1]
    assert found.xyxy.tolist() == [[0, 0, 10, 10], [30, 30, 40, 40], [1, 0, 11, 10]]


def test_a_box_within_a_better_one_of_its_class_or_around_it_is_a_duplicate() -> None:
    outer, inner, apart = [0, 0, 100, 100], [10, 10, 50, 50], [60, 0, 160, 100]  # the last shares 40 % with the first
    xyxy = np.array([outer, inner, inner, apart], float)
    found = Detections(xyxy, np.array([0.9, 0.8, 0.7, 0.6]), np.array([0, 0, 1, 0]))
    turned = Detections(xyxy[[1, 0]], np.array([0.9, 0.8]), np.array([0, 0]))

    assert without_nested(found, 0.8).scores.tolist() == [0.9, 0.7, 0.6]  # the inner one of another class stays
    assert without_nested(found, 0.4).scores.tolist() == [0.9, 0.7]
    assert without_nested(turned, 0.8).xyxy.tolist() == [inner]
    assert without_nested(found.where(np.zeros(4, bool)), 0.8).scores.tolist() == []


def test_what_is_judged_keeps_nested_boxes_and_what_is_shown_does_not() -> None:
    boxes, scores = np.array([[0, 0, 100, 100], [10, 10, 50, 50.0]]), np.array([[0.9], [0.8]])

    assert len(Postprocess(0.7)(boxes, scores).scores) == 2
    assert len(Postprocess(0.7, nested=0.8)(boxes, scores).scores) == 1
    assert "nested" not in Postprocess(0.7, nested=0.8).as_json()
