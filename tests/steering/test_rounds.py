"""The loop: a blind spot is found, drawn more often, and learnt with fewer frames; the trail says so; budgets hold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import rendersdg
from rendersdg.errors import DatasetError
from rendersdg.steering.judging import Score
from rendersdg.steering.rounds import Round, steer, why_stop
from rendersdg.steering.study import Budget, Judged, SteeringStudy
from rendersdg.steering.trail import write_trail
from tests.conftest import ROOT
from tests.steering.seeing import ENOUGH, SeeingLearner

TOY = ROOT / "tests" / "steering" / "toy.yaml"
STUDY = SteeringStudy(
    file=TOY,
    scene=TOY,
    frames=30,
    rounds=3,
    steer_on=Judged(frames=80),
    hold_out=Judged(frames=40),
    limit=12.0,
    strength=1.0,
    patience=100,
)


def a_round(number: int, map50: float, *, frames: int = 30, minutes: float = 1.0) -> Round:
    score = Score(map50, map50)
    return Round(number, frames * (number + 1), minutes * (number + 1), score, score, (), "", {}, None)


@pytest.mark.slow
def test_a_blind_spot_is_found_drawn_more_often_and_learnt_with_fewer_frames(tmp_path: Path) -> None:
    steered, uniform = SeeingLearner(), SeeingLearner()
    done = steer(STUDY, tmp_path / "steered", steered)
    write_trail(STUDY, done, tmp_path / "steered")
    plain = steer(replace(STUDY, is_control=True), tmp_path / "uniform", uniform)

    # the corner is named, and its share raised
    assert done.rounds[0].corner.startswith("marks.gain = 1.4: 100% of")
    (gain,) = [e for e in done.rounds[0].sure if e["label"] == "marks.gain"]
    assert gain["after"][3] > 5 * gain["before"][3]
    # it is learnt, and the author's scene has not shown it often enough in as many frames
    assert steered.shown[-1] >= ENOUGH > uniform.shown[-1]
    assert steered.shown[0] == uniform.shown[0]
    assert done.rounds[-1].steered.recall > plain.rounds[-1].steered.recall
    # the trail and the scene say the same
    trail = (tmp_path / "steered" / "trail.md").read_text()
    assert "Worst: marks.gain = 1.4" in trail
    assert json.loads((tmp_path / "steered" / "trail.json").read_text())["rounds"][0]["corner"] in trail
    text = (tmp_path / "steered" / "round_1" / "scene.yaml").read_text()
    assert "choices: [0.45, 0.6, 0.75, 1.4]" in text
    assert "weights: [10, 10, 9, 1]" not in text
    # what was raised stays raised once it is learnt, and in the scene that comes of it
    final = {p.label: p for p in rendersdg.load(tmp_path / "steered" / "scene.yaml").parameters}["marks.gain"]
    assert final.weights[3] > 5 / 30


@pytest.mark.slow
def test_a_study_goes_on_where_it_was_and_is_the_same(tmp_path: Path) -> None:
    whole = steer(replace(STUDY, rounds=2), tmp_path / "whole", SeeingLearner())
    steer(replace(STUDY, rounds=1), tmp_path / "parts", SeeingLearner())
    again = steer(replace(STUDY, rounds=2), tmp_path / "parts", SeeingLearner())

    assert [r.shares for r in again.rounds] == [r.shares for r in whole.rounds]
    assert again.text == whole.text
    for name in ("round_0", "round_1"):
        a, b = ((tmp_path / f / name / "frames" / ".rendersdg" / "manifest").read_bytes() for f in ("whole", "parts"))
        assert a == b


@pytest.mark.slow
def test_another_study_in_the_folder_is_refused(tmp_path: Path) -> None:
    study = replace(STUDY, rounds=1, steer_on=Judged(frames=3), hold_out=Judged(frames=3), frames=3)
    steer(study, tmp_path, SeeingLearner())

    with pytest.raises(DatasetError, match="another bins"):
        steer(replace(study, bins=7), tmp_path, SeeingLearner())


@pytest.mark.slow
def test_a_study_file_that_is_damaged_is_told(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text("{")

    with pytest.raises(DatasetError, match=r"study\.json"):
        steer(replace(STUDY, rounds=1, frames=3), tmp_path, SeeingLearner())


def test_it_stops_when_the_hold_out_no_longer_gets_better() -> None:
    study = replace(STUDY, rounds=10, patience=2, least_gain=0.01)

    assert why_stop(study, [a_round(0, 0.5), a_round(1, 0.505)]) == ""
    assert "not got better for 2 rounds" in why_stop(study, [a_round(0, 0.5), a_round(1, 0.505), a_round(2, 0.5)])
    assert why_stop(study, [a_round(0, 0.5), a_round(1, 0.505), a_round(2, 0.6)]) == ""


def test_budgets_stop_it_before_they_are_overrun() -> None:
    frames = replace(STUDY, rounds=10, budget=Budget(frames=70))
    minutes = replace(STUDY, rounds=10, budget=Budget(cpu_minutes=2.5))

    assert why_stop(frames, [a_round(0, 0.5)]) == ""
    assert "70 frames" in why_stop(frames, [a_round(0, 0.5), a_round(1, 0.6)])
    assert why_stop(minutes, [a_round(0, 0.5)]) == ""
    assert "2.5 CPU minutes" in why_stop(minutes, [a_round(0, 0.5), a_round(1, 0.6)])
