"""The commands that only show things, and one that is interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.shown import SCENE, run
from tests.conftest import ROOT
from writers.encoders import read_image


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
