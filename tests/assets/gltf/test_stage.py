"""glTF files as USD stages: nodes are Xforms by their names, meshes lie below them, and each bad thing costs itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pxr import Usd, UsdGeom

from rendersdg.assets.gltf.stage import gltf_stage
from rendersdg.errors import AssetError, Report
from tests.assets.quads import quad


def converted(file: Path) -> tuple[Usd.Stage, dict[str, str]]:
    """Return the stage of a file, and what is reported by its place in the file."""
    report = Report()
    stage = gltf_stage(str(file), lambda label, pixels: label, report)
    return stage, {s.split(f"{file}:")[-1]: t for (_, s), t in report.entries.items()}


def edited(file: Path, **more: Any) -> Path:
    tree = json.loads(file.read_text())
    file.write_text(json.dumps({**tree, **more}))
    return file


def paths(stage: Usd.Stage) -> list[str]:
    return [str(p.GetPath()) for p in stage.Traverse() if p.IsA(UsdGeom.Xformable)]


def test_the_primitives_of_a_mesh_keep_the_order_of_the_file(tmp_path: Path) -> None:
    file = quad(tmp_path, {})
    tree = json.loads(file.read_text())
    tree["meshes"][0]["primitives"] *= 3
    file.write_text(json.dumps(tree))

    stage, _ = converted(file)

    assert paths(stage) == ["/Asset", "/Asset/quad", "/Asset/quad/quad", "/Asset/quad/quad_1", "/Asset/quad/quad_2"]


def test_nodes_are_xforms_by_their_names_with_what_is_below_them(tmp_path: Path) -> None:
    nodes = [
        {
            "name": "Arm 1",
            "children": [1, 2],
            "translation": [1, 0, 0],
            "rotation": [0, 0, 0.6, 0.8],
            "scale": [2, 2, 2],
        },
        {"name": "hand", "mesh": 0, "translation": [0, 1, 0]},
        {"name": "hand", "mesh": 0},
    ]

    stage, _ = converted(edited(quad(tmp_path, None), nodes=nodes))

    hands = ["/Asset/Arm_1/hand", "/Asset/Arm_1/hand/quad", "/Asset/Arm_1/hand_1", "/Asset/Arm_1/hand_1/quad"]
    assert paths(stage) == ["/Asset", "/Asset/Arm_1", *hands]
    world = UsdGeom.XformCache().GetLocalToWorldTransform(stage.GetPrimAtPath(hands[0]))
    # turned by the angle whose cosine is 0.28 and sine 0.96: (0, 1, 0) * 2 goes to (-1.92, 0.56, 0)
    assert tuple(world.Transform((0, 0, 0))) == pytest.approx((1 - 1.92, 0.56, 0))


@pytest.mark.parametrize(
    "matrix", [np.diag([2.0, -1, 1, 1]), np.array([[1, 0.5, 0, 3], [0, 1, 0, 4], [0, 0, 1, 5], [0, 0, 0, 1.0]])]
)
def test_a_matrix_places_a_node_even_where_it_mirrors_or_shears(tmp_path: Path, matrix: np.ndarray) -> None:
    nodes = [{"mesh": 0, "matrix": matrix.T.ravel().tolist()}]

    stage, _ = converted(edited(quad(tmp_path, None), nodes=nodes))

    world = UsdGeom.XformCache().GetLocalToWorldTransform(stage.GetPrimAtPath("/Asset/quad/quad"))
    assert np.allclose(np.array(world).T, matrix)


def test_only_the_files_scene_is_drawn_and_the_others_are_named(tmp_path: Path) -> None:
    nodes = [{"name": "one", "mesh": 0}, {"name": "two", "mesh": 0}]
    scenes = [{"nodes": [0], "name": "morning"}, {"nodes": [1], "name": "night"}]

    stage, notes = converted(edited(quad(tmp_path, None), nodes=nodes, scenes=scenes, scene=1))

    assert paths(stage) == ["/Asset", "/Asset/two", "/Asset/two/quad"] and "morning" in notes["scenes"]


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("POSITION", 99, "meshes[0].primitives[0]"),
        ("NORMAL", "up", "meshes[0].primitives[0]"),
        ("indices", 0, "meshes[0].primitives[0]"),
    ],
)
def test_a_primitive_that_cannot_be_read_costs_itself_alone(tmp_path: Path, key: str, value: Any, place: str) -> None:
    file = quad(tmp_path, None)
    tree = json.loads(file.read_text())
    good = json.loads(json.dumps(tree["meshes"][0]["primitives"][0]))
    bad = tree["meshes"][0]["primitives"][0]
    (bad if key == "indices" else bad["attributes"])[key] = value
    tree["meshes"][0]["primitives"].append(good)
    file.write_text(json.dumps(tree))

    stage, notes = converted(file)

    assert paths(stage)[-1] == "/Asset/quad/quad" and "left out" in notes[place]


def test_nodes_in_a_circle_are_reported(tmp_path: Path) -> None:
    nodes = [{"name": "a", "children": [1]}, {"name": "b", "children": [0]}]

    stage, notes = converted(edited(quad(tmp_path, None), nodes=nodes))

    assert paths(stage) == ["/Asset", "/Asset/a", "/Asset/a/b"] and "more than one place" in notes["nodes[0]"]


@pytest.mark.parametrize("content", [b"nonsense", b"", b"[]", b'{"asset": {"version": "1.0"}}', b"glTF\1\0\0\0"])
def test_what_is_not_gltf_2_is_an_error_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.glb").write_bytes(content)

    with pytest.raises(AssetError, match=r"a\.glb"):
        converted(tmp_path / "a.glb")
