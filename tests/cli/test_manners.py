"""What people expect of a command line: short options, headings, completion, and every mistake at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

import rendersdg
from rendersdg.cli import HEADINGS, app
from rendersdg.errors import SeveralErrors
from rendersdg.progress import FrameProgress
from tests.cli.one_frame import SCENE, refused
from tests.cli.shown import run
from tests.conftest import ROOT

WRONG = """
up: {settings.set_stage_up_axis: {up_axis: Q}}
box: {create.cube: {scale: big, sale: 2}}
ball: {create.spher: {}}
eye: {create.camera: {position: [0, 0]}}
view: {create.render_product: {camera: eye, resolution: [64, 48]}}
frames: {trigger.on_frame: {max_execs: 3}}
move:
  with.frames:
    with.box: {modify.pose: {position: 1}}
    with.bal: {modify.pose: {position: 1}}
save: {writers.get: {name: CocoWriter, init_params: {segmentation: mask}}}
"""


def test_all_mistakes_of_a_scene_are_told_at_once_and_what_follows_from_them_is_not(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG)

    lines = refused(SeveralErrors, "validate", str(path)).splitlines()

    assert lines[0] == "7 mistakes"
    assert [line.partition(": ")[0] for line in lines[1:]] == [f"  {path}:{k}" for k in (2, 3, 3, 4, 5, 11, 12)]
    assert "up_axis='Q'" in lines[1] and "no argument 'sale'" in lines[3] and "did you mean 'ball'" in lines[6]


def test_mistakes_in_a_profile_are_told_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "light.yaml").write_text("lamp: {create.light: {light_type: sunny}}\n")
    path = tmp_path / "scene.yaml"
    path.write_text(f"profiles: [parts/light.yaml]\nbin: {{create.cube: {{sale: 1}}}}\n{SCENE}")

    said = refused(SeveralErrors, "validate", str(path))

    assert f"  {tmp_path / 'parts' / 'light.yaml'}:1: light_type='sunny'" in said and f"  {path}:2: create.cube" in said


def test_one_mistake_is_told_with_the_whole_path(tmp_path: Path) -> None:
    path = tmp_path / "scene.yaml"
    path.write_text(SCENE.replace("create.cube", "create.cub"))
    said = refused(rendersdg.errors.BadScene, "validate", str(path))

    assert said.startswith(f"{path}:") and "did you mean 'create.cube'" in said


@pytest.mark.parametrize(("short", "long"), [(["-h"], ["--help"]), (["-V"], ["--version"]), (["render", "-h"],) * 2])
def test_short_options_do_what_long_ones_do(short: list[str], long: list[str]) -> None:
    assert run(*short) == run(*long) != ""


def test_every_command_stands_below_one_heading() -> None:
    listed = " ".join(HEADINGS.values()).split()
    shown = run("--help")

    assert sorted(listed) == sorted(get_command(app).commands)  # type: ignore[attr-defined] # a group
    assert [shown.index(f"\n{heading}:\n") for heading in HEADINGS] == sorted(
        shown.index(f"\n{heading}:\n") for heading in HEADINGS
    )


def test_words_are_completed_and_the_package_can_be_run() -> None:
    def said(**changes: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **changes}
        code = "import sys\nsys.argv = ['rendersdg', *sys.argv[1:]]\nfrom rendersdg.cli import main\nmain()"
        command = [sys.executable, "-c", code] if changes else [sys.executable, "-m", "rendersdg", "--version"]
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False).stdout

    completing = {"_RENDERSDG_COMPLETE": "complete_bash", "COMP_CWORD": "2"}
    assert said(**completing, COMP_WORDS="rendersdg examples fru").split() == ["fruit_crate"]
    assert said(**completing, COMP_WORDS="rendersdg list de").split() == ["detectors", "defects"]
    assert said() == f"rendersdg {rendersdg.__version__}\n"


def test_one_frame_is_one_frame(capsys: pytest.CaptureFixture[str]) -> None:
    with FrameProgress(1, "render") as progress:
        progress(0, {})
    with FrameProgress(2, "render") as progress:
        progress(0, {})

    assert capsys.readouterr().err.splitlines() == ["render: 1/1 frame", "render: 1/2 frames"]
