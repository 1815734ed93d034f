"""A mistyped path of this machine is an error with the nearest name; libraries' paths have stand-ins."""

from __future__ import annotations

from pathlib import Path

import pytest

from rendersdg.errors import AssetError
from tests.conftest import Opener

TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "bracket.obj").write_text(TRIANGLE)
    (tmp_path / "wood.png").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x: {create.from_usd: {usd: parts/braket.obj}}", r"there is no file .*braket.obj; did you mean 'bracket.obj'"),
        ("x: {create.from_usd: {usd: ABSOLUTE/parts/braket.obj}}", "did you mean 'bracket.obj'"),
        ("x: {create.from_usd: {usd: part/bracket.obj}}", "there is no folder .*part, so no file bracket.obj"),
        ("x: {create.from_dir: {dir_path: part}}", "there is no folder .*part; did you mean 'parts'"),
        ("x: {randomizer.instantiate: {paths: [parts/brackets.obj], size: 1}}", "did you mean 'bracket.obj'"),
        ("x: {create.light: {light_type: dome, texture: wod.png}}", "did you mean 'wood.png'"),
        ("x: {create.cube: {}}\ny: {with.x: {randomizer.texture: {textures: [wod.png]}}}", "did you mean 'wood.png'"),
    ],
)
def test_a_mistyped_path_is_an_error_with_the_nearest_name(
    text: str, said: str, folder: Path, open_scene: Opener
) -> None:
    with pytest.raises(AssetError, match=said):
        open_scene(text.replace("ABSOLUTE", str(folder)), folder=folder)


@pytest.mark.parametrize(
    "path",
    [
        "omniverse://localhost/NVIDIA/Assets/Fruit/Apple.usd",
        "/Isaac/Props/YCB/Axis_Aligned/005_tomato_soup_can.usd",
        "/nowhere/on/this/machine/apple.usd",
        "C:/Users/author/apple.usd",
    ],
)
def test_paths_of_libraries_and_of_other_machines_are_stood_in_for(path: str, folder: Path, open_scene: Opener) -> None:
    session = open_scene(f'x: {{create.from_usd: {{usd: "{path}"}}}}', folder=folder)

    assert [entry["subject"] for entry in session.recorder.report.as_json() if entry["kind"] == "substitution"] == [
        path
    ]


@pytest.mark.parametrize("name", ["[a]_bracket.obj", "bracket[2].obj", "[a]/bracket.obj"])
def test_a_file_whose_name_has_brackets_is_taken(name: str, folder: Path, open_scene: Opener) -> None:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(TRIANGLE)

    session = open_scene(f'x: {{create.from_usd: {{usd: "{name}", unit: mm}}}}', folder=folder)

    assert len(session.snapshot(0).instances) == 1
    assert name in session.first_inputs()


def test_what_is_there_is_taken(folder: Path, open_scene: Opener) -> None:
    session = open_scene("x: {create.from_usd: {usd: parts/bracket.obj}}", folder=folder)

    assert "substitution" not in {entry["kind"] for entry in session.recorder.report.as_json()}
