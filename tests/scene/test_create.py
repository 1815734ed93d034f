"""Creating: how many, where, and what of it is drawn anew."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.errors import RenderSDGError
from tests.conftest import Opener


def test_as_many_as_asked_for_under_paths_of_their_own(open_scene: Opener) -> None:
    snapshot = open_scene("boxes: {create.cube: {count: 3, position: [0, 0, 1], scale: 2}}\n").snapshot(0)

    assert [i.prim_path.split("/")[2] for i in snapshot.instances] == ["Cube_Xform", "Cube_Xform_01", "Cube_Xform_02"]
    assert all(np.allclose(i.world_from_mesh[:3, 3], (0, 0, 1)) for i in snapshot.instances)


@pytest.mark.parametrize("shape", ["cone", "cube", "cylinder", "sphere", "disk", "plane", "torus"])
def test_shapes_are_a_unit_large(open_scene: Opener, shape: str) -> None:
    session = open_scene(f"it: {{create.{shape}: {{}}}}\n")
    low, high = session.builder.state(session.planner.plan(0)).bounds("/Replicator/" + shape.capitalize() + "_Xform")

    assert np.max(high - low) == pytest.approx(1, abs=0.01)


def test_two_eyes_stand_the_baseline_apart(open_scene: Opener) -> None:
    text = (
        "eyes: {create.stereo_camera: {stereo_baseline: 0.2, position: [5, 0, 0], look_at: [0, 0, 0]}}\n"
        "view: {create.render_product: {camera: eyes, resolution: [32, 24]}}\n"
    )
    left, right = (p.camera.world_from_camera[:3, 3] for p in open_scene(text).snapshot(0).products)

    assert np.linalg.norm(left - right) == pytest.approx(0.2)


def test_a_group_acts_as_one(open_scene: Opener) -> None:
    session = open_scene(
        "a: {create.cube: {}}\nb: {create.sphere: {}}\nboth: {create.group: {items: [a, b]}}\n"
        "lift:\n  with.both:\n    modify.pose: {position: [0, 0, 7]}\n"
    )

    assert [i.world_from_mesh[2, 3] for i in session.snapshot(0).instances] == [7, 7]


def test_a_missing_asset_is_replaced_and_said_and_strictly_refused(open_scene: Opener) -> None:
    text = "x: {create.from_usd: {usd: nowhere.usd}}\n"
    session = open_scene(text)

    assert [e["kind"] for e in session.recorder.report.as_json() if e["subject"] == "nowhere.usd"] == ["substitution"]
    with pytest.raises(RenderSDGError, match=r"nowhere\.usd"):
        open_scene(text, strict=True).snapshot(0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x: {create.cube: {count: -1}}\n", "count"),
        ("x: {create.light: {light_type: sunny}}\n", "sunny"),
    ],
)
def test_what_cannot_be_made_is_named(open_scene: Opener, text: str, said: str) -> None:
    with pytest.raises(RenderSDGError, match=said):
        open_scene(text).snapshot(0)


def test_a_material_in_the_place_of_a_texture_is_noted_and_has_no_effect(open_scene: Opener) -> None:
    paint = "paint: {create.material_omnipbr: {diffuse: [1, 0, 0], roughness: 0.3%s}}\n"
    paint += "box: {create.cube: {material: paint}}\n"
    plain = open_scene(paint % "")
    session = open_scene(paint % ", roughness_texture: 'omniverse://x/Plastic_ABS.mdl'")

    material, of_plain = (s.snapshot(0).instances[0].material for s in (session, plain))

    assert material == of_plain
    notes = [n for n in session.recorder.report.as_json() if n["subject"] != "writers"]
    assert [n["subject"] for n in notes] == ["create.material_omnipbr.roughness_texture"]
    assert "Plastic_ABS.mdl is a material" in notes[0]["text"]
    with pytest.raises(RenderSDGError, match="not an image"):
        open_scene(paint % ", roughness_texture: notes.txt")
