"""Commands on prims, each known by its name with and without ``Command`` behind, and Kit around a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes, ran


def test_settings_commands_and_the_timeline_do_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes("host", tmp_path, monkeypatch)


def test_commands_change_the_prims_that_they_name(tmp_path: Path) -> None:
    text = """
    import omni.usd
    from omni.kit.commands import execute
    stage = omni.usd.get_context().get_stage()
    assert execute("CreatePrim", prim_type="Cube", prim_path="/A", attributes={"size": 2.0}) == (True, "/A")
    assert execute("CopyPrimCommand", path_from="/A", path_to="/B") == (True, "/B")
    assert execute("ChangeProperty", prop_path="/B.size", value=3.0) == (True, None)
    assert [stage.GetPrimAtPath(p).GetAttribute("size").Get() for p in ("/A", "/B")] == [2, 3]
    execute("ToggleVisibilitySelectedPrims", selected_paths=["/A"])
    assert stage.GetPrimAtPath("/A").GetAttribute("visibility").Get() == "invisible"
    execute("MovePrim", path_from="/A", path_to="/C")
    execute("DeletePrimsCommand", paths=["/B"])
    assert [p.GetName() for p in stage.GetPseudoRoot().GetChildren() if p.GetTypeName() == "Cube"] == ["C"]
    execute("Dance")
    """

    assert "omni.kit.commands: 'Dance' is not offered" in str(ran(tmp_path, text).error)


def test_commands_place_select_and_define(tmp_path: Path) -> None:
    text = """
    import carb.settings, omni.usd
    from omni.kit.commands import execute
    from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade
    stage = omni.usd.get_context().get_stage()
    execute("CreatePrim", prim_type="Cube", prim_path="/A")
    local = lambda path: UsdGeom.Xformable(stage.GetPrimAtPath(path)).GetLocalTransformation()
    place = lambda path: tuple(local(path).ExtractTranslation())
    execute("TransformPrimCommand", path="/A", new_transform_matrix=Gf.Matrix4d().SetTranslate((1, 2, 3)))
    assert place("/A") == (1, 2, 3)
    execute("TransformPrimSRT", path="/A", new_translation=(4, 5, 6), new_scale=(2, 2, 2))
    assert place("/A") == (4, 5, 6)
    execute("IsaacSimTeleportPrim", prim_path="/A", translation=(-1, 0, 0))
    execute("IsaacSimScalePrim", prim_path="/A", scale=(1.5, 1.5, 1.5))
    assert place("/A") == (-1, 0, 0) and local("/A").GetRow(0)[0] == 1.5
    execute("SelectPrimsCommand", old_selected_paths=[], new_selected_paths=["/A"])
    assert omni.usd.get_context().get_selection().get_selected_prim_paths() == ["/A"]
    assert execute("AddPhysicsScene", stage=stage, path="/Physics") == (True, "/Physics")
    assert stage.GetPrimAtPath("/Physics").IsA(UsdPhysics.Scene)
    execute("AddRigidBodyMaterial", stage=stage, path="/Ice", staticFriction=0.1)
    assert abs(stage.GetPrimAtPath("/Ice").GetAttribute("physics:staticFriction").Get() - 0.1) < 1e-6
    execute("SetRigidBodyCommand", path="/A", approximationShape="convexHull", kinematic=False)
    assert {"PhysicsRigidBodyAPI", "PhysicsCollisionAPI"} <= set(stage.GetPrimAtPath("/A").GetAppliedSchemas())
    execute("CreatePreviewSurfaceMaterialPrim", mtl_path="/Grey")
    shader, *_ = UsdShade.Material(stage.GetPrimAtPath("/Grey")).ComputeSurfaceSource()
    assert shader.GetIdAttr().Get() == "UsdPreviewSurface"
    reference = Sdf.Reference(primPath="/A")
    execute("AddReference", stage=stage, prim_path=Sdf.Path("/B"), reference=reference)
    assert stage.GetPrimAtPath("/B").IsA(UsdGeom.Cube)
    execute("RemoveReference", stage=stage, prim_path=Sdf.Path("/B"), reference=reference)
    assert not stage.GetPrimAtPath("/B").IsA(UsdGeom.Cube)
    execute("ChangeSetting", path="/app/x", value=3)
    assert carb.settings.get_settings().get("/app/x") == 3
    execute("IsaacSimDestroyPrim", prim_path="/A")
    assert not stage.GetPrimAtPath("/A")
    execute("AddDeformableBodyComponent", skin_mesh_path="/Ice")
    """

    assert "not offered by rendersdg run: soft bodies are not simulated" in str(ran(tmp_path, text).error)
