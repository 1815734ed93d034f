"""The audit trail: every number in it is the round's, and it reads from top to bottom."""

from __future__ import annotations

from pathlib import Path

from rendersdg.steering.judging import Score
from rendersdg.steering.rounds import Round, Steered
from rendersdg.steering.study import Judged, SteeringStudy
from rendersdg.steering.trail import trail, write_trail

STUDY = SteeringStudy(Path("s.yaml"), Path("plate.yaml"), 40, 2, Judged(data="photos@train"), Judged(frames=50))
EFFECT = {
    "parameter": "marks/defects.create(Plane)/gain",
    "label": "marks.gain",
    "p": 0.0004,
    "parts": ["0.2 to 0.5", "0.5 to 0.8"],
    "objects": [30, 34],
    "harm": [0.25, None],
    "false_alarms": [0.0, 0.5],
    "before": [0.5, 0.5],
    "after": [0.2, 0.8],
    "rests": [0],
}
ROUND = Round(0, 40, 1.5, Score(0.25, 0.5), Score(0.125, 0.375), (EFFECT,), "marks.gain 0.5 to 0.8: 90% ...", {}, 0.4)
LAST = Round(1, 80, 3.0, Score(float("nan"), 0.625), Score(0.5, 0.5), (), "", {}, -0.1)


def test_numbers_and_reasons_are_all_there() -> None:
    text = trail(STUDY, Steered((ROUND, LAST), "all 2 rounds are done", "a: 1\n", {"run.paths": "it has no list"}))

    assert "| 0 (best) | 40 | 1.5 | 0.250 | 0.500 | 0.125 | 0.375 |" in text
    assert "It stopped since all 2 rounds are done." in text
    assert "| 0.5 to 0.8 | 34 |  | 0.50 | 50% | 80% |" in text
    assert "Rests for a round, since more frames did not help: 0.2 to 0.5." in text
    assert "explains 40% of what is missed on the photographs" in text
    assert "explains 0% of what is missed" in text
    assert "- `run.paths`: it has no list" in text
    assert "`photos@train`" in text
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## After round 0",
        "## After round 1",
        "## What cannot be re-weighted",
        "## The scene",
    ]


def test_what_is_not_a_number_is_null_in_json(tmp_path: Path) -> None:
    write_trail(STUDY, Steered((ROUND, LAST), "enough", "a: 1\n", {}), tmp_path)

    text = (tmp_path / "trail.json").read_text()
    assert "NaN" not in text
    assert '"map50": null' in text
    assert (tmp_path / "scene.yaml").read_text() == "a: 1\n"
