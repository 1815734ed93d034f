"""Explanations: a planted blind spot is named first, of a finder made by hand and of one that learnt."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

import rendersdg
from rendersdg.errors import BadArgument
from rendersdg.steering.explain import explain, trial_count
from rendersdg.steering.explain_figure import as_json, figure_of
from rendersdg.steering.outcomes import views_of
from tests.conftest import ROOT
from tests.steering.seeing import Seeing

TOY = ROOT / "tests" / "steering" / "toy.yaml"


def bright_one(scene: rendersdg.Scene) -> rendersdg.LabelledFrame:
    """Return a frame whose mark is bright."""
    frames = (scene.frame(k) for k in range(300))
    return next(f for f in frames if f.objects and f.values["marks/defects.create(Plane)/gain"] == [1.4])


def test_a_finder_that_is_blind_to_bright_marks_is_seen_through() -> None:
    scene = rendersdg.load(TOY, seed=1)
    frame = bright_one(scene)

    told = explain(frame, Seeing(("stain",), sees_bright=False), known=scene.parameters)

    assert told.score == 0.0
    first = told.counterfactuals[0]
    assert first.name == "marks.gain"
    assert first.blind(0.3) == [1.4]
    assert first.now == 1.4
    assert [s.score for s in first.steps] == [0.9, 0.9, 0.9, 0.0]
    assert "1.4" in told.table(0.3)


def test_values_that_are_not_asked_for_are_not_tried() -> None:
    scene = rendersdg.load(TOY, seed=1)
    frame = bright_one(scene)
    seen = []

    told = explain(
        frame, Seeing(("stain",), sees_bright=True), known=scene.parameters, only=("light", "*.gain"),
        on_step=lambda: seen.append(1),
    )  # fmt: skip

    assert {c.name for c in told.counterfactuals} == {"light", "marks.gain"}
    assert len(seen) == trial_count(frame, frame.objects[0], scene.parameters, ("light", "*.gain"), 7) == 1 + 6 + 4


def test_what_names_nothing_is_refused_with_the_nearest() -> None:
    scene = rendersdg.load(TOY, seed=1)

    with pytest.raises(BadArgument, match=r"marks\.gain"):
        explain(bright_one(scene), Seeing(("stain",), True), known=scene.parameters, only=("marks.gian",))


def test_an_object_that_is_not_there_is_told_with_those_that_are() -> None:
    scene = rendersdg.load(TOY, seed=1)

    with pytest.raises(BadArgument, match=r"it has 0 \(stain\)"):
        explain(bright_one(scene), Seeing(("stain",), True), known=scene.parameters, number=3)


def test_the_figure_and_the_numbers_say_the_same() -> None:
    scene = rendersdg.load(TOY, seed=1)
    told = explain(bright_one(scene), Seeing(("stain",), False), known=scene.parameters, only=("marks.gain", "light"))

    picture = cv2.imdecode(np.frombuffer(figure_of(told, 0.3, "run"), np.uint8), cv2.IMREAD_COLOR)
    text = json.loads(json.dumps(as_json(told, 0.3)))

    assert picture is not None
    assert picture.shape[1] > 600
    assert text["changed"][0]["not_found_at"] == [1.4]
    assert [s["score"] for s in text["changed"][0]["steps"]] == [0.9, 0.9, 0.9, 0.0]


@pytest.mark.slow
@pytest.mark.extra
def test_a_detector_trained_without_low_contrast_is_found_out() -> None:
    pytest.importorskip("torch")
    from tests.steering.tiny_detector import TinyLearner

    given = "distribution.choice: {choices: [0.45, 0.6, 0.75, 1.4], weights: [10, 10, 9, 1]}"
    author = rendersdg.load(TOY, seed=0)
    text = author.texts["toy.yaml"]
    assert given in text
    strong = author.with_text(text.replace(given, "distribution.uniform: {lower: 0.2, upper: 0.4}"))
    views = list(views_of(strong, range(120), strong.classes, lambda frame: None))
    model = TinyLearner(0, 250).fit([v.rgb for v in views], [v.xyxy for v in views], ("stain",))
    every = author.with_text(text.replace(given, "distribution.uniform: {lower: 0.2, upper: 0.9}"))
    faint = next(
        f for k in range(100) if (f := every.frame(k)).objects and f.values["marks/defects.create(Plane)/gain"][0] > 0.8
    )

    told = explain(faint, model, known=every.parameters, only=("marks.*", "look.*"))

    first = told.counterfactuals[0]
    assert first.name == "marks.gain"
    scores = {s.value: s.score for s in first.steps if s.score is not None}
    assert max(score for value, score in scores.items() if value < 0.45) > 0.5
    assert all(score < 0.3 for value, score in scores.items() if value > 0.8)
