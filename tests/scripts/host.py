"""Kit around a script: settings, commands, the timeline, stages."""

import carb
import carb.settings
import omni.client
import omni.graph.core as og
import omni.kit.app
import omni.kit.commands
import omni.replicator.core as rep
import omni.timeline
import omni.usd
from _checks import near, raises, stage
from omni.kit.viewport.utility import get_active_viewport
from omni.syntheticdata.scripts.SyntheticData import SyntheticData
from omni.usd import get_stage_next_free_path, get_world_transform_matrix
from pxr import PhysxSchema, Sdf, Semantics, Usd, UsdGeom, UsdShade

s = carb.settings.get_settings()
s.set("rtx/post/aa/op", 3)
assert s.get("/rtx/post/aa/op") == 3 and s.get_as_int("rtx/post/aa/op") == 3 and s.get("/none") is None
s.set_bool("/omni/replicator/captureOnPlay", False)
rep.settings.carb_settings("/x/y", 2.5)
assert s.get_as_float("x/y") == 2.5 and s.get_as_string("/x/y") == "2.5" and s.get_as_bool("/x/y")
good, path = omni.kit.commands.execute("CreateMeshPrimWithDefaultXform", prim_type="Sphere")
assert good and stage().GetPrimAtPath(path).IsA(UsdGeom.Mesh)
omni.kit.commands.execute("MovePrims", paths_to_move={path: "/Moved"})
assert stage().GetPrimAtPath("/Moved") and not stage().GetPrimAtPath(path)
omni.kit.commands.execute("CreateMdlMaterialPrim", mtl_url="OmniPBR.mdl", mtl_name="OmniPBR", mtl_path="/Looks/Mine")
omni.kit.commands.execute("BindMaterial", prim_path="/Moved", material_path="/Looks/Mine")
assert (
    str(UsdShade.MaterialBindingAPI(stage().GetPrimAtPath("/Moved")).ComputeBoundMaterial()[0].GetPath())
    == "/Looks/Mine"
)
mine = stage().GetPrimAtPath("/Looks/Mine")
assert omni.usd.get_shader_from_material(mine, get_prim=True).GetPath() == "/Looks/Mine/Shader"
omni.usd.create_material_input(mine, "reflection_roughness_constant", 0.25, Sdf.ValueTypeNames.Float)
assert (
    omni.usd.get_shader_from_material(UsdShade.Material(mine)).GetInput("reflection_roughness_constant").Get() == 0.25
)
assert omni.usd.get_shader_from_material(stage().GetPrimAtPath("/Looks")) is None
UsdGeom.XformCommonAPI(stage().GetPrimAtPath("/Moved")).SetScale((1, 2, 3))
near(omni.usd.get_local_transform_SRT(stage().GetPrimAtPath("/Moved"))[0], (1, 2, 3))
assert [p.GetName() for p in omni.usd.get_prim_descendents(mine)] == ["Mine", "Shader", "Preview"]
omni.kit.commands.execute("DeletePrims", paths=["/Moved"])
assert not stage().GetPrimAtPath("/Moved")
assert "'Nothing' is not offered" in raises(Exception, omni.kit.commands.execute, "Nothing")
stage().DefinePrim("/A", "Xform")
assert get_stage_next_free_path(stage(), "/A", False) == "/A_01"
UsdGeom.Xformable(stage().GetPrimAtPath("/A")).AddTranslateOp().Set((1, 2, 3))
near(get_world_transform_matrix(stage().GetPrimAtPath("/A")).ExtractTranslation(), (1, 2, 3))
t = omni.timeline.get_timeline_interface()
t.set_time_codes_per_second(30)
t.set_start_time(1.0)
t.set_end_time(3.0)
t.set_current_time(1.5)
assert (t.get_start_time(), t.get_end_time(), t.get_current_time(), t.get_time_codes_per_seconds()) == (1, 3, 1.5, 30)
seen = []
subscription = (
    omni.kit.app.get_app().get_update_event_stream().create_subscription_to_pop(lambda e: seen.append(e.payload["dt"]))
)
t.play()
assert t.is_playing()
for _ in range(3):
    omni.kit.app.get_app().update()
near(t.get_current_time(), 1.6)
near(seen, [1 / 30] * 3)
subscription.unsubscribe()
t.pause()
omni.kit.app.get_app().update()
near(t.get_current_time(), 1.6)
assert len(seen) == 3
t.forward_one_frame()
near(t.get_current_time(), 1.6 + 1 / 30)
t.set_looping(False)
t.set_current_time(2.99)
t.play()
omni.kit.app.get_app().update()
omni.kit.app.get_app().update()
near(t.get_current_time(), 3.0)
assert not t.is_playing()
t.stop()
near(t.get_current_time(), 1.0)
assert str(get_active_viewport().camera_path) == "/OmniverseKit_Persp" and stage().GetPrimAtPath("/OmniverseKit_Persp")
result, entries = omni.client.list("omniverse://localhost/NVIDIA/Assets/Fruit")
assert result == omni.client.Result.OK and len(entries) > 1
api = Semantics.SemanticsAPI.Apply(stage().GetPrimAtPath("/A"), "Semantics")
api.CreateSemanticTypeAttr("class")
api.CreateSemanticDataAttr("thing")
assert (
    api.GetSemanticDataAttr().Get() == "thing" and len(Semantics.SemanticsAPI.GetAll(stage().GetPrimAtPath("/A"))) == 1
)
PhysxSchema.PhysxRigidBodyAPI.Apply(stage().GetPrimAtPath("/A")).CreateDisableGravityAttr(True)
assert stage().GetPrimAtPath("/A").GetAttribute("physxRigidBody:disableGravity").Get() is True
og.Controller.evaluate_sync()
assert "OmniGraph" in raises(Exception, og.Controller.edit, {})
omni.usd.get_context().save_as_stage("saved.usda")
saved = Usd.Stage.Open("saved.usda")
assert saved.GetPrimAtPath("/A")
omni.usd.get_context().open_stage("saved.usda")
assert stage().GetPrimAtPath("/A") and stage().GetPrimAtPath("/OmniverseKit_Persp")
omni.usd.get_context().new_stage()
assert not stage().GetPrimAtPath("/A")
