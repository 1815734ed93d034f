"""The suggested confidence: against a slow definition, a hand case, and what is kept beside a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.confidence import FILE, Confidence, chosen, curves, keep, kept, suggested
from detectors.detections import Detections
from detectors.matching import match_class
from detectors.postprocess import NESTED, without_nested
from detectors.samples import Sample, Samples
from rendersdg.cli.learn import _keep
from tests.detectors.sets import random_set

BOXES = np.array([[0, 0, 10, 10], [30, 30, 40, 40.0]])
FALSE = [70, 70, 80, 80.0]


def test_the_best_f1_lies_between_the_last_right_box_and_the_first_wrong_one(tmp_path: Path) -> None:
    truth = Samples(("a",), (Sample(Path("x"), (100, 100), BOXES, np.array([0, 0])),), "val")
    found = Detections(np.array([*BOXES, FALSE]), np.array([0.9, 0.6, 0.2]), np.zeros(3, int))

    best = suggested(truth, [found])

    assert best is not None and best.f1 == best.precision == best.recall == 1
    assert best.value == pytest.approx(0.4, abs=0.002)  # the middle between 0.2 and 0.6
    keep(tmp_path, best)
    assert chosen(tmp_path, None)[0] == pytest.approx(0.4, abs=0.002) and "on val" in chosen(tmp_path, None)[1]
    assert chosen(tmp_path, 0.7)[0] == 0.7


@given(seed=st.integers(0, 2**31), least=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_curves_are_those_of_detections_that_are_cut_off_at_the_score(seed: int, least: int) -> None:
    truth, found = random_set(seed)
    whole = curves(truth, found)
    cut = [(one := without_nested(each, NESTED)).where(one.scores >= least / 1000) for each in found]

    for k in range(len(truth.classes)):
        m = match_class(truth.images, cut, k, np.array([0.5]))
        if total := m.boxes.sum():
            assert whole.recall[k, least] == pytest.approx(m.right.sum() / total)
            counted = m.counted.sum()
            assert whole.precision[k, least] == pytest.approx(m.right.sum() / counted if counted else 1)
        else:
            assert np.isnan(whole.recall[k]).all()


def test_nothing_is_suggested_where_nothing_is_right() -> None:
    truth = Samples(("a",), (Sample(Path("x"), (100, 100), BOXES, np.array([0, 0])),))
    wrong = Detections(np.array([FALSE]), np.array([0.9]), np.array([0]))

    assert suggested(truth, [wrong]) is None
    assert suggested(Samples(("a",), (Sample(Path("x"), (100, 100)),)), [wrong]) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"model.pt": 3}', '{"model.pt": {"value": 7}}', '{"model.pt": {"value": NaN}}']
)
def test_nonsense_beside_a_model_is_no_suggestion(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)

    assert kept(tmp_path) is None and chosen(tmp_path, None)[0] == 0.25


def test_a_suggestion_is_a_files_own_and_goes_with_its_weights(tmp_path: Path) -> None:
    truth = Samples(("a",), (Sample(Path("x"), (100, 100), BOXES, np.array([0, 0])),))
    best = suggested(truth, [Detections(BOXES, np.array([0.9, 0.6]), np.zeros(2, int))])
    keep(tmp_path / "model.pt", best)
    keep(tmp_path / "best.pt", best)

    keep(tmp_path / "model.pt", None)

    assert kept(tmp_path / "model.pt") is None and kept(tmp_path / "best.pt") is not None
    keep(tmp_path / "best.pt", None)
    assert not (tmp_path / FILE).exists()


def test_a_test_set_does_not_change_what_was_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, on_val, on_test = tmp_path / "model.pt", Confidence(0.3, 0.8, 0.8, 0.8, "val"), Confidence(0.6, 0.9, 1, 0.8)
    _keep(model, on_val, anew=False)
    assert "kept beside the model" in capsys.readouterr().out and kept(model) == on_val

    _keep(model, on_test, anew=False)
    assert "go on with 0.30 from val, --keep-confidence takes this one" in capsys.readouterr().out
    assert kept(model) == on_val

    _keep(model, on_test, anew=True)
    assert kept(model) == on_test
