"""Creating: how many, where, and what of it is drawn anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pxr import Usd, UsdGeom

from rendersdg.errors import RenderSDGError
from tests.conftest import Opener


def test_as_many_as_asked_for_under_paths_of_their_own(open_scene: Opener) -> None:
    snapshot = open_scene("boxes: {create.cube: {count: 3, position: [0, 0, 1], scale: 2}}\n").snapshot(0)

    assert [i.prim_path.split("/")[2] for i in snapshot.instances] == ["Cube_Xform", "Cube_Xform_01", "Cube_Xform_02"]
    assert all(np.allclose(i.world_from_mesh[:3, 3], (0, 0, 1)) for i in snapshot.instances)


@pytest.mark.parametrize(
    ("call", "paths"),
    [
        ("create.cube: {name: crate, count: 2}", "crate_Xform/crate crate_Xform_01/crate"),
        ('create.cube: {name: "2 a-b"}', "__a_b_Xform/__a_b"),
        ("create.xform: {name: hook}", "hook"),
        ("create.xform: {count: 2}", "Xform Xform_01"),
        ("create.light: {}", "DistantLight_Xform/DistantLight"),
        ("create.camera: {name: eye}", "eye_Xform/eye"),
        (
            "create.stereo_camera: {stereo_baseline: 1}",
            "StereoCam/StereoCam_L_Xform/StereoCam_L StereoCam/StereoCam_R_Xform/StereoCam_R",
        ),
        ("create.stereo_camera: {stereo_baseline: 1, name: rig}", "rig/rig_L_Xform/rig_L rig/rig_R_Xform/rig_R"),
        ("create.material_omnipbr: {count: 2}", "Looks/OmniPBR/Shader Looks/OmniPBR_01/Shader"),
        ('create.from_usd: {usd: "rendersdg:fruit/apple", count: 2}', "Ref_Xform/Ref Ref_Xform_01/Ref"),
        ('create.from_usd: {usd: "rendersdg:fruit/apple", name: snack}', "snack_Xform/snack"),
    ],
)
def test_prims_are_called_as_replicator_calls_them(open_scene: Opener, call: str, paths: str) -> None:
    view = "v: {create.render_product: {camera: it, resolution: [8, 8]}}\n" if "camera" in call else ""
    stage = open_scene(f"it: {{{call}}}\n{view}").recorder.stage

    for path in paths.split():
        assert stage.GetPrimAtPath(f"/Replicator/{path}"), path
    assert stage.GetPrimAtPath("/Replicator").GetTypeName() == "Scope"


def test_an_assets_own_prims_lie_right_below_its_reference(open_scene: Opener, tmp_path: Path) -> None:
    # a file in inches with Y up, moved by its own root, on a stage in metres with Z up
    asset = Usd.Stage.CreateNew(str(tmp_path / "post.usda"))
    UsdGeom.SetStageUpAxis(asset, "Y")
    UsdGeom.SetStageMetersPerUnit(asset, 0.0254)
    root = UsdGeom.Xform.Define(asset, "/Root")
    root.AddTranslateOp().Set((0, 1, 0))
    asset.SetDefaultPrim(root.GetPrim())
    UsdGeom.Cube.Define(asset, "/Root/Post")  # from -1 to 1
    asset.Save()
    session = open_scene('it: {create.from_usd: {usd: "post.usda", position: [1, 2, 0]}}\n', folder=tmp_path)
    low, high = session.builder.state(session.planner.plan(0)).bounds("/Replicator/Ref_Xform/Ref/Post")

    assert np.allclose(low, (1 - 0.0254, 2 - 0.0254, 0)) and np.allclose(high, (1 + 0.0254, 2 + 0.0254, 0.0508))


def test_parents_are_one_for_all_or_one_for_each(open_scene: Opener) -> None:
    two = "hooks: {create.xform: {count: 2}}\n"
    paths = [
        str(p.GetPath())
        for p in open_scene(two + "it: {create.cube: {parent: hooks, count: 2}}\n").recorder.stage.Traverse()
    ]

    assert "/Replicator/Xform/Cube_Xform" in paths and "/Replicator/Xform_01/Cube_Xform" in paths
    with pytest.raises(RenderSDGError, match="parent must be one prim, or as many"):
        open_scene(two + "it: {create.cube: {parent: hooks, count: 3}}\n")
    with pytest.raises(RenderSDGError, match="is a shape"):
        open_scene("a: {create.cube: {}}\nb: {create.cube: {parent: /Replicator/Cube_Xform/Cube}}\n")


@pytest.mark.parametrize("shape", ["cone", "cube", "cylinder", "sphere", "disk", "plane", "torus"])
def test_shapes_are_a_unit_large(open_scene: Opener, shape: str) -> None:
    session = open_scene(f"it: {{create.{shape}: {{}}}}\n")
    low, high = session.builder.state(session.planner.plan(0)).bounds("/Replicator/" + shape.capitalize() + "_Xform")

    assert np.max(high - low) == pytest.approx(1.5 if shape == "torus" else 1, abs=0.01)


def test_a_librarys_asset_stands_as_omniverse_references_it(open_scene: Opener) -> None:
    # the numbers of a scene that names one are from there: a riser modelled in centimetres, Y up, is not turned upright
    riser = "omniverse://localhost/NVIDIA/Assets/Scenes/Templates/Basic/display_riser.usd"
    session = open_scene(f"it: {{create.from_usd: {{usd: '{riser}'}}}}\n")
    low, high = session.builder.state(session.planner.plan(0)).bounds("/Replicator/Ref_Xform")

    assert np.argmin(high - low) == 1 and (high - low)[0] > 10


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
    path = "/Isaac/Props/nowhere.usd"
    text = f"x: {{create.from_usd: {{usd: {path}}}}}\n"
    session = open_scene(text)

    assert [e["kind"] for e in session.recorder.report.as_json() if e["subject"] == path] == ["substitution"]
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


def test_a_folder_of_mesh_files_has_a_unit_and_its_usd_files_keep_theirs(open_scene: Opener, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.obj").write_text("v 0 0 0\nv 40 0 0\nv 0 30 0\nf 1 2 3\n")
    (tmp_path / "parts" / "b.usda").write_text(
        '#usda 1.0\n(\n defaultPrim = "B"\n metersPerUnit = 1\n upAxis = "Z"\n)\n'
        'def Cube "B" {\n double size = 0.5\n}\n'
    )

    session = open_scene("parts: {create.from_dir: {dir_path: parts, unit: mm}}", folder=tmp_path)
    snapshot = session.snapshot(0)

    sizes = [
        float(np.ptp(snapshot.meshes[i.mesh].vertices @ i.world_from_mesh[:3, :3].T, axis=0).max())
        for i in snapshot.instances
    ]
    assert sizes == pytest.approx([0.04, 0.5])
    assert not [text for text in session.recorder.report.entries.values() if "unit" in text]
