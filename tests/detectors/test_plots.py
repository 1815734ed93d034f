"""Confusion: what was right, wrong, missed and invented."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.found import Found
from detectors.plots import confusion
from detectors.samples import Sample, Samples


def test_confusion_counts_right_wrong_missed_and_invented() -> None:
    boxes = np.array([[0, 0, 10, 10], [20, 20, 30, 30], [50, 50, 60, 60.0]])
    truth = Samples(("a", "b"), (Sample(Path("x"), (100, 100), boxes, np.array([0, 1, 1])),))
    xyxy = np.array([[0, 0, 10, 10], [20, 20, 30, 30], [80, 80, 90, 90.0], [50, 50, 60, 60]])
    found = [Found(xyxy, np.array([0.9, 0.8, 0.7, 0.1]), np.array([0, 0, 1, 1]))]

    assert confusion(truth, found).tolist() == [[1, 0, 0], [1, 0, 1], [0, 1, 0]]
