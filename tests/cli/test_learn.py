"""The chain from the command line: render, split, mix, train, evaluate, study; a toy scene is learnt here and now."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from detectors.study import cells_of, read_study
from rendersdg.errors import BadScene
from tests.commands import run

pytest.importorskip("torch")

TOY = """
floor: {create.plane: {scale: 8}}
lamp: {create.light: {light_type: dome, intensity: 1000}}
eye: {create.camera: {position: [0, 600, 0], look_at: [0, 0, 0], look_at_up_axis: [0, 0, -1], focal_length: 24}}
picture: {create.render_product: {camera: eye, resolution: [96, 96]}}
frames: {trigger.on_frame: {max_execs: 160}}
cubes: {create.cube: {count: 2, semantics: [["class", "cube"]]}}
spheres: {create.sphere: {count: 2, semantics: [["class", "sphere"]]}}
changes:
  with.frames:
    with.floor:
      randomizer.color: {colors: {distribution.uniform: {lower: [0.2, 0.2, 0.2], upper: [0.6, 0.6, 0.6]}}}
    with.cubes:
      modify.pose:
        position: {distribution.uniform: {lower: [-170, 30, -170], upper: [170, 30, 170]}}
        rotation: {distribution.uniform: {lower: [0, 0, 0], upper: [0, 360, 0]}}
        scale: {distribution.uniform: {lower: 0.4, upper: 0.8}}
      randomizer.color: {colors: {distribution.uniform: {lower: [0.6, 0, 0], upper: [1, 0.2, 0.2]}}}
    with.spheres:
      modify.pose:
        position: {distribution.uniform: {lower: [-170, 30, -170], upper: [170, 30, 170]}}
        scale: {distribution.uniform: {lower: 0.4, upper: 0.8}}
      randomizer.color: {colors: {distribution.uniform: {lower: [0, 0, 0.6], upper: [0.2, 0.2, 1]}}}
output:
  writers.get: {name: CocoWriter, init_params: {output_dir: toy, semantic_types: ["class"]}, render_products: [picture]}
"""


def rendersdg(*arguments: object, code: int = 0) -> str:
    """Run a command, hold its exit code, and return what it printed."""
    done = run(*arguments, cwd=Path.cwd())
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def test_a_toy_scene_is_rendered_learnt_and_judged(tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(TOY)
    rendersdg("render", tmp_path / "toy.yaml", "-o", tmp_path / "out", "-q")
    told = rendersdg("split", tmp_path / "out", "-o", tmp_path / "lists", "--shares", "train=0.8,val=0.2", "--no-leaks")
    assert told.splitlines()[0].startswith("train: 128 images")
    rendersdg("mix", "--synthetic", tmp_path / "lists/train.json", "-o", tmp_path / "mix")

    rendersdg(
        "train",
        tmp_path / "mix",
        "--val",
        tmp_path / "lists/val.json",
        "--detector",
        "yolo11n",
        "--steps",
        220,
        "-o",
        tmp_path / "run",
        "-q",
        "--set",
        "size=96",
        "--set",
        "threads=1",
        "--set",
        "warmup=20",
        "--set",
        "check_every=0",
        "--set",
        "device=cpu",
    )
    rendersdg(
        "evaluate",
        tmp_path / "run",
        tmp_path / "lists/val.json",
        "-o",
        tmp_path / "scores",
        "--iou",
        0.33,
        "--pixels",
        "-q",
    )

    scores = json.loads((tmp_path / "scores/scores.json").read_text())
    assert scores["summary"]["mAP50"] > 0.5
    assert scores["summary"] == json.loads((tmp_path / "run/result.json").read_text())["scores"]["summary"]
    assert scores["mAP@0.33"] >= scores["summary"]["mAP50"] and scores["pixel_ap"] > 0.5
    assert {p.name for p in (tmp_path / "scores").glob("*.png")} == {
        "precision_recall.png",
        "confusion.png",
        "predictions.png",
    }
    assert (tmp_path / "run/loss.png").exists()


STUDY = """
real: {data: real, split: {by: hash, shares: {train: 0.6, val: 0.4}}}
synthetic: {scene: toy.yaml, frames: 6, seed: 3, control: {lamp.intensity: 0}, rename: {seen_in_no_frame: "-"}}
per_class: [1, 2]
arms: [real, finetune, balanced, synthetic, control]
ratio: "1:1"
seeds: [0, 1]
recipe: {detector: yolo11n, size: 32, steps: 3, batch: 4, warmup: 1, device: cpu}
of_arm: {finetune: {steps: 2, rate: 0.001}}
"""


def test_a_study_runs_stops_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(TOY)
    (tmp_path / "study.yaml").write_text(STUDY)
    rendersdg("render", tmp_path / "toy.yaml", "-o", tmp_path / "real", "--frames", 12, "-q")
    out = tmp_path / "study"

    first = rendersdg("study", tmp_path / "study.yaml", "-o", out, "--only", 4, "--jobs", 2, "-q")
    assert "runs, " in first and "to do" in first
    before = {p: p.stat().st_mtime_ns for p in (out / "runs").glob("*/found.npz")}
    rendersdg("study", tmp_path / "study.yaml", "-o", out, "-q", "--resamples", 20)

    assert len(before) == 4 and all(p.stat().st_mtime_ns == t for p, t in before.items())  # what was done stays
    cells = cells_of(read_study(tmp_path / "study.yaml"))
    assert len(cells) == 2 * (3 * 2 + 2) and all((out / "runs" / c.name / "found.npz").exists() for c in cells)
    rows = list(csv.DictReader((out / "study.csv").open()))
    assert [(r["arm"], r["amount"], r["seeds"]) for r in rows] == [
        ("control", "0", "2"),
        ("synthetic", "0", "2"),
        ("real", "1.0", "2"),
        ("balanced", "1.0", "2"),
        ("finetune", "1.0", "2"),
        ("real", "2.0", "2"),
        ("balanced", "2.0", "2"),
        ("finetune", "2.0", "2"),
    ]
    assert "| images a class |" in (out / "study.md").read_text() and (out / "study.png").exists()
    black = json.loads((out / "runs/control-0-seed0/result.json").read_text())
    assert black["stage"] == "pretrain" and list(black["images"].values()) == [6]
    (tmp_path / "study.yaml").write_text(STUDY.replace("steps: 3", "steps: 4"))
    assert "steps was 3, is 4" in rendersdg("study", tmp_path / "study.yaml", "-o", out, "-q", code=4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("per_class: [1, 2]", ""), "give per_class"),
        (("arms: [real,", "arms: [reel,"), "arm 'reel' is unknown; did you mean 'real'"),
        (("ratio:", "ratoi:"), "'ratoi' is unknown; did you mean 'ratio'"),
        (("steps: 3", "stepz: 3"), "stepz is unknown"),
        (('"1:1"', '"2"'), "write real:synthetic"),
    ],
)
def test_a_study_names_what_is_wrong(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    (tmp_path / "study.yaml").write_text(STUDY.replace(*change))

    with pytest.raises(BadScene, match=says):
        read_study(tmp_path / "study.yaml")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["train", "nowhere", "-o", "run"], 4, "nowhere is not there"),
        (["train", ".", "-o", "run", "--detector", "yolo99"], 4, "looks like no layout"),
        (["split", ".", "-o", "x", "--shares", "train"], 4, "looks like no layout"),
        (["mix", "-o", "m"], 2, "give --real, --synthetic or both"),
        (["evaluate", "nothing", "."], 4, "nothing is not there"),
        (["study", "no.yaml", "-o", "s"], 2, "no.yaml"),
        (["list", "reader"], 2, "readers, detectors"),
    ],
)
def test_mistakes_at_the_command_line_are_told(
    tmp_path: Path, arguments: list[str], code: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert says in rendersdg(*arguments, code=code)
