"""Cameras and lights of glTF files: where points come to lie in the picture, and how much light a surface gets."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from pxr import UsdGeom

from rendersdg.snapshot import Light
from tests.assets.gltf.files import File, converted
from tests.assets.loading import load
from tests.conftest import Opener


def test_a_perspective_camera_sees_its_angle_from_bottom_to_top(tmp_path: Path) -> None:
    lens = {"yfov": 0.8, "aspectRatio": 1.5, "znear": 0.1, "zfar": 50}
    file = File(cameras=[{"type": "perspective", "perspective": lens, "name": "eye"}], nodes=[{"camera": 0}])

    stage, notes = converted(file.write(tmp_path))

    frustum = UsdGeom.Camera.Get(stage, "/Asset/node_0/eye").GetCamera().frustum
    # a point at the upper right edge of the picture, one unit ahead
    high = math.tan(0.4)
    view = np.array(frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()).T
    clip = view @ [1.5 * high, high, -1, 1]
    assert clip[:2] / clip[3] == pytest.approx([1, 1], abs=1e-5)
    assert notes == {}
    near_far = UsdGeom.Camera.Get(stage, "/Asset/node_0/eye").GetClippingRangeAttr().Get()
    assert tuple(near_far) == pytest.approx((0.1, 50))


def test_an_orthographic_camera_has_the_size_of_its_picture(tmp_path: Path) -> None:
    lens = {"xmag": 2, "ymag": 1, "znear": 0.1, "zfar": 50}
    file = File(cameras=[{"type": "orthographic", "orthographic": lens}], nodes=[{"camera": 0}])

    stage, _ = converted(file.write(tmp_path))

    frustum = UsdGeom.Camera.Get(stage, "/Asset/node_0/Camera").GetCamera().frustum
    clip = np.array(frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()).T @ [2, 1, -7, 1]
    assert clip[:2] / clip[3] == pytest.approx([1, 1], abs=1e-5)


def test_a_camera_without_an_aspect_says_so_and_a_bad_one_costs_itself(tmp_path: Path) -> None:
    cameras = [{"type": "perspective", "perspective": {"yfov": 0.8}}, {"type": "fisheye", "fisheye": {}}]
    file = File(cameras=cameras, nodes=[{"camera": 0}, {"camera": 1}, {"camera": 2, "mesh": 0}])
    file.mesh()

    stage, notes = converted(file.write(tmp_path))

    assert "cameras[0].aspectRatio" in notes and "fisheye" in notes["nodes[1].camera"]
    assert "cameras[2] is not in the file" in notes["nodes[2].camera"]
    assert stage.GetPrimAtPath("/Asset/part/part")


def lit(folder: Path, **light: object) -> Path:
    """Return a file with one light 2 m above the ground, shining down, as large as a node's scale may make it."""
    down = [-math.sqrt(0.5), 0, 0, math.sqrt(0.5)]
    file = File(
        extensions={"KHR_lights_punctual": {"lights": [{"name": "lamp", **light}]}},
        nodes=[
            {
                "translation": [0, 2, 0],
                "rotation": down,
                "scale": [3, 3, 3],
                "extensions": {"KHR_lights_punctual": {"light": 0}},
            }
        ],
    )
    file.tree["nodes"].append({"mesh": file.mesh()})
    return file.write(folder)


def only_light(open_scene: Opener, file: Path) -> Light:
    (light,) = load(open_scene, file).lights
    return light


@pytest.mark.parametrize("kind", ["point", "spot"])
def test_candela_over_the_distance_squared_is_the_irradiance_below(
    open_scene: Opener, tmp_path: Path, kind: str
) -> None:
    light = only_light(open_scene, lit(tmp_path, type=kind, intensity=40, color=[1, 0.5, 0]))

    radius = light.size[0]
    # a sphere of luminance L and radius r at distance d gives L pi (r / d)^2 to a surface that faces it
    irradiance = light.radiance * math.pi * (radius / 2.0) ** 2
    assert irradiance == pytest.approx([10, 5, 0]) and radius < 0.05


def test_a_directional_light_gives_its_lux(open_scene: Opener, tmp_path: Path) -> None:
    light = only_light(open_scene, lit(tmp_path, type="directional", intensity=3))

    assert light.kind == "distant" and light.radiance == pytest.approx([3, 3, 3])
    assert -light.world_from_light[:3, 2] == pytest.approx([0, 0, -1], abs=1e-6)  # z is up here


def test_a_spot_is_full_within_its_inner_cone_and_dark_outside_of_its_outer_one(
    open_scene: Opener, tmp_path: Path
) -> None:
    spot = {"innerConeAngle": math.radians(15), "outerConeAngle": math.radians(30)}

    light = only_light(open_scene, lit(tmp_path, type="spot", intensity=1, spot=spot))

    assert light.cone == pytest.approx((30, 0.5))


@pytest.mark.parametrize("light", [{"type": "laser"}, {"type": "spot", "spot": {"innerConeAngle": 2}}, {}])
def test_a_light_that_cannot_be_read_costs_itself(tmp_path: Path, light: dict[str, object]) -> None:
    stage, notes = converted(lit(tmp_path, **light))

    assert "left out" in notes["nodes[0].KHR_lights_punctual"] and stage.GetPrimAtPath("/Asset/part/part")


def test_the_end_of_a_lights_range_is_noted(tmp_path: Path) -> None:
    assert "lights[0].range" in converted(lit(tmp_path, type="point", range=5))[1]
