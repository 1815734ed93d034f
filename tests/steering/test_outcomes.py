"""Outcomes: matches known by hand, and a rendered object has its own values and its detection's score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from detectors.detections import Detections
from detectors.preprocess import Image
from rendersdg.api.scenes import load
from rendersdg.steering.outcomes import matched, outcomes, renumbered, views_of
from tests.conftest import ROOT

TOY = ROOT / "tests" / "steering" / "toy.yaml"


def found(*rows: tuple[list[float], float, int]) -> Detections:
    boxes, scores, labels = zip(*rows) if rows else ((), (), ())
    return Detections(np.array(boxes, float).reshape(-1, 4), np.array(scores, float), np.array(labels, np.int64))


OBJECTS = np.array([[0, 0, 10, 10], [20, 20, 30, 30]], float)
CLASSES = np.array([0, 1])


def test_the_best_detection_of_an_object_is_its_score() -> None:
    here = matched(OBJECTS, CLASSES, found(([0, 0, 10, 10], 0.9, 0), ([0, 0, 9, 10], 0.5, 0)))

    assert here.scores.tolist() == [0.9, 0.0]
    assert here.alarms == ()  # the second box on one object is no alarm


@pytest.mark.parametrize(
    ("box", "label"),
    [([0.0, 0, 10, 10], 1), ([0.0, 0, 4, 10], 0), ([50.0, 50, 60, 60], 0)],
    ids=["class", "iou", "far"],
)
def test_another_class_a_small_overlap_or_another_place_is_a_false_alarm(box: list[float], label: int) -> None:
    here = matched(OBJECTS, CLASSES, found((box, 0.7, label)))

    assert here.scores.tolist() == [0.0, 0.0]
    assert [(score, k) for _, score, k in here.alarms] == [(0.7, label)]


def test_two_objects_beside_one_another_take_a_detection_each() -> None:
    objects = np.array([[0, 0, 10, 10], [2, 0, 12, 10]], float)

    here = matched(objects, np.array([0, 0]), found(([1, 0, 11, 10], 0.9, 0), ([0, 0, 10, 10], 0.6, 0)))

    assert sorted(here.scores.tolist()) == [0.6, 0.9]


def test_classes_are_compared_by_name() -> None:
    one = renumbered(found(([0, 0, 1, 1], 0.9, 1), ([0, 0, 1, 1], 0.8, 0)), ("dent", "scratch"), ("scratch",))

    assert one.labels.tolist() == [0]
    assert one.scores.tolist() == [0.9]


class Perfect:
    """Finds what it is told is there."""

    classes = ("stain",)

    def __init__(self, boxes: list[np.ndarray]) -> None:
        self.boxes = boxes

    def find(self, images: Sequence[Image]) -> list[Detections]:
        taken, self.boxes = self.boxes[: len(images)], self.boxes[len(images) :]
        return [found(*((b.tolist(), 0.8, 0) for b in boxes)) for boxes in taken]


def test_rows_of_rendered_frames_have_their_values_and_scores() -> None:
    scene = load(TOY, seed=4)
    views = list(views_of(scene, range(6), scene.classes, lambda frame: None))

    rows = outcomes(views, scene.classes, Perfect([v.xyxy for v in views]), batch=4)

    assert [r.score for r in rows] == [0.8] * len(rows)
    assert len(rows) == sum(len(v.labels) for v in views) >= 5
    for row in rows:
        drawn = scene.frame(row.group).values
        assert row.values["marks/defects.create(Plane)/gain"] in drawn["marks/defects.create(Plane)/gain"]
        assert row.values["look/surfaces.create(Plane)/level"] == drawn["look/surfaces.create(Plane)/level"][0]
    assert all(np.array_equal(v.rgb, scene.frame(v.frame).rgb) for v in views)
