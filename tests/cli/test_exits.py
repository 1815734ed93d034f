"""Ways out: a scene becomes a USD stage of plain values."""

from __future__ import annotations

from pathlib import Path

from pxr import Usd
from typer.testing import CliRunner

from rendersdg.cli import app
from tests.cli.shown import SCENE, run
from tests.viewer.sets import coco_set


def test_export_to_usd_holds_one_frame_as_plain_values(tmp_path: Path) -> None:
    run("export", SCENE, "--to", "usd", "-o", str(tmp_path / "stage.usda"), "--frames", "3:4")
    stage = Usd.Stage.Open(str(tmp_path / "stage.usda"))
    again = CliRunner().invoke(app, ["export", SCENE, "--to", "usd", "-o", str(tmp_path / "stage.usda")])

    assert "is there already" in str(again.exception)
    assert not any(a.GetNumTimeSamples() for p in stage.Traverse() for a in p.GetAuthoredAttributes())
    assert {str(p.GetTypeName()) for p in stage.Traverse()} >= {"Mesh", "Camera", "DomeLight", "Material"}


def test_a_labelled_set_is_exported_for_fiftyone_and_a_scene_is_not(tmp_path: Path) -> None:
    folder = coco_set(tmp_path / "set")
    told = run("export", str(folder), "--to", "fiftyone", "-o", str(tmp_path / "out"))
    scene = CliRunner().invoke(app, ["export", SCENE, "--to", "fiftyone", "-o", str(tmp_path / "other")])

    assert "left out: 1 outline; this format has boxes alone" in told
    assert (tmp_path / "out" / "labels.json").is_file()
    assert "is a scene: render it first" in str(scene.exception)
