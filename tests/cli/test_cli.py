"""The commands that only show things, and the names that published YAML scenes use."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from pxr import Usd
from typer.testing import CliRunner

from rendersdg.cli import app
from rendersdg.replicator.namespace import table
from rendersdg.scene import FUNCTIONS
from tests.conftest import ROOT, needs_shared
from writers.encoders import read_image

SCENE = str(ROOT / "scenes" / "camera_orbit.yaml")


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


@pytest.mark.parametrize("kind", ["functions", "writers", "annotators", "backends", "operations", "assets", "textures"])
def test_list_names_every_kind(kind: str) -> None:
    assert len(run("list", kind).splitlines()) >= 3


@pytest.mark.parametrize(
    "command", ["render", "preview", "replay", "verify", "merge", "list", "schema", "validate", "export"]
)
def test_every_command_helps_with_an_example(command: str) -> None:
    assert f"Example: rendersdg {command}" in run(command, "--help")


def test_schema_is_json_and_version_is_told() -> None:
    assert "create.cube" in json.loads(run("schema"))["$defs"]
    assert run("--version").startswith("rendersdg ")


def test_validate_tells_what_is_in_a_scene() -> None:
    assert "12 frames" in run("validate", SCENE)


def test_preview_draws_a_sheet(tmp_path: Path) -> None:
    run("preview", SCENE, "-o", str(tmp_path / "sheet.png"), "--frames", "2")
    sheet = read_image((tmp_path / "sheet.png").read_bytes())

    assert sheet.shape[1] > 900 and sheet.std() > 20


def test_export_to_usd_holds_one_frame_as_plain_values(tmp_path: Path) -> None:
    run("export", SCENE, "--to", "usd", "-o", str(tmp_path / "stage.usda"), "--frames", "3:4")
    stage = Usd.Stage.Open(str(tmp_path / "stage.usda"))
    again = CliRunner().invoke(app, ["export", SCENE, "--to", "usd", "-o", str(tmp_path / "stage.usda")])

    assert "is there already" in str(again.exception)
    assert not any(a.GetNumTimeSamples() for p in stage.Traverse() for a in p.GetAuthoredAttributes())
    assert {str(p.GetTypeName()) for p in stage.Traverse()} >= {"Mesh", "Camera", "DomeLight", "Material"}


def published(language: str) -> set[str]:
    """Return the functions that published scripts of a language use."""
    entries = yaml.safe_load(needs_shared("replicator", "scripts.yaml").read_text())
    return {f for entry in entries if entry["language"] == language for f in entry["rep_functions"]}


def test_every_function_of_the_published_scripts_is_there() -> None:
    there = table()
    used = {f for f in published("python") if not f.startswith(("with.", "writer."))}  # of a script's own variables
    missing = {f for f in used if f not in there and not hasattr(there.get(f.rpartition(".")[0]), f.rpartition(".")[2])}
    registered = {f for f in missing if f.startswith("randomizer.")}  # by the scripts themselves

    assert len(used) > 80 and missing - registered <= {"functional"}  # a module
    assert not registered & {f"randomizer.{name}" for name in ("scatter_2d", "materials", "color", "instantiate")}


def test_every_function_of_the_published_yaml_scenes_is_there() -> None:
    used = published("yaml")
    library = {f for f in used if not f.startswith(("with.", "writer.", "randomizer.")) or f in FUNCTIONS}
    own = {f for f in used if f.startswith("randomizer.") and f not in FUNCTIONS}

    assert library and all(f in FUNCTIONS for f in library)
    assert own <= {"randomizer.register"} | {f for f in own if "_" in f}  # names that the scenes register themselves


def test_an_interrupt_is_said_and_what_is_done_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "rendersdg.cli",
        "render",
        "scenes/bolts_and_gears.yaml",
        "-o",
        str(out),
        "--frames",
        "5000",
    ]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background would not hear it
    )
    until = time.monotonic() + 120
    while not list(out.rglob("*.record")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 130 and "interrupted; what is done is kept" in said and "Traceback" not in said
