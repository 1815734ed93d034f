"""Snapshots: metres, watts and entities, whatever the stage is written in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rendersdg.orchestrator.session import Session
from tests.conftest import Opener
from tests.stage.animated import asset, middle_x, seen, slider

TEXT = """
box: {create.cube: {position: [100, 0, 0], scale: 50, semantics: [["class", "box"]]}}
lamp: {create.light: {light_type: sphere, intensity: 3, exposure: 2, color: [1, 0.5, 0], scale: 10,
  position: [0, 200, 0]}}
eye: {create.camera: {position: [0, 0, 500], focal_length: 24, clipping_range: [10, 1000]}}
view: {create.render_product: {camera: eye, resolution: [64, 48]}}
"""


def test_centimetres_become_metres(open_scene: Opener) -> None:
    snapshot = open_scene(TEXT, bare=True).snapshot(0)
    camera = snapshot.products[0].camera

    assert snapshot.meters_per_unit == 0.01
    assert np.allclose(snapshot.instances[0].world_from_mesh[:3, 3], (1, 0, 0))
    assert np.allclose(camera.world_from_camera[:3, 3], (0, 0, 5)) and camera.near_far == pytest.approx((0.1, 10))
    assert np.allclose(snapshot.lights[0].world_from_light[:3, 3], (0, 2, 0))


def test_a_light_shines_by_its_intensity_exposure_and_colour(open_scene: Opener) -> None:
    (light,) = open_scene(TEXT, bare=True).snapshot(0).lights

    assert light.kind == "sphere"
    assert light.radiance == pytest.approx(3 * 2**2 * np.array([1, 0.5, 0]))


def test_a_camera_measures_its_focal_length_in_pixels(open_scene: Opener) -> None:
    camera = open_scene(TEXT, bare=True).snapshot(0).products[0].camera

    assert camera.focal_px == pytest.approx((24 / 20.955 * 64,) * 2) and camera.centre_px == (32, 24)


def test_what_is_labelled_is_an_entity(open_scene: Opener) -> None:
    snapshot = open_scene(TEXT, bare=True).snapshot(0)

    assert [e.semantics for e in snapshot.entities if e.semantics] == [(("class", "box"),)]


RATES = {  # how a slider's second reaches a scene: rate and first code of the asset, its header; where it is at half
    "of 24 codes a second": (24, 0, "", 5.0),
    "of 60": (60, 0, "", 5.0),
    "by framesPerSecond alone": (12, 0, "framesPerSecond = 12", 5.0),
    "with a range of its own": (24, 0, "startTimeCode = 0\n    endTimeCode = 24", 5.0),
    "a quarter second late": (24, 6, "startTimeCode = 6\n    endTimeCode = 30", 2.5),
}


@pytest.mark.parametrize("how", RATES)
def test_an_asset_plays_in_its_own_seconds(open_scene: Opener, tmp_path: Path, how: str) -> None:
    rate, first, header, half = RATES[how]
    name = slider(tmp_path, rate=rate, first=first, header=header)
    if "framesPerSecond" in header:
        path = tmp_path / name
        path.write_text(path.read_text().replace(f"timeCodesPerSecond = {rate}\n", ""))
    start, middle, end = (middle_x(s) for s in seen(open_scene, tmp_path, asset(name), [0, 0.5, 2]))

    assert (start, middle, end) == (0, pytest.approx(half, abs=1e-4), pytest.approx(10, abs=1e-4))


OFFSETS = {  # a composition arc to the slider, and where its middle is after 0.5 s
    "payload": ("payload", "", 5.0),
    "reference, later by 12 codes": ("references", "(offset = 12)", 0.0),
    "reference, half as fast": ("references", "(scale = 2)", 2.5),
    "payload, earlier and slower": ("payload", "(offset = -12; scale = 2)", 5.0),
}


@pytest.mark.parametrize("how", OFFSETS)
def test_offsets_and_scales_of_arcs_count(open_scene: Opener, tmp_path: Path, how: str) -> None:
    arc, offset, half = OFFSETS[how]
    slider(tmp_path)
    (tmp_path / "holder.usda").write_text(
        f"""#usda 1.0
(defaultPrim = "Holder"
 timeCodesPerSecond = 24
 metersPerUnit = 1
 upAxis = "Z")
def Xform "Holder"
{{
    def Xform "Box" (
        prepend {arc} = @./slider.usda@</Box> {offset}
    )
    {{
    }}
}}
"""
    )

    assert middle_x(seen(open_scene, tmp_path, asset("holder.usda"), [0.5])[0]) == pytest.approx(half, abs=1e-4)


def test_offsets_of_sublayers_count(open_scene: Opener, tmp_path: Path) -> None:
    slider(tmp_path, rate=30)
    (tmp_path / "holder.usda").write_text(
        """#usda 1.0
(defaultPrim = "Box"
 timeCodesPerSecond = 60
 metersPerUnit = 1
 upAxis = "Z"
 subLayers = [@./slider.usda@ (offset = 15)])
"""
    )

    # 15 of the holder's codes are a quarter of a second
    assert middle_x(seen(open_scene, tmp_path, asset("holder.usda"), [0.5])[0]) == pytest.approx(2.5, abs=1e-4)


def test_value_clips_play(open_scene: Opener, tmp_path: Path) -> None:
    points = "point3f[] points.timeSamples = {{ {} }}"
    samples = ", ".join(f"{t}: [({t}, 0, 0), ({t + 2}, 0, 0), ({t}, 1, 0)]" for t in (0, 24))
    (tmp_path / "clip.usda").write_text(f'#usda 1.0\nover "Leaf"\n{{\n{points.format(samples)}\n}}\n')
    (tmp_path / "manifest.usda").write_text('#usda 1.0\nover "Leaf"\n{\npoint3f[] points\n}\n')
    (tmp_path / "leaf.usda").write_text(
        """#usda 1.0
(defaultPrim = "Leaf"
 timeCodesPerSecond = 24
 metersPerUnit = 1
 upAxis = "Z")
def Mesh "Leaf" (
    clips = { dictionary default = {
        asset[] assetPaths = [@./clip.usda@]
        asset manifestAssetPath = @./manifest.usda@
        string primPath = "/Leaf"
        double2[] active = [(0, 0)]
        double2[] times = [(0, 0), (24, 24)]
    } }
)
{
    int[] faceVertexCounts = [3]
    int[] faceVertexIndices = [0, 1, 2]
    uniform token subdivisionScheme = "none"
}
"""
    )
    shown = seen(open_scene, tmp_path, asset("leaf.usda"), [0, 0.5, 1])

    assert [middle_x(s) for s in shown] == [1, pytest.approx(13, abs=1e-3), pytest.approx(25, abs=1e-3)]


def test_a_late_animation_is_said_with_its_seconds(open_scene: Opener, tmp_path: Path) -> None:
    name = slider(tmp_path, first=240, header="startTimeCode = 240\n    endTimeCode = 264")
    session = open_scene(asset(name), folder=tmp_path, backend="null")
    moved = open_scene(asset(name) + "now: {modify.time: {value: 10.5}}\n", folder=tmp_path, backend="null")

    assert middle_x(session.snapshot(0)) == 0
    assert "10 to 11 s" in str(session.recorder.report.entries)
    assert middle_x(moved.snapshot(0)) == pytest.approx(5, abs=1e-4)


def test_what_moves_has_the_motion_of_its_place(open_scene: Opener, tmp_path: Path) -> None:
    session = open_scene(asset(slider(tmp_path)), folder=tmp_path, backend="null")
    plans = session.planner
    moved = session.builder.build(plans.plan(30), with_motion=True).instances[0]

    assert moved.world_from_mesh[0, 3] - moved.previous_world_from_mesh[0, 3] == pytest.approx(10 / 60, abs=1e-4)


def test_a_shape_that_changes_keeps_the_motion_of_its_place(open_scene: Opener, tmp_path: Path) -> None:
    path = tmp_path / slider(tmp_path)
    path.write_text(path.read_text().replace("double size = 1", "double size.timeSamples = { 0: 1, 24: 3 }"))
    session = open_scene(asset("slider.usda"), folder=tmp_path, backend="null")
    snapshot = session.builder.build(session.planner.plan(30), with_motion=True)
    moved = snapshot.instances[0]

    assert moved.world_from_mesh[0, 3] - moved.previous_world_from_mesh[0, 3] == pytest.approx(10 / 60, abs=1e-4)
    assert np.ptp(snapshot.meshes[moved.mesh].vertices[:, 0]) == pytest.approx(2, abs=1e-4)
    assert np.ptp(snapshot.entities[moved.entity].high - snapshot.entities[moved.entity].low) < 1e-4
    assert (snapshot.entities[moved.entity].high[0]) == pytest.approx(1, abs=1e-4)


def test_frames_of_an_animation_are_the_same_in_any_order(open_scene: Opener, tmp_path: Path) -> None:
    path = tmp_path / slider(tmp_path)
    path.write_text(path.read_text().replace("double size = 1", "double size.timeSamples = { 0: 1, 24: 3 }"))
    forward = open_scene(asset("slider.usda"), folder=tmp_path, backend="null")
    backward = open_scene(asset("slider.usda"), folder=tmp_path, backend="null")

    def extents(session: Session, frames: list[int]) -> dict[int, list[float]]:
        shown = {frame: session.snapshot(frame) for frame in frames}
        return {f: [middle_x(s), *s.meshes[s.instances[0].mesh].bounds[1]] for f, s in shown.items()}

    assert extents(forward, [0, 20, 40]) == extents(backward, [40, 0, 20])


def test_lights_cameras_and_visibility_play(open_scene: Opener, tmp_path: Path) -> None:
    (tmp_path / "show.usda").write_text(
        """#usda 1.0
(defaultPrim = "Show"
 timeCodesPerSecond = 24
 metersPerUnit = 1
 upAxis = "Z")
def Xform "Show"
{
    def SphereLight "Lamp"
    {
        float inputs:intensity.timeSamples = { 0: 100, 24: 300 }
    }
    def Camera "Eye"
    {
        float focalLength.timeSamples = { 0: 20, 24: 40 }
    }
    def Cube "Blink"
    {
        token visibility.timeSamples = { 0: "inherited", 12: "invisible", 18: "inherited" }
    }
    def Cube "Still"
    {
    }
}
"""
    )
    text = asset("show.usda") + "view: {create.render_product: {camera: thing, resolution: [64, 48]}}\n"
    start, half, late = seen(open_scene, tmp_path, text + "# create.camera", [0, 0.5, 0.8])

    assert [s.lights[0].radiance[0] for s in (start, half)] == [100, pytest.approx(200, abs=0.01)]
    assert [len(s.instances) for s in (start, half, late)] == [2, 1, 2]
    focal = [s.products[0].camera.focal_px[0] for s in (start, half)]
    assert focal[1] / focal[0] == pytest.approx(1.5, abs=1e-3)


CROWD = """
lot: {create.cube: {count: 9, name: lot, semantics: [["class", "lot"]]}}
kid: {create.sphere: {count: 9, name: kid, parent: lot, position: [0, 0, 2]}}
frames: {trigger.on_frame: {max_execs: 9}}
go:
  with.frames:
    with.lot:
      modify.pose: {position: {distribution.uniform: {lower: [0, 0, 0], upper: [9, 9, 9]}}}
      randomizer.color: {colors: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}}
%s
"""
HIDE = "      modify.visibility: {value: {distribution.choice: {choices: [true, false]}}}"
NAME = '      modify.semantics: {semantics: [["class", {distribution.choice: {choices: [a, b]}}]]}'


@pytest.mark.parametrize("more", ["", HIDE, NAME, f"{HIDE}\n{NAME}"])
def test_what_is_kept_from_frame_to_frame_does_not_show_in_them(open_scene: Opener, more: str) -> None:
    def said(session: Session, frame: int) -> str:
        snapshot = session.snapshot(frame)
        assert np.array_equal(snapshot.worlds, [i.world_from_mesh for i in snapshot.instances])
        kinds = [snapshot.paints.kinds[kind] for kind in snapshot.paints.kind]
        assert [replace(k, base_colour=m.base_colour) for k, m in zip(kinds, snapshot.materials)] == [
            *snapshot.materials
        ]
        return repr((snapshot.instances, snapshot.entities, snapshot.materials))

    session = open_scene(CROWD % more)
    several = [said(session, frame) for frame in (0, 3, 1, 1)]

    alone = [said(open_scene(CROWD % more), frame) for frame in (0, 3, 1)]
    assert several == [*alone, alone[2]]
