"""The file of a steering study: what it says, and errors at their line."""

from __future__ import annotations

from pathlib import Path

import pytest

import rendersdg
from rendersdg.errors import BadScene
from rendersdg.steering.study import Budget, Judged, read_steering
from tests.conftest import ROOT

GOOD = """\
scene: scenes/steel_strip.yaml
frames: 40
rounds: 3
steer_on: {data: "neu-det:photos@train", most: 300, rename: {"a": "b"}}
hold_out: neu-det:photos@val
parameters: ["scratches_marks*", "*.gain"]
budget: {frames: 500, cpu_minutes: 90}
recipe: {detector: yolo11n, size: 192}
"""


def read(tmp_path: Path, text: str = GOOD) -> object:
    (tmp_path / "study.yaml").write_text(text)
    return read_steering(tmp_path / "study.yaml")


def test_what_the_file_says_is_what_the_study_does(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(GOOD)
    study = read_steering(tmp_path / "study.yaml")

    assert study.scene == tmp_path / "scenes" / "steel_strip.yaml"
    assert study.steer_on == Judged(data="neu-det:photos@train", most=300, rename={"a": "b"})
    assert study.hold_out == Judged(data="neu-det:photos@val")
    assert study.budget == Budget(500, 90)
    assert (study.recipe.detector, study.recipe.size) == ("yolo11n", 192)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("frames: 40", "frames: 0", 2, "frames=0"),
        ("frames: 40", "frames: many", 2, "frames='many'"),
        ("frames: 40", "frmes: 40", 2, "did you mean 'frames'"),
        ("rounds: 3", "rounds: 2.5", 3, "rounds=2.5"),
        ("rounds: 3\n", "", 1, "rounds is missing"),
        ("hold_out: neu-det:photos@val", "hold_out: neu-det:photos@train", 5, "steered on, too"),
        ("hold_out: neu-det:photos@val", "hold_out: ./photos@train", 5, "steered on, too"),
        ("hold_out: neu-det:photos@val", "hold_out: {frames: 4, most: 2}", 5, "most is for data"),
        ("budget: {frames: 500", "budget: {frames: 30", 7, "less than one round's 40"),
        ("most: 300", "mst: 300", 4, "did you mean 'most'"),
        ('["scratches_marks*", "*.gain"]', "scratches", 6, "parameters is a list"),
        ("cpu_minutes: 90", "minutes: 90", 7, "budget has"),
        ("detector: yolo11n", "detecter: yolo11n", 8, "detecter is unknown"),
        ("scenes/steel_strip.yaml", "script.py", 1, "path of a YAML scene"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    with pytest.raises(BadScene, match=said) as error:
        read(tmp_path, GOOD.replace(old, new))

    assert f"study.yaml:{line}" in str(error.value)


def test_patterns_choose_parameters_and_unknown_ones_are_named(tmp_path: Path) -> None:
    scene = rendersdg.load(ROOT / "scenes" / "steel_strip.yaml", backend="null")
    (tmp_path / "study.yaml").write_text(GOOD)
    study = read_steering(tmp_path / "study.yaml")

    chosen = {p.label for p in study.chosen(scene.parameters)}

    assert "scratches_marks.angle" in chosen
    assert "patches_marks.gain" in chosen
    assert "patches_marks.length" not in chosen
    (tmp_path / "study.yaml").write_text(GOOD.replace("*.gain", "*.gian"))
    with pytest.raises(BadScene, match="names nothing"):
        read_steering(tmp_path / "study.yaml").chosen(scene.parameters)


def test_the_example_study_is_good_and_its_patterns_name_parameters() -> None:
    study = read_steering(ROOT / "scenes" / "studies" / "steer_steel.yaml")

    chosen = study.chosen(rendersdg.load(study.scene, backend="null").parameters)

    assert len(chosen) > 50
    assert all("_marks" in p.label for p in chosen)
