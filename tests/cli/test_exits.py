"""Ways out: a scene becomes a USD stage of plain values."""

from __future__ import annotations

from pathlib import Path

from pxr import Usd
from typer.testing import CliRunner

from rendersdg.cli import app
from tests.cli.shown import SCENE, run


def test_export_to_usd_holds_one_frame_as_plain_values(tmp_path: Path) -> None:
    run("export", SCENE, "--to", "usd", "-o", str(tmp_path / "stage.usda"), "--frames", "3:4")
    stage = Usd.Stage.Open(str(tmp_path / "stage.usda"))
    again = CliRunner().invoke(app, ["export", SCENE, "--to", "usd", "-o", str(tmp_path / "stage.usda")])

    assert "is there already" in str(again.exception)
    assert not any(a.GetNumTimeSamples() for p in stage.Traverse() for a in p.GetAuthoredAttributes())
    assert {str(p.GetTypeName()) for p in stage.Traverse()} >= {"Mesh", "Camera", "DomeLight", "Material"}
