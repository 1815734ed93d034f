"""What people expect of a command line: short options, headings, completion, and every mistake at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import rendersdg
from rendersdg.cli import HEADINGS, app
from rendersdg.cli.options import PICTURES
from rendersdg.errors import RenderSDGError, SeveralErrors
from rendersdg.progress import FrameProgress
from tests.cli.one_frame import SCENE, refused
from tests.cli.shown import run
from tests.conftest import ROOT
from writers.options import IMAGE_FORMATS

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


@pytest.mark.parametrize(("name", "start"), [("sheet.jpg", b"\xff\xd8\xff"), ("new/sheet.png", b"\x89PNG")])
def test_a_picture_is_written_in_the_format_that_its_name_says(name: str, start: bytes, tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(SCENE)
    run("preview", str(tmp_path / "scene.yaml"), "-o", str(tmp_path / name), "--size", "64")

    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("out", "said"),
    [("sheet.txt", "end the name with a format"), (".png", "end the name"), ("file/sheet.png", "nothing can")],
)
def test_an_output_that_cannot_be_is_refused_before_anything_is_opened(out: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in (["preview", "no_such_scene.yaml"], ["inspect", "no_such_asset.usd"]):
        assert said in refused(RenderSDGError, *command, "-o", str(tmp_path / out))


def test_formats_of_pictures_are_those_of_the_writers() -> None:
    assert PICTURES == IMAGE_FORMATS


def test_verify_takes_what_others_put_beside_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(SCENE)
    out = tmp_path / "out"
    run("render", str(tmp_path / "scene.yaml"), "-o", str(out), "--backend", "null", "-q")
    for name in (".DS_Store", "labels.cache", "README.md"):
        (out / name).write_text("mine")

    assert "beside its files, and none of them: .DS_Store, README.md, labels.cache" in run("verify", str(out), "-q")
    (out / "rgb_0007.png").write_bytes((out / "rgb_0000.png").read_bytes())
    assert "1 problem" in refused(RenderSDGError, "verify", str(out), "-q"), "it would be taken for one of its own"


def test_a_class_that_a_writer_does_not_know_is_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text(
        SCENE.replace(
            "BasicWriter, init_params: {output_dir: basic, rgb: true}", "YoloWriter, init_params: {classes: [bxo]}"
        )
    )
    done = CliRunner().invoke(app, ["render", str(tmp_path / "scene.yaml"), "-o", str(tmp_path / "out")])

    assert "note: YoloWriter, class 'box': it is not among the writer's classes" in done.stderr
    assert "did you mean 'bxo'?" in done.stderr


def test_an_output_that_cannot_be_used_is_refused_before_the_scene_is_opened(tmp_path: Path) -> None:
    (tmp_path / "scene.yaml").write_text("x: {create.cub: {}}")  # which would be an error, too
    (tmp_path / "file").write_text("")

    said = refused(RenderSDGError, "render", str(tmp_path / "scene.yaml"), "-o", str(tmp_path / "file" / "out"))

    assert "is a file; choose another folder" in said and "create.cub" not in said
