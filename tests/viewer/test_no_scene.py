"""What is no scene is told and refused before a server starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import BadArgument
from rendersdg.viewer.no_scene import refuse_no_scene
from rendersdg.viewer.sources import Asked, kind_of
from tests import commands
from tests.conftest import ROOT
from tests.viewer.small_scene import SCENE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("scene: a.yaml\nsteer_on: {frames: 60}\nhold_out: {frames: 60}\n", "steering study.*rendersdg steer"),
        ("arms: [1]\nrecipe: {size: 192}\n", "a study.*rendersdg study"),
        ("path: .\ntrain: train.txt\nnames: [bolt]\n", "YOLO set.*rendersdg view"),
        ("services: {web: {image: nginx}}\n", r"none of its groups \(services\) holds a call"),
        ("a: {com.example.label: text}\n", "none of its groups"),
        ("{}", "none of its groups"),
        ("[1, 2]", "is not a scene but a list"),
        ("only words", "is not a scene but a str"),
        ("1: 2", "none of its groups"),
    ],
)
def test_a_file_without_a_call_is_told_by_its_keys(text: str, words: str) -> None:
    with pytest.raises(BadArgument, match=words):
        refuse_no_scene(text, Path("s.yaml"))


@pytest.mark.parametrize(
    "text",
    [SCENE, "", "# to be written\n", "ball: {create.sphere:", "ball: {creat.spheer: {}}", "a: 1\nb: {create.cube: }\n"],
)
def test_scenes_and_what_may_become_one_are_not_refused(text: str) -> None:
    refuse_no_scene(text, Path("s.yaml"))


def test_every_scene_here_is_taken_and_every_study_is_not() -> None:
    for file in sorted((ROOT / "scenes").glob("*.yaml")):
        refuse_no_scene(file.read_text(encoding="utf-8"), file)
    for file in sorted((ROOT / "scenes" / "studies").glob("*.yaml")):
        with pytest.raises(BadArgument, match=r"is a (steering )?study"):
            refuse_no_scene(file.read_text(encoding="utf-8"), file)


def test_a_script_is_refused_with_the_way_to_see_what_it_writes(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match=r"rendersdg run .*script\.py -o out.*rendersdg view out"):
        kind_of(Asked(place=str(tmp_path / "script.py")))


def test_the_command_ends_with_2_and_starts_no_server(tmp_path: Path) -> None:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    (tmp_path / "s.yaml").write_text("scene: a.yaml\nsteer_on: {frames: 60}\n")

    done = commands.run("view", tmp_path / "s.yaml", "--no-open")

    assert done.returncode == 2 and "http" not in done.stdout and "is a steering study" in done.stderr


def test_a_set_named_by_its_layout_and_its_yaml_list_is_a_set(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("train: images\nnames: [bolt]\n")

    kind = kind_of(Asked(place=f"yolo:{tmp_path / 'data.yaml'}"))

    assert kind == "dataset"
    assert kind_of(Asked(place=f"yolo:{tmp_path / 'none.yaml'}")) == "dataset"  # whose reader says what is missing
    assert kind_of(Asked(place=str(tmp_path / "data.yaml"))) == "scene"  # refused where it is opened
