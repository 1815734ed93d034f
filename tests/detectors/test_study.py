"""Studies: they run, stop and go on, and say what is wrong with their file."""

from __future__ import annotations

import csv
import json
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detectors.detections import Detections
from detectors.samples import Sample, write_coco
from detectors.study import Cell, _run_cell, _steps_done, cells_of, read_sets, read_study
from rendersdg.errors import BadScene
from tests.commands import rendersdg, run, start
from tests.detectors.sets import squares
from tests.detectors.toys import TOY

pytest.importorskip("torch")

pytestmark = pytest.mark.extra

STUDY = """
real: {data: real, split: {by: hash, shares: {train: 0.6, val: 0.4}}}
synthetic: {scene: toy.yaml, frames: 6, seed: 3, control: {lamp.intensity: 0}, rename: {seen_in_no_frame: "-"}}
per_class: [1]
arms: [real, finetune, balanced, rehearse, synthetic, control]
ratio: "1:1"
seeds: [0, 1]
recipe: {detector: yolo11n, size: 32, steps: 3, batch: 4, warmup: 1, device: cpu}
of_arm: {finetune: {steps: 2, rate: 0.001}}
"""


def test_how_far_a_run_is_comes_from_its_log(tmp_path: Path) -> None:
    cell = Cell("real", 10, 0)
    assert _steps_done(tmp_path, cell) == 0
    file = tmp_path / "runs" / cell.name / "log.csv"
    file.parent.mkdir(parents=True)
    for text, steps in (
        ("", 0),
        ("step,loss\n", 0),
        ("step,loss\n20,3.5\n40,2.25\n", 40),
        ("step,loss\n20,3.5\n4", 20),
    ):
        file.write_text(text)
        assert _steps_done(tmp_path, cell) == steps


@pytest.mark.slow
def test_a_study_runs_stops_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(TOY)
    (tmp_path / "study.yaml").write_text(STUDY)
    rendersdg("render", tmp_path / "toy.yaml", "-o", tmp_path / "real", "--frames", 12, "-q")
    out = tmp_path / "study"

    first = rendersdg("study", tmp_path / "study.yaml", "-o", out, "--only", 4, "--jobs", 2, "-q")
    assert "runs, " in first and "to do" in first
    before = {p: p.stat().st_mtime_ns for p in (out / "runs").glob("*/found.npz")}
    told = run("study", tmp_path / "study.yaml", "-o", out, "--resamples", 20)

    assert told.returncode == 0 and "study: 23/23 steps" in told.stderr, told.stderr
    assert len(before) == 4 and all(p.stat().st_mtime_ns == t for p, t in before.items())  # what was done stays
    cells = cells_of(read_study(tmp_path / "study.yaml"))
    assert len(cells) == 2 * (4 + 2) and all((out / "runs" / c.name / "found.npz").exists() for c in cells)
    rows = list(csv.DictReader((out / "study.csv").open()))
    assert [(r["arm"], r["amount"], r["seeds"]) for r in rows] == [
        ("control", "0", "2"),
        ("synthetic", "0", "2"),
        ("real", "1.0", "2"),
        ("balanced", "1.0", "2"),
        ("finetune", "1.0", "2"),
        ("rehearse", "1.0", "2"),
    ]
    assert "| images a class |" in (out / "study.md").read_text() and (out / "study.png").exists()
    both = json.loads((out / "runs/rehearse-1-seed0/result.json").read_text())
    assert both["stage"] == "finetune" and len(both["images"]) == 2
    black = json.loads((out / "runs/control-0-seed0/result.json").read_text())
    assert black["stage"] == "pretrain" and list(black["images"].values()) == [6]
    (tmp_path / "study.yaml").write_text(STUDY.replace("steps: 3", "steps: 4"))
    assert "steps was 3, is 4" in rendersdg("study", tmp_path / "study.yaml", "-o", out, "-q", code=4)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_a_study_that_is_killed_leaves_no_training_behind(tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text(TOY)
    (tmp_path / "study.yaml").write_text(STUDY.replace("steps: 3", "steps: 100000"))
    rendersdg("render", tmp_path / "toy.yaml", "-o", tmp_path / "real", "--frames", 12, "-q")
    study = start("study", tmp_path / "study.yaml", "-o", tmp_path / "study", "-q")
    until = time.monotonic() + 120
    while not (workers := _children(study.pid)) or not list((tmp_path / "study/runs").glob("*")):
        assert time.monotonic() < until
        time.sleep(0.1)

    study.send_signal(signal.SIGKILL)
    study.wait()

    while any(Path("/proc", str(pid)).exists() for pid in workers) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(Path("/proc", str(pid)).exists() for pid in workers)


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


ARMS = """
real: {train: a, val: b}
synthetic: {data: c}
per_class: [1]
arms:
  - finetune
  - {name: alike, as: finetune, pretraining: {augment.like: histogram}}
  - {name: alike-slower, as: finetune, recipe: {steps: 9}, pretraining: {augment.like: histogram}}
  - {name: other, as: finetune, recipe: {detector: fcos_resnet18}}
  - {name: small, as: real, recipe: {size: 64}}
  - rehearse
  - masked
  - {name: masked-slower, as: masked, recipe: {steps: 9}}
beside: finetune
seeds: [0, 1]
recipe: {detector: yolo11n, size: 32, steps: 3}
of_arm: {finetune: {steps: 2}, synthetic: {steps: 5}}
"""


def test_arms_have_settings_of_their_own_and_share_equal_first_stages(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(ARMS)
    study = read_study(tmp_path / "study.yaml")

    firsts = [study.pretrained(c) for c in cells_of(study) if c.seed == 1]

    assert [f and f.name for f in firsts] == [
        "synthetic-0-seed1", "alike.first-0-seed1", "alike.first-0-seed1", "other.first-0-seed1", None,
        "synthetic-0-seed1", "masked.first-0-seed1", "masked.first-0-seed1",
    ]  # fmt: skip
    recipes = [study.recipe_of(a, 1) for a in ("finetune", "alike-slower", "alike.first", "other.first", "small")]
    assert [(r.detector, r.steps, r.size, r.augment.like) for r in recipes] == [
        ("yolo11n", 2, 32, "none"),
        ("yolo11n", 9, 32, "none"),
        ("yolo11n", 5, 32, "histogram"),
        ("fcos_resnet18", 5, 32, "none"),
        ("yolo11n", 3, 64, "none"),
    ]


HARD = """
real: {train: "coco:real.json", val: "coco:real.json"}
synthetic: {data: "coco:made.json"}
per_class: [2]
arms: [{name: hard, as: rehearse, hard: 0.25}]
seeds: [0]
recipe: {detector: light_lite0, size: 32, steps: 1, batch: 4, warmup: 1, device: cpu}
"""


def test_an_arm_shows_more_of_what_its_first_stage_errs_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, images in (("real", 4), ("made", 6)):
        write_coco(squares(tmp_path / name, images), tmp_path / f"{name}.json")
    (tmp_path / "study.yaml").write_text(HARD)
    study = replace(read_study(tmp_path / "study.yaml"), one_pretraining=True)
    sets = read_sets(study, tmp_path / "out", lambda *_: None)
    cell = cells_of(study)[0]
    first = study.pretrained(cell)
    assert first is not None
    _run_cell(study, sets, first, tmp_path / "out", 1)

    def found_all_but_one(model: object, images: Sequence[Sample]) -> list[Detections]:
        return [Detections(s.xyxy, np.full(1, 0.9 * (k > 0)), s.labels) for k, s in enumerate(images)]

    monkeypatch.setattr("detectors.runtime.predict", found_all_but_one)
    _run_cell(study, sets, cell, tmp_path / "out", 1)
    kept = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out" / "runs" / first.name).glob("found-*.npz")}
    assert len(kept) == 2  # of the real and the made images: other cells need not look again
    _run_cell(study, sets, replace(cell, seed=1), tmp_path / "out", 1)
    assert all((tmp_path / "out" / "runs" / first.name / n).stat().st_mtime_ns == t for n, t in kept.items())

    record = json.loads((tmp_path / "out" / "runs" / cell.name / "result.json").read_text())
    assert list(record["images"].values()) == [4, 1, 6, 1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("name: alike,", "name: finetune,"), "two arms are called 'finetune'"),
        (("as: real", "as: reel"), "arm 'reel' is unknown; did you mean 'real'"),
        (("as: real, ", "as: real, pretraining: {steps: 1}, "), "pretraining is for arms as finetune, rehearse"),
        (("beside: finetune", "beside: finetuned"), "no arm is called 'finetuned'; did you mean 'finetune'"),
        (("name: small", "name: small.first"), "cannot end in .first"),
        (
            ("pretraining: {augment.like: histogram}}", "pretrained: {}}"),
            "'pretrained' is unknown; did you mean 'pretr",
        ),
        (("as: real, ", "as: real, hard: 0.5, "), "hard is for arms as finetune or rehearse"),
        (("recipe: {steps: 9}, pre", "hard: 1.0, pre"), "arm 'alike-slower': hard=1.0 is not a share"),
        (("of_arm: {fine", "of_arm: {fyne"), "of_arm: 'fynetune' is unknown"),
    ],
)
def test_an_arm_names_what_is_wrong(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    (tmp_path / "study.yaml").write_text(ARMS.replace(*change))

    with pytest.raises(BadScene, match=says):
        read_study(tmp_path / "study.yaml")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("per_class: [1]", ""), "give per_class"),
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
