"""The chain from the command line: render, split, mix, train, evaluate; a toy scene is learnt here and now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import rendersdg
from tests.detectors.toys import TOY

pytest.importorskip("torch")

pytestmark = pytest.mark.extra


@pytest.mark.slow
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
        "f1.png",
        "confusion.png",
        "predictions.png",
    }
    assert (tmp_path / "run/results.png").exists()


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
