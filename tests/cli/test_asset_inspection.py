"""What ``rendersdg inspect`` prints and writes."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from rendersdg.cli import app
from rendersdg.errors import AssetError, BadArgument, DatasetError, RenderSDGError
from tests.cli.one_frame import refused
from tests.cli.shown import run

CUBE = """#usda 1.0
(
    defaultPrim = "Part"
    metersPerUnit = 0.01
    upAxis = "Z"
)
def Xform "Part" (
    variants = { string colour = "red" }
    prepend variantSets = "colour"
) {
    def Cube "Box" (prepend apiSchemas = ["SemanticsLabelsAPI:class", "PhysicsCollisionAPI"]) {
        double size = 4
        token[] semantics:labels:class = ["box"]
    }
    def SphereLight "Lamp" {}
    def Camera "Eye" {}
    variantSet "colour" = {
        "red" {
        }
        "blue" {
        }
    }
}
"""
KEYS = {
    "asset",
    "file",
    "meters_per_unit",
    "up_axis",
    "unit_is",
    "up_axis_is",
    "size_m",
    "low_m",
    "high_m",
    "playing",
    "prims",
    "geometry",
    "materials",
    "variants",
    "animated",
    "skeletons",
    "blend_shapes",
    "cameras",
    "lights",
    "copies",
    "shared",
    "labels",
    "bodies",
    "colliders",
    "joints",
    "notes",
    "picture",
}


@pytest.fixture
def part(tmp_path: Path) -> Path:
    path = tmp_path / "part.usda"
    path.write_text(CUBE)
    return path


def test_all_that_is_there_is_printed(part: Path, tmp_path: Path) -> None:
    picture = tmp_path / "seen.png"

    assert run("inspect", str(part), "-o", str(picture)).splitlines() == [
        "part.usda",
        "  size        0.04 x 0.04 x 0.04 m (x, y, z); 4 x 4 x 4 cm",
        "  axes        Z up (stated), a unit is 0.01 m (stated)",
        "  prims       4: 1 Camera, 1 Cube, 1 SphereLight, 1 Xform",
        "  geometry    1 mesh, 12 triangles, 8 vertices",
        "  variants    1",
        "    /Part, colour: red of blue, red",
        "  cameras     1",
        "    /Part/Eye",
        "  lights      1",
        "    /Part/Lamp: sphere",
        "  labels      1",
        "    class: box (1 prim)",
        "  physics     1 collider",
        f"  picture     {picture}",
    ]
    assert cv2.imread(str(picture)).shape == (480, 640, 3)


def test_the_picture_lies_beside_the_asset_and_overwrites_no_texture(part: Path) -> None:
    texture = part.with_suffix(".png")
    texture.write_text("a texture")

    run("inspect", str(part))

    assert texture.read_text() == "a texture"
    assert (part.parent / "part.inspect.png").is_file()


def test_json_has_the_same_keys_for_every_asset(part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(part.parent)

    for asset in (str(part), "rendersdg:fruit/apple"):
        found = json.loads(run("inspect", asset, "--json", "--no-picture"))

        assert set(found) == KEYS
        assert found["asset"] == asset
        assert found["picture"] is None
    assert not list(part.parent.glob("*.png"))


def test_json_says_sizes_in_metres(part: Path) -> None:
    found = json.loads(run("inspect", str(part), "--json", "--no-picture"))

    assert found["size_m"] == pytest.approx([0.04, 0.04, 0.04])
    assert found["low_m"] == pytest.approx([-0.02, -0.02, -0.02])
    assert found["geometry"] == {"meshes": 1, "instances": 1, "triangles": 12, "vertices": 8}
    assert found["variants"] == [{"path": "/Part", "name": "colour", "selection": "red", "choices": ["blue", "red"]}]


def test_no_line_is_longer_than_100_columns(part: Path, tmp_path: Path) -> None:
    names = "".join(f'        "{"variant" * 3}_{k}" {{\n        }}\n' for k in range(12))
    long = CUBE.replace("Box", "Box" * 50).replace('        "blue" {\n        }\n', names)
    part.write_text(long)

    printed = run("inspect", str(part), "-o", str(tmp_path / "p.png"))

    assert "BoxBox" not in printed or max(map(len, printed.splitlines())) <= 100
    assert max(map(len, printed.splitlines())) <= 100


def test_unit_and_up_axis_can_be_given(tmp_path: Path) -> None:
    mesh = tmp_path / "part.obj"
    mesh.write_text("v 0 0 0\nv 20 0 0\nv 0 30 0\nv 0 0 40\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n")

    found = json.loads(run("inspect", str(mesh), "--json", "--no-picture", "--unit", "mm", "--up-axis", "Y"))

    assert found["size_m"] == pytest.approx([0.02, 0.03, 0.04])
    assert (found["meters_per_unit"], found["up_axis"]) == (0.001, "Y")
    assert (found["unit_is"], found["up_axis_is"]) == ("given", "given")
    assert found["asset"] == f"{mesh}:SDF_FORMAT_ARGS:unit=mm&up_axis=Y"


def test_a_unit_that_is_none_is_refused(part: Path) -> None:
    assert "furlong" in refused(RenderSDGError, "inspect", "part.stl", "--unit", "furlong")
    assert "this states its own" in refused(BadArgument, "inspect", str(part), "--unit", "mm")


def test_many_of_a_kind_are_counted(part: Path) -> None:
    cameras = "".join(f'    def Camera "Eye{k}" {{}}\n' for k in range(30))
    part.write_text(CUBE.replace('    def Camera "Eye" {}\n', cameras))

    printed = run("inspect", str(part), "--no-picture")

    assert "  cameras     30\n" in printed
    assert "    and 18 more; --json has all\n" in printed


def test_a_file_that_cannot_be_read_is_an_error_of_an_asset(tmp_path: Path) -> None:
    broken = tmp_path / "broken.glb"
    broken.write_bytes(b"not a model")

    assert "broken.glb" in refused(AssetError, "inspect", str(broken))
    assert "there is no file" in refused(AssetError, "inspect", str(tmp_path / "none.usd"))
    (tmp_path / "bracket.stl").write_bytes(b"")
    said = refused(AssetError, "inspect", str(tmp_path / "braket.stl"), "--unit", "mm")
    assert "did you mean 'bracket.stl'" in said and "SDF_FORMAT" not in said
    assert AssetError.exit_code == 3


def test_a_picture_that_cannot_be_written_says_what_to_do(part: Path, tmp_path: Path) -> None:
    says = refused(DatasetError, "inspect", str(part), "-o", str(tmp_path / "no" / "where.png"))

    assert "-o PICTURE.png" in says


def test_help_names_the_exit_codes() -> None:
    done = CliRunner().invoke(app, ["inspect", "--help"])

    assert done.exit_code == 0
    assert "3 asset" in done.stdout


def test_a_size_is_said_in_the_files_own_unit_and_an_origin_that_lies_elsewhere(tmp_path: Path) -> None:
    for name, shift in (("here", 0), ("there", 300)):
        rows = [f"v {x + shift} {y} {z}" for x, y, z in ((0, 0, 0), (40, 0, 0), (0, 30, 0), (0, 0, 20))]
        (tmp_path / f"{name}.obj").write_text("\n".join([*rows, "f 1 3 2", "f 1 2 4", "f 1 4 3", "f 2 3 4"]))

    here, there = (
        run("inspect", str(tmp_path / f"{n}.obj"), "--unit", "mm", "--no-picture") for n in ("here", "there")
    )

    assert "0.04 x 0.03 x 0.02 m (x, y, z); 40 x 30 x 20 mm" in here and "origin" not in here
    assert "0.3 m outside of what is drawn" in there
    odd = run("inspect", str(tmp_path / "here.obj"), "--unit", "0.002", "--no-picture")
    assert "0.08 x 0.06 x 0.04 m (x, y, z); 40 x 30 x 20 units of 0.002 m" in odd
