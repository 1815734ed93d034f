"""Poses known by hand, and in the formats of other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import Opener
from tests.writers.written import POSED, write
from writers.encoders import read_image


def test_poses_are_those_known_by_hand(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "PoseWriter", 1, POSED, write_debug_images=True)

    table = json.loads((tmp_path / "000000.json").read_text())
    thing = table["objects"][0]
    fx = 24 / 20.955 * 160
    # the camera looks along -X with +Z up, so its right is +Y
    assert np.allclose(thing["location_camera_frame"], (1, 0.5, -10), atol=1e-5)
    assert np.allclose(thing["location_world_frame"], (0, 1, 0.5), atol=1e-6)
    assert np.allclose(thing["size"], (1, 2, 3), atol=1e-5)
    assert np.allclose(np.abs(thing["quat_wxyz_world_frame"]), (0.5**0.5, 0, 0, 0.5**0.5), atol=1e-6)
    assert thing["cuboid_keypoints_projected"][0] == [round(80 + fx * 0.1), round(60 - fx * 0.05)]
    # turned by 90 degrees about z: the local x (1 m) lies along world y, the local y (2 m) along -x
    rdf = thing["cuboid_keypoints_world_frame"][table["keypoint_order"].index("RDF")]
    assert np.allclose(rdf, (1, 1.5, 2), atol=1e-5)
    assert thing["truncation_ratio"] == 0 and thing["visibility"] == 1
    assert read_image((tmp_path / "000000_overlay.png").read_bytes()).shape == (120, 160, 3)


def test_the_bit_compatible_pose_multiplies_the_other_way_round(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path, "PoseWriter", 1, POSED, bit_compatible=True)

    table = json.loads((tmp_path / "000000.json").read_text())
    view = np.array(table["camera_data"]["camera_view_matrix"])
    world = np.array(table["objects"][0]["local_to_world_transform"])
    assert np.allclose(table["objects"][0]["location_camera_frame"], (view @ world)[3, :3], atol=1e-4)


@pytest.mark.parametrize(("form", "label"), [("dope", "class"), ("centerpose", "label")])
def test_pose_formats_of_other_tools(open_scene: Opener, tmp_path: Path, form: str, label: str) -> None:
    write(open_scene, tmp_path, "PoseWriter", 1, POSED, format=form)

    thing = json.loads((tmp_path / "000000.json").read_text())["objects"][0]
    x, y, z, w = thing["quaternion_xyzw"]
    assert thing[label] == "box" and len(thing["projected_cuboid"]) == 9
    assert abs(x * x + y * y + z * z + w * w - 1) < 1e-6


def test_dope_writes_the_classes_it_is_given(open_scene: Opener, tmp_path: Path) -> None:
    write(open_scene, tmp_path / "a", "DOPEWriter", 1, POSED, class_name_to_index_map={"box": 0})
    write(open_scene, tmp_path / "b", "DOPEWriter", 1, POSED, class_name_to_index_map={"other": 0})

    table = json.loads((tmp_path / "a" / "000000.json").read_text())
    assert table["camera_data"] == {} and [o["class"] for o in table["objects"]] == ["box"]
    assert json.loads((tmp_path / "b" / "000000.json").read_text())["objects"] == []


def test_a_whole_in_full_view_is_written_and_what_has_no_pixel_is_not(open_scene: Opener, tmp_path: Path) -> None:
    (tmp_path / "pair.usda").write_text(
        """#usda 1.0
(
    defaultPrim = "Pair"
    metersPerUnit = 1
)
def Xform "Pair" (prepend apiSchemas = ["SemanticsLabelsAPI:class"])
{
    token[] semantics:labels:class = ["pair"]
    def Cube "One" (prepend apiSchemas = ["SemanticsLabelsAPI:class"])
    {
        token[] semantics:labels:class = ["one"]
        double size = 1
    }
}
"""
    )
    scene = (
        f"pair: {{create.from_usd: {{usd: {tmp_path / 'pair.usda'}}}}}\n"
        'speck: {create.cube: {position: [0, 1, 1], scale: 0.0001, semantics: [["class", "speck"]]}}\n' + POSED
    )
    write(open_scene, tmp_path / "ours", "PoseWriter", 1, scene)
    write(open_scene, tmp_path / "theirs", "PoseWriter", 1, scene, bit_compatible=True)

    labels = [
        [o["label"] for o in json.loads((tmp_path / name / "000000.json").read_text())["objects"]]
        for name in ("ours", "theirs")
    ]
    # Isaac Sim takes the occlusion of -1 that a prim with labelled children has for a hidden one
    assert labels == [["pair", "one", "box"], ["one", "box"]]


@pytest.mark.parametrize(
    ("name", "params"), [("DOPEWriter", {}), ("YCBVideoWriter", {"rgb": True, "semantic_segmentation": True})]
)
def test_a_class_that_the_map_lacks_is_noted_with_the_nearest(
    name: str, params: dict[str, Any], open_scene: Opener, tmp_path: Path
) -> None:
    scene = POSED.replace('[["class", "box"]]', '[["class", "box"], ["state", "new"]]')
    notes = {}
    for known in ("boxs", "box"):
        given = {"class_name_to_index_map": {known: 1}, "semantic_types": ["class", "state"], **params}
        session = write(open_scene, tmp_path / known, name, 1, scene, **given)
        notes[known] = [t for (_, subject), t in session.recorder.report.entries.items() if subject.startswith(name)]

    assert len(notes["boxs"]) == 1 and "did you mean 'boxs'" in notes["boxs"][0]
    assert notes["box"] == []
