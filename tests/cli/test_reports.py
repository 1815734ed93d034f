"""The command report: what it writes and says, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from rendersdg.cli import app
from rendersdg.errors import BadArgument, DatasetError
from tests.cli.one_frame import refused
from tests.cli.shown import run
from tests.reports.sets import coco


def test_the_page_and_the_findings_are_written_and_the_worst_said(tmp_path: Path) -> None:
    data = coco(tmp_path, [[[-9, 2, 20, 20]], [[2, 2, 20, 20]]], classes=("bolt",))

    said = run("report", str(data), "-o", str(tmp_path / "r.html"), "-o", str(tmp_path / "r.json"))

    tree = json.loads((tmp_path / "r.json").read_text())
    assert "fault: 1 box in 1 image reaches over the edge of the image" in said
    assert [f["kind"] for f in tree["findings"]] == ["off_image"] and tree["images"] == 2
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")


def test_strict_turns_faults_into_an_exit_code(tmp_path: Path) -> None:
    faulty = coco(tmp_path / "a", [[[-9, 2, 20, 20]]], classes=("bolt",))
    sound = coco(tmp_path / "b", [[[2, 2, 20, 20]]], classes=("bolt",))
    out = ["-o", str(tmp_path / "r.json"), "--quiet"]

    codes = [CliRunner().invoke(app, ["report", str(d), *out, "--strict"]).exit_code for d in (faulty, sound)]

    assert codes == [4, 0]


def test_mistakes_are_told_before_anything_is_read(tmp_path: Path) -> None:
    assert "neither .html nor .json" in refused(BadArgument, "report", "nowhere", "-o", "r.pdf")
    assert "is not there" in refused(DatasetError, "report", str(tmp_path / "x"), "-o", "r.html")
    assert "give real, too" in refused(BadArgument, "report", "nowhere", "--features", "run", "-o", "r.html")
