"""What single names do: scripts that check, line by line, the effect of each call they make."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import cv2
import numpy as np
import pytest

from rendersdg.omni.runner import Options, run_script
from tests.replicator.test_engine import ran

HEAD = """
import json, os
import numpy as np
import omni.replicator.core as rep
import omni.usd
from pxr import Gf, Sdf, Usd, UsdGeom, UsdLux, UsdShade

def near(a, b, tolerance=1e-4):
    assert np.allclose(np.asarray(a, float), np.asarray(b, float), atol=tolerance), (a, b)

def stage():
    return omni.usd.get_context().get_stage()

def place(prim):
    return rep.functional.utils.get_world_position(prim)

def raises(kind, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as error:
        return str(error)
    raise AssertionError(f"{call} raised nothing")
"""
CREATE = """
f = rep.functional
world = f.create.xform(name="World", position=(1, 0, 0))
assert world.GetPath() == "/World"
for name in ("cube", "sphere", "cone", "cylinder", "torus", "plane"):
    prim = getattr(f.create, name)(name=name, parent=world, position=(0, 2, 0), scale=2, semantics={"class": name})
    assert str(prim.GetPath()) == f"/World/{name}" and prim.IsA(UsdGeom.Mesh)
    near(place(prim), (1, 2, 0))
    assert UsdGeom.BBoxCache(0, ["default"]).ComputeLocalBound(prim).ComputeAlignedRange().GetSize()[0] > 1.9
    assert list(prim.GetAttribute("semantics:labels:class").Get()) == [name]
bare = f.create.cube(name="bare", as_mesh=False)
assert bare.IsA(UsdGeom.Cube)
hidden = f.create.sphere(name="hidden", visible=False)
assert UsdGeom.Imageable(hidden).ComputeVisibility() == "invisible"
assert str(f.create.cube(name="cube", parent="/World").GetPath()) == "/World/cube_01"
assert f.create.scope(name="Scope").IsA(UsdGeom.Scope)
camera = f.create.camera(position=(0, 0, 5), look_at=(0, 0, 0), look_at_up_axis=(0, 1, 0), focal_length=35, clipping_range=(0.1, 9), name="Eye")
assert camera.GetAttribute("focalLength").Get() == 35 and tuple(camera.GetAttribute("clippingRange").Get()) == (np.float32(0.1), 9)
near(np.array(f.utils.get_world_transform(camera))[2][:3], (0, 0, 1))
turned = f.create.xform(name="Turned", rotation=(0, 0, 90))
near(np.array(f.utils.get_world_transform(turned))[0][:3], (0, 1, 0))
quaternion = f.create.xform(name="Quaternion", rotation=(0.70710678, 0, 0, 0.70710678))
near(np.array(f.utils.get_world_transform(quaternion))[0][:3], (0, 1, 0))
for kind, schema, extra in (
    ("dome", UsdLux.DomeLight, {}), ("distant", UsdLux.DistantLight, {"angle": 3.0}), ("sphere", UsdLux.SphereLight, {"radius": 0.2}),
    ("rect", UsdLux.RectLight, {"width": 2.0, "height": 3.0}), ("disk", UsdLux.DiskLight, {"radius": 0.3}),
    ("cylinder", UsdLux.CylinderLight, {"length": 4.0}),
):
    light = getattr(f.create, f"{kind}_light")(intensity=7, color=(1, 0.5, 0), temperature=4000, exposure=1, **extra)
    assert light.IsA(schema) and light.GetAttribute("inputs:intensity").Get() == 7
    assert light.GetAttribute("inputs:colorTemperature").Get() == 4000 and light.GetAttribute("inputs:exposure").Get() == 1
    near(light.GetAttribute("inputs:color").Get(), (1, 0.5, 0))
    for key, value in extra.items():
        near(light.GetAttribute(f"inputs:{key}").Get(), value)
assert "did you mean 'radius'" in raises(Exception, f.create.sphere_light, radiu=1)
assert "no argument 'colour'" in raises(Exception, f.create.cube, colour=1)
reference = f.create.reference(usd_path="rendersdg:fruit/apple", name="Apple", parent="/World", position=(0, 0, 3), semantics={"class": "apple"})
near(place(reference), (1, 0, 3))
assert any(p.IsA(UsdGeom.Mesh) for p in Usd.PrimRange(reference))
copy = f.create.clone(reference, name="Copy")
assert any(p.IsA(UsdGeom.Mesh) for p in Usd.PrimRange(copy)) and str(copy.GetPath()) == "/World/Copy"
red = f.create.material(mdl="OmniPBR.mdl", bind_prims=bare, diffuse_color_constant=(1, 0, 0))
bound, _ = UsdShade.MaterialBindingAPI(bare).ComputeBoundMaterial()
assert bound.GetPath() == red.GetPath()
row = f.create_batch.cube(count=3, name="Row", position=[(k, 9, 0) for k in range(3)], semantics=[("class", "row")])
near([place(p) for p in row], [(k, 9, 0) for k in range(3)])
assert all(list(p.GetAttribute("semantics:labels:class").Get()) == ["row"] for p in row)
paints = f.create_batch.material(mdl="OmniPBR.mdl", bind_prims=row, count=3, project_uvw=True)
assert [UsdShade.MaterialBindingAPI(p).ComputeBoundMaterial()[0].GetPath() for p in row] == [m.GetPath() for m in paints]
assert len({m.GetPath() for m in paints}) == 3
"""
MODIFY = """
rep.settings.set_stage_up_axis("Z"); rep.settings.set_stage_meters_per_unit(1.0)
f = rep.functional
a, b = f.create.cube(name="a"), f.create.cube(name="b")
f.modify.position([a, b], [(1, 2, 3), (4, 5, 6)])
near([place(a), place(b)], [(1, 2, 3), (4, 5, 6)])
f.modify.position(["/a", "/b"], (0, 0, 1))
near([place(a), place(b)], [(0, 0, 1)] * 2)
f.modify.scale(a, 3)
near(np.linalg.norm(np.array(f.utils.get_world_transform(a))[:3, :3], axis=1), (3, 3, 3))
f.modify.rotation(a, (0, 0, 90))
near(np.array(f.utils.get_world_transform(a))[0][:3], (0, 3, 0))
f.modify.pose(b, look_at_value=a)
f.modify.pose(b, position_value=(0, 0, 9), look_at_value=(0, 0, 0), look_at_up_axis=(0, 1, 0), scale_value=2)
near(np.array(f.utils.get_world_transform(b))[2][:3], (0, 0, 2))
assert "2 prims" in raises(Exception, f.modify.position, [a, b], [(1, 2, 3)])
f.modify.semantics(a, {"class": "one"})
f.modify.semantics(a, {"class": "two", "kind": "x"}, mode="add")
assert sorted(a.GetAttribute("semantics:labels:class").Get()) == ["one", "two"]
f.modify.semantics(a, [("class", "three")], mode="replace")
assert list(a.GetAttribute("semantics:labels:class").Get()) == ["three"] and list(a.GetAttribute("semantics:labels:kind").Get()) == ["x"]
f.modify.semantics(a, {"class": "four"}, mode="clear")
assert list(a.GetAttribute("semantics:labels:class").Get()) == ["four"] and not a.HasAttribute("semantics:labels:kind")
light = f.create.sphere_light()
f.modify.attribute(light, "intensity", 5.0)
assert light.GetAttribute("inputs:intensity").Get() == 5
lights = [light, f.create.sphere_light(), f.create.sphere_light()]
f.modify.attribute(lights, "intensity", np.array([1.0, 2.0, 3.0]))
f.modify.attribute(lights, "color", (0.5, 0.25, 1.0))
assert [p.GetAttribute("inputs:intensity").Get() for p in lights] == [1, 2, 3]
near([p.GetAttribute("inputs:color").Get() for p in lights], [(0.5, 0.25, 1)] * 3)
paints = f.create_batch.material(mdl="OmniPBR.mdl", count=3)
f.modify.attribute(paints, "diffuse_texture", np.array(["/a.png", "/b.png", "/c.png"]))
f.modify.attribute(paints, "texture_rotate", [10.0, 20.0, 30.0])
f.modify.attribute(paints, "diffuse_tint", (0.5, 1.0, 0.0))
f.modify.attribute(paints, "diffuse_color_constant", np.eye(3))
shaders = [UsdShade.Material(m).ComputeSurfaceSource("mdl")[0] for m in paints]
assert [x.GetInput("diffuse_texture").Get().path for x in shaders] == ["/a.png", "/b.png", "/c.png"]
near([x.GetInput("texture_rotate").Get() for x in shaders], (10, 20, 30))
near([x.GetInput("diffuse_tint").Get() for x in shaders], [(0.5, 1, 0)] * 3); near([x.GetInput("diffuse_color_constant").Get() for x in shaders], np.eye(3))
f.modify.visibility([a, b], [False, True])
assert [UsdGeom.Imageable(p).ComputeVisibility() for p in (a, b)] == ["invisible", "inherited"]
f.modify.visibility(a, True)
assert UsdGeom.Imageable(a).ComputeVisibility() == "inherited"
f.modify.material(a, "/NVIDIA/Materials/Base/Metals/Steel.mdl")
assert UsdShade.MaterialBindingAPI(a).ComputeBoundMaterial()[0]
assert [p.GetName() for p in f.get.prim_at_paths(["/a", "/b"])] == ["a", "b"]
assert [p.GetName() for p in f.get.prims(path_pattern="^/(a|b)$", stage=stage())] == ["a", "b"]
assert [p.GetName() for p in f.get.prims(semantics=[("class", "three"), ("class", "four")])] == ["a"]
assert rep.__file__.split("/")[-5][21:].startswith("1.12.")  # as scripts find the version out
assert "no prim at '/none'" in raises(Exception, f.modify.scale, "/none", 1)
f.randomizer.display_color([a, b], rng=rep.rng.ReplicatorRNG(1))
colours = [np.array(UsdGeom.Gprim(p).GetDisplayColorAttr().Get())[0] for p in (a, b)]
assert not np.allclose(*colours)
first, second = rep.rng.ReplicatorRNG(3).generator.random(4), rep.rng.ReplicatorRNG(3).generator.random(4)
near(first, second, 0)
assert not np.allclose(rep.rng.ReplicatorRNG().generator.random(4), rep.rng.ReplicatorRNG().generator.random(4))
ground = f.create.plane(name="ground", scale=(10, 10, 1), position=(0, 0, -2))
many = f.create_batch.cube(count=12, name="many", scale=0.5)
f.randomizer.scatter_2d(many, ground, extents=((-4, -6, -9), (6, 6, 9)), offset=0.25, check_for_collisions=True, rng=rep.rng.ReplicatorRNG(2))
spots = np.array([place(p) for p in many])
near(spots[:, 2], -1.75)
gaps = np.abs(spots[:, None] - spots[None]).max(-1)[~np.eye(12, dtype=bool)]
assert gaps.min() >= 0.5 - 1e-6 and np.abs(spots[:, :2]).max() <= 5
scene = f.physics.create_physics_scene("/Physics", gravityMagnitude=3.0)
assert scene.GetAttribute("physics:gravityMagnitude").Get() == 3
f.physics.apply_rigid_body(a, with_collider=True)
f.physics.apply_collider(b, approximation="convexHull")
assert {"PhysicsRigidBodyAPI", "PhysicsCollisionAPI"} <= set(a.GetAppliedSchemas())
assert b.GetAttribute("physics:approximation").Get() == "convexHull"
"""
HOST = """
import asyncio
import carb, carb.settings, omni.client, omni.kit.app, omni.kit.commands, omni.timeline, omni.graph.core as og
from omni.kit.viewport.utility import get_active_viewport
from omni.syntheticdata.scripts.SyntheticData import SyntheticData
from pxr import PhysxSchema, Semantics
from omni.usd import get_stage_next_free_path, get_world_transform_matrix

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
assert str(UsdShade.MaterialBindingAPI(stage().GetPrimAtPath("/Moved")).ComputeBoundMaterial()[0].GetPath()) == "/Looks/Mine"
mine = stage().GetPrimAtPath("/Looks/Mine")
assert omni.usd.get_shader_from_material(mine, get_prim=True).GetPath() == "/Looks/Mine/Shader"
omni.usd.create_material_input(mine, "reflection_roughness_constant", 0.25, Sdf.ValueTypeNames.Float)
assert omni.usd.get_shader_from_material(UsdShade.Material(mine)).GetInput("reflection_roughness_constant").Get() == 0.25
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
t.set_start_time(1.0); t.set_end_time(3.0); t.set_current_time(1.5)
assert (t.get_start_time(), t.get_end_time(), t.get_current_time(), t.get_time_codes_per_seconds()) == (1, 3, 1.5, 30)
seen = []
subscription = omni.kit.app.get_app().get_update_event_stream().create_subscription_to_pop(lambda e: seen.append(e.payload["dt"]))
t.play()
assert t.is_playing()
for _ in range(3):
    omni.kit.app.get_app().update()
near(t.get_current_time(), 1.6)
near(seen, [1 / 30] * 3)
subscription.unsubscribe()
t.pause(); omni.kit.app.get_app().update()
near(t.get_current_time(), 1.6); assert len(seen) == 3
t.forward_one_frame(); near(t.get_current_time(), 1.6 + 1 / 30)
t.set_looping(False); t.set_current_time(2.99); t.play(); omni.kit.app.get_app().update(); omni.kit.app.get_app().update()
near(t.get_current_time(), 3.0); assert not t.is_playing()
t.stop(); near(t.get_current_time(), 1.0)
assert str(get_active_viewport().camera_path) == "/OmniverseKit_Persp" and stage().GetPrimAtPath("/OmniverseKit_Persp")
result, entries = omni.client.list("omniverse://localhost/NVIDIA/Assets/Fruit")
assert result == omni.client.Result.OK and len(entries) > 1
api = Semantics.SemanticsAPI.Apply(stage().GetPrimAtPath("/A"), "Semantics")
api.CreateSemanticTypeAttr("class"); api.CreateSemanticDataAttr("thing")
assert api.GetSemanticDataAttr().Get() == "thing" and len(Semantics.SemanticsAPI.GetAll(stage().GetPrimAtPath("/A"))) == 1
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
"""
ISAAC = """
from isaacsim import SimulationApp
app = SimulationApp({"headless": True})
from isaacsim.core.utils import bounds, prims, rotations, semantics, stage as stage_utils, viewports, xforms
from isaacsim.core.utils.extensions import enable_extension
from isaacsim.storage.native import get_assets_root_path
import omni.isaac.core.utils.semantics as older
import isaacsim.core.experimental.utils.semantics as newer

assert enable_extension("omni.replicator.isaac")
assert UsdGeom.GetStageUpAxis(stage()) == "Z" and UsdGeom.GetStageMetersPerUnit(stage()) == 1
prim = stage_utils.add_reference_to_stage(get_assets_root_path() + "/Isaac/Props/Pallet/pallet.usd", "/World/Pallet")
assert any(p.IsA(UsdGeom.Mesh) for p in Usd.PrimRange(prim))
semantics.add_labels(prim, labels=["pallet"], instance_name="class")
assert newer.get_labels(prim) == {"class": ["pallet"]}
older.add_update_semantics(prim, "other")
assert newer.get_labels(prim) == {"class": ["other"]}
semantics.add_labels(prim, labels=["more"], overwrite=False)
assert newer.get_labels(prim) == {"class": ["other", "more"]}
semantics.remove_labels(prim)
assert newer.get_labels(prim) == {}
box = prims.create_prim("/World/Box", "Cube", position=(1, 2, 3), scale=(2, 2, 2), orientation=(1, 0, 0, 0), semantic_label="box", attributes={"size": 0.5})
near(bounds.compute_aabb(bounds.create_bbox_cache(), "/World/Box"), (0.5, 1.5, 2.5, 1.5, 2.5, 3.5))
near(xforms.get_world_pose("/World/Box")[0], (1, 2, 3))
assert older.get_semantics(box)["Semantics_0"] == ("class", "box")
near(rotations.euler_angles_to_quat([0, 0, 90], degrees=True), (0.5**0.5, 0, 0, 0.5**0.5))
near(rotations.quat_to_rot_matrix([0.5**0.5, 0, 0, 0.5**0.5]) @ (1, 0, 0), (0, 1, 0))
viewports.set_camera_view(eye=[0, -5, 0], target=[0, 0, 0])
view = np.array(rep.functional.utils.get_world_transform("/OmniverseKit_Persp"))
near(view[2][:3], (0, -1, 0)); near(view[3][:3], (0, -5, 0))
assert prims.is_prim_path_valid("/World/Box")
prims.delete_prim("/World/Box")
assert not prims.is_prim_path_valid("/World/Box")
stage_utils.create_new_stage()
assert not prims.is_prim_path_valid("/World/Pallet") and UsdGeom.GetStageUpAxis(stage()) == "Z"
stage_utils.set_stage_units(0.01)
assert stage_utils.get_stage_units() == 0.01
app.close()
assert not app.is_running()
"""
REP = """
import asyncio
rep.settings.set_stage_up_axis("Z")
assert UsdGeom.GetStageUpAxis(stage()) == "Z"
rep.settings.set_stage_meters_per_unit(1.0)
rep.set_global_seed(77)
assert rep.get_global_seed() == 77
cube = rep.create.cube(position=(0, 0, 0), semantics=[("class", "cube")], count=2)
assert len(cube.get_prims()) == 2 and len(cube.get_output_prims()["prims"]) == 2
assert rep.utils.get_node_targets(cube) == cube.paths() == ["/Replicator/Cube_Xform", "/Replicator/Cube_Xform_01"]
with cube:
    node = rep.modify.pose(position=(0, 0, 1))
assert node.get_inputs()["position"] == (0, 0, 1)
node.set_input("position", (0, 0, 2))
near(rep.utils.compute_aabb(None, "/Replicator/Cube_Xform")[:3], (-0.5, -0.5, -0.5))
rep.create.light(light_type="dome", intensity=900)
camera = rep.create.camera(position=(6, 0, 2), look_at=(0, 0, 2), clipping_range=(0.1, 100))
rp = rep.create.render_product(camera, (32, 24), name="main")
assert rp.name == "main" and rp.resolution == (32, 24) and rp.path.endswith("main") and rp.camera.endswith("/Camera")
rgb = rep.annotators.get("rgb")
assert raises(rep.annotators.AnnotatorError, rgb.get_data)
rgb.attach([rp])
assert rgb.get_data().size == 0
boxes = rep.AnnotatorRegistry.get_annotator("bounding_box_2d_tight", init_params={"semanticTypes": ["class"]})
boxes.attach(rp)
rep.orchestrator.preview()
assert {"data", "idToLabels", "primPaths"} <= set(boxes.get_data(use_legacy_structure=False))
near(boxes.get_data()["data"]["y_max"].max(), 15, 1)  # the cubes stand at the height of the camera: the set input counts
assert rgb.get_data().shape == (24, 32, 4)
assert not rep.orchestrator.get_is_started()
statuses = []
rep.orchestrator.register_status_callback(statuses.append)
with rep.trigger.on_frame(max_execs=3):
    with cube:
        rep.modify.pose(position=rep.distribution.uniform((0, -1, 1), (0, 1, 3)))
writer = rep.writers.get("BasicWriter", init_params={"output_dir": "out", "rgb": True}, render_products=rp)
scheduled = rep.WriterRegistry.get("BasicWriter")
scheduled.initialize(output_dir="some", rgb=True)
scheduled.attach(rp, trigger=None)
rep.orchestrator.step()
rep.orchestrator.run(num_frames=1)
assert rep.orchestrator.get_is_started() and rep.orchestrator.get_stop_frame() == 2
rep.orchestrator.pause(); rep.orchestrator.wait_until_complete()
assert len([n for n in os.listdir("out") if n.startswith("rgb")]) == 1
rep.orchestrator.resume()
scheduled.schedule_write()
rep.orchestrator.wait_until_complete()
assert len([n for n in os.listdir("out") if n.startswith("rgb")]) == 2
assert [n for n in os.listdir("some") if n.startswith("rgb")] == ["rgb_0000.png"]
assert rep.orchestrator.get_is_stopped() and rep.orchestrator.get_status().name == "STOPPED"
assert [s.name for s in statuses] == ["STARTED", "PAUSED", "STARTED"]
rp.hydra_texture.set_updates_enabled(False)
rep.orchestrator.step()
assert len([n for n in os.listdir("out") if n.startswith("rgb")]) == 2
rp.hydra_texture.set_updates_enabled(True)
writer.detach()
rep.orchestrator.step()
assert len([n for n in os.listdir("out") if n.startswith("rgb")]) == 2
boxes.detach(); assert raises(rep.annotators.AnnotatorError, boxes.get_data)
rep.annotators.register("bright", rep.annotators.augment("rgb", lambda data: np.full_like(data, 200)))
bright = rep.annotators.get("bright"); bright.attach(rp)
assert (bright.get_data() == 200).all() and "bright" in rep.annotators.get_registered_annotators()
rep.annotators.unregister_annotator("bright")
assert "unknown annotator" in raises(Exception, rep.annotators.get, "bright")
composed = rep.annotators.get("rgb").augment_compose([lambda data: data // 2, lambda data: data + 100], name="composed"); composed.attach(rp)
assert composed.get_name() == "composed" and (composed.get_data() == rgb.get_data() // 2 + 100).all() and rgb.get_name() == "rgb" and "uint8" in rgb.docs
blur = rep.annotators.Augmentation.from_node("omni.replicator.core.OgnPixellate", kernelSize=32)
mean = rep.annotators.get("rgb").augment(blur); mean.attach(rp)
assert len(np.unique(mean.get_data()[..., 0])) == 1
assert rep.tools.colorize_segmentation(np.array([[0, 2]]), {"0": "BACKGROUND", "2": {"class": "a"}}, {"a": (9, 8, 7)})[0, 1].tolist() == [9, 8, 7, 255]
assert rep.random_colours(4).shape == (4, 3)
backend = rep.BackendDispatch(output_dir="blobs")
backend.write_blob("a/b.bin", b"123")
backend.write_array("c.npy", np.arange(3))
backend.schedule(rep.functional.write_json, path="d.json", data={"k": 1})
assert open("blobs/a/b.bin", "rb").read() == backend.read_blob("a/b.bin") == b"123"
assert np.load("blobs/c.npy").tolist() == [0, 1, 2] and json.load(open("blobs/d.json")) == {"k": 1}
rep.functional.write_np("blobs2/e.npy", np.zeros(2))
assert np.load("blobs2/e.npy").shape == (2,)
both = rep.backends.BackendGroup([backend, rep.backends.get("DiskBackend", {"output_dir": "other"})])
both.write_blob("f", b"x")
assert open("blobs/f").read() == open("other/f").read() == "x"
assert "unknown backend" in raises(Exception, rep.backends.get, "DiskBackendd")
rp.destroy()
assert "not initialized" in raises(Exception, lambda: rep.backends.get("DiskBackend").write_blob("a", b""))
"""


@pytest.mark.parametrize("name", ["CREATE", "MODIFY", "HOST", "ISAAC", "REP"])
def test_names_do_what_they_say(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        (ISAAC.split("from isaacsim.core")[0] if name == "ISAAC" else "") + HEAD + dedent(globals()[name])
    )
    monkeypatch.chdir(tmp_path)

    outcome = run_script(script, Options())

    assert outcome.error is None, outcome.error


def test_images_are_encoded_by_their_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np\nimport omni.replicator.core as rep\n"
        "a = np.zeros((4, 6, 4), np.uint8); a[..., 0] = 200; a[..., 3] = 255\n"
        "rep.functional.write_image(path='o/a.png', data=a)\n"
        "rep.functional.write_image(path='o/a.jpg', data=a)\n"
        "rep.functional.write_image(path='o/grey.png', data=np.linspace(0, 1, 24, dtype=np.float32).reshape(4, 6, 1))\n"
        "rep.functional.write_image(path='o/deep.png', data=np.full((4, 6), 70000, np.uint32))\n"
        "rep.functional.write_image(path='o/mask.png', data=np.ones((4, 6), bool))\n"
        "rep.functional.write_image(path='o/a.npy', data={'data': a})\n"
    )
    monkeypatch.chdir(tmp_path)

    outcome = run_script(script, Options())

    assert outcome.error is None, outcome.error
    assert cv2.imread("o/a.png", cv2.IMREAD_UNCHANGED)[0, 0].tolist() == [0, 0, 200, 255]
    assert abs(int(cv2.imread("o/a.jpg")[0, 0, 2]) - 200) < 4
    assert cv2.imread("o/grey.png", cv2.IMREAD_UNCHANGED)[-1, -1] == 255
    assert cv2.imread("o/deep.png", cv2.IMREAD_UNCHANGED)[0, 0] == 65535
    assert cv2.imread("o/mask.png", cv2.IMREAD_UNCHANGED)[0, 0] == 255
    assert np.load("o/a.npy").shape == (4, 6, 4)


def test_the_physics_step_is_kept_and_physics_prims_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ran(
        tmp_path,
        """
    import omni.replicator.core as rep
    import omni.usd
    from pxr import UsdPhysics

    assert rep.settings.get_physx_timestep() == 1 / 60
    rep.settings.set_physx_timestep(0.005)
    assert rep.settings.get_physx_timestep() == 0.005
    rep.create.cube()
    UsdPhysics.Scene.Define(omni.usd.get_context().get_stage(), "/World/scene")
    assert rep.get.physics().get_output_prims()["prims"][0].GetPath() == "/World/scene"
    assert len(rep.get.physics(path_match="other").get_output_prims()["prims"]) == 0
    """,
        monkeypatch,
    )

    assert outcome.error is None, outcome.error
    assert any("1/480" in entry["text"] for entry in outcome.report)
