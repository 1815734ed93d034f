"""steer and explain on the command line: what they write, that a stopped study goes on, and errors in one line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.commands import rendersdg
from tests.detectors.toys import TOY

pytest.importorskip("torch")

pytestmark = pytest.mark.extra
STUDY = """\
scene: toy.yaml
frames: 6
rounds: 2
steer_on: {frames: 6}
hold_out: {frames: 4}
recipe: {detector: yolo11n, size: 96, batch: 4, steps: 3, warmup: 1, check_every: 0, threads: 1, device: cpu}
"""


@pytest.mark.slow
def test_a_study_is_steered_and_its_detector_explained(tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(TOY)
    (tmp_path / "study.yaml").write_text(STUDY)

    told = rendersdg("steer", tmp_path / "study.yaml", "-o", tmp_path / "steered")
    again = rendersdg("steer", tmp_path / "study.yaml", "-o", tmp_path / "steered", "-q")
    run, data = tmp_path / "steered" / "round_1" / "run", tmp_path / "steered" / "round_1" / "frames"
    shown = rendersdg("explain", run, data, "--frame", 7, "-o", tmp_path / "explained", "--parameter", "light")

    assert "round 0: 6 frames" in told
    assert "round 1: 12 frames" in told
    assert "stopped since all rounds are done (2)" in told
    assert again == ""
    trail = (tmp_path / "steered" / "trail.md").read_text()
    assert "| 1" in trail and "## After round 0" in trail
    assert json.loads((tmp_path / "steered" / "trail.json").read_text())["rounds"][1]["frames"] == 12
    rendersdg("validate", tmp_path / "steered" / "scene.yaml")
    assert "--frame 2: " in rendersdg("explain", run, data, "--frame", 2, code=2)  # round 1 has frames 6 to 11
    assert "--seed is for a scene" in rendersdg("explain", run, data, "--frame", 7, "--seed", 1, code=2)
    assert "frame 7" in shown
    assert (tmp_path / "explained" / "explain.png").read_bytes().startswith(b"\x89PNG")
    text = json.loads((tmp_path / "explained" / "explain.json").read_text())
    assert [c["name"] for c in text["changed"]] == ["light"]
    assert len(text["changed"][0]["steps"]) == 6


@pytest.mark.parametrize(
    "arguments",
    [
        ("steer", "no.yaml"),
        ("explain", "run", "toy.yaml", "--frame", "0"),
        ("train", "no", "--val", "no"),
        ("study", "no.yaml"),
        ("train-classifier", "no"),
    ],
)
@pytest.mark.parametrize("out", ["file", "file/below", "locked/below"])
def test_a_folder_that_cannot_be_written_to_is_told_before_anything_is_read(
    tmp_path: Path, arguments: tuple[str, ...], out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "locked").mkdir(mode=0o500)
    if out.startswith("locked") and os.access("locked", os.W_OK):
        pytest.skip("this user may write everywhere")

    told = rendersdg(*arguments, "-o", out, code=4)

    assert f"cannot write to {out}: " in told
    assert "choose another folder" in told


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["steer", "no.yaml", "-o", "s"], 2, "no.yaml"),
        (["steer", "bad.yaml", "-o", "s"], 2, "bad.yaml:2: frames=-1"),
        (["explain", "run", "toy.yaml", "--frame", "0"], 4, "run"),
        (["explain", "run", "nowhere", "--frame", "-1"], 2, "--frame"),
        (["explain", "run", "nowhere", "--frame", "0"], 4, "nowhere is not there"),
        (["steer", "small.yaml", "-o", "s"], 2, "less than one round's 6"),
    ],
)
def test_mistakes_at_the_command_line_are_told(
    tmp_path: Path, arguments: list[str], code: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.yaml").write_text(TOY)
    (tmp_path / "bad.yaml").write_text(STUDY.replace("frames: 6\n", "frames: -1\n", 1))

    (tmp_path / "small.yaml").write_text(STUDY + "budget: {frames: 5}\n")

    assert says in rendersdg(*arguments, code=code)
