"""Confusion: what was right, wrong, missed and invented."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detectors.detections import Detections
from detectors.plots import confusion, confusion_plot, f1_curves, precision_recall, results_over_steps
from detectors.samples import Sample, Samples


def test_confusion_counts_right_wrong_missed_and_invented() -> None:
    boxes = np.array([[0, 0, 10, 10], [20, 20, 30, 30], [50, 50, 60, 60.0]])
    truth = Samples(("a", "b"), (Sample(Path("x"), (100, 100), boxes, np.array([0, 1, 1])),))
    xyxy = np.array([[0, 0, 10, 10], [20, 20, 30, 30], [80, 80, 90, 90.0], [50, 50, 60, 60]])
    found = [Detections(xyxy, np.array([0.9, 0.8, 0.7, 0.1]), np.array([0, 0, 1, 1]))]

    assert confusion(truth, found).tolist() == [[1, 0, 0], [1, 0, 1], [0, 1, 0]]


@pytest.mark.extra
def test_plots_are_drawn_of_any_classes_and_of_nothing(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    box = np.array([[0, 0, 10, 10.0]])
    for k, classes in enumerate([("a", "b"), ("_hidden", "$x^", "划痕"), tuple(f"part {n}" for n in range(60))]):
        truth = Samples(classes, (Sample(Path("x"), (100, 100), box, np.array([1])),), f"set {k}")
        for found in (
            Detections(box, np.array([0.9]), np.array([1])),
            Detections(box[:0], box[:0, 0], np.zeros(0, int)),
        ):
            for name, draw in (("f1", f1_curves), ("pr", precision_recall), ("confusion", confusion_plot)):
                assert draw(truth, [found], tmp_path / f"{name}.png").stat().st_size > 5000


@pytest.mark.extra
def test_results_have_a_panel_for_each_loss_and_one_for_the_scores(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "log.csv").write_text("step,rate,loss,box,gradient\n20,0.1,2,1,5\n40,0.2,1,0.5,5\n")
    (tmp_path / "checks.csv").write_text("step,mAP,mAP50,mAP75,AR100\n40,0.1,nan,0,0\n")

    drawn = results_over_steps(tmp_path, tmp_path / "results.png")

    assert drawn is not None and drawn.stat().st_size > 5000
    assert (
        results_over_steps(tmp_path / "empty", tmp_path / "none.png") is None and not (tmp_path / "none.png").exists()
    )
