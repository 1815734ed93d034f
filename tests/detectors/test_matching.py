"""Matching: overlaps and precision known by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detectors.found import Found
from detectors.matching import average_precision, box_iou, match_class
from detectors.samples import Sample

BOX = np.array([[0, 0, 10, 10.0]])


def test_overlap_is_the_shared_area_over_the_area_of_both() -> None:
    others = np.array([[0, 0, 10, 10], [0, 5, 10, 15], [10, 0, 20, 10], [0, 0, 100, 100.0]])

    assert box_iou(BOX, others)[0] == pytest.approx([1, 1 / 3, 0, 0.01])
    assert box_iou(BOX, others, np.array([False, False, False, True]))[0, 3] == 1  # a crowd counts the box alone


def test_a_second_hit_of_one_box_is_wrong_and_weights_count_images_again() -> None:
    truth = [Sample(Path(name), (100, 100), BOX, np.array([0])) for name in "xy"]
    twice = Found(np.repeat(BOX, 2, 0), np.array([0.9, 0.8]), np.array([0, 0]))
    nothing = Found(np.zeros((0, 4)), np.zeros(0), np.zeros(0, np.int64))

    matches = match_class(truth, [twice, nothing], 0)

    assert matches.boxes.tolist() == [1, 1] and matches.image.tolist() == [0, 0]
    assert matches.right[0].tolist() == [True, False] and matches.counted.all()
    # precision 1 up to recall 1/2, nothing beyond: 51 of COCO's 101 recalls
    assert average_precision(matches) == pytest.approx(np.full(10, 51 / 101))
    assert average_precision(matches, np.array([1.0, 0.0]), only=(0,)) == pytest.approx([1])
    assert np.isnan(average_precision(match_class(truth, [twice, nothing], 1))).all()
