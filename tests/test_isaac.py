"""What Isaac Sim's helpers and core API, and PhysX's, do: scripts that check answers known by hand."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.omni.isaac.utils import rotations
from rendersdg.omni.runner import Options, run_script

HEAD = """
from isaacsim import SimulationApp
app = SimulationApp({"headless": True})
import carb, numpy as np
import omni.replicator.core as rep
import omni.timeline, omni.usd
from pxr import Gf, PhysxSchema, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade
f = rep.functional
R = 0.5**0.5

def near(a, b, tolerance=1e-5):
    assert np.shape(np.asarray(a, float)) == np.shape(np.asarray(b, float)), (a, b)
    assert np.allclose(np.asarray(a, float), np.asarray(b, float), atol=tolerance), (a, b)

def stage():
    return omni.usd.get_context().get_stage()
"""
BOUNDS = """
from isaacsim.core.utils import bounds, mesh, random, transformations, xforms
import omni.isaac.core.utils.bounds as older

box = f.create.cube(name="Box", position=(1, 2, 3), rotation=(0, 0, 45), scale=(2, 4, 6))
cache = bounds.create_bbox_cache()
centroid, axes, half = older.compute_obb(cache, "/Box")
near(centroid, (1, 2, 3)); near(half, (1, 2, 3)); near(axes, ((R, R, 0), (-R, R, 0), (0, 0, 1)))
corners = bounds.get_obb_corners(centroid, axes, half)
near(corners, bounds.compute_obb_corners(cache, box))
near(corners[[0, 2, 4, 6], 2], (0, 0, 0, 0)); near(corners[[1, 3, 5, 7], 2], (6, 6, 6, 6))
near(corners[0], (1 - R + 2 * R, 2 - R - 2 * R, 0))
f.create.cube(name="Other", position=(9, 0, 0))
near(bounds.compute_combined_aabb(cache, ["/Box", "/Other"]), (1 - 3 * R, -0.5, -0.5, 9.5, 2 + 3 * R, 6))
prim = stage().GetPrimAtPath("/Box")
UsdGeom.Boundable(prim).GetExtentAttr().Set([(0, 0, 0), (0, 0, 0)])
bounds.recompute_extents(prim)
near(UsdGeom.Boundable(prim).GetExtentAttr().Get(), [(-0.5,) * 3, (0.5,) * 3])

parent = f.create.xform(name="Parent", position=(5, 0, 0), rotation=(0, 0, 90), scale=2)
child = f.create.cube(name="Child", parent="/Parent", position=(1, 0, 0))
near(xforms.get_world_pose("/Parent/Child")[0], (5, 2, 0)); near(xforms.get_world_pose("/Parent/Child")[1], (R, 0, 0, R))
near(xforms.get_local_pose("/Parent/Child")[0], (1, 0, 0)); near(xforms.get_local_pose("/Parent/Child")[1], (1, 0, 0, 0))
near(transformations.get_relative_transform(child, parent) @ (0, 0, 0, 1), (1, 0, 0, 1))
near(transformations.get_relative_transform(parent, child) @ (0, 0, 0, 1), (-1, 0, 0, 1))
near(transformations.get_translation_from_target((0, 1, 0), child, parent), (1, 1, 0))
near(transformations.get_world_pose_from_relative(parent, (0, 1, 0), (1, 0, 0, 0))[0], (3, 0, 0))
near(mesh.get_mesh_vertices_relative_to(child, stage().GetPseudoRoot().GetChild("Parent")).mean(0), (1, 0, 0))
xforms.reset_and_set_xform_ops(child, Gf.Vec3d(0, 0, 1), Gf.Quatd(R, R, 0, 0), Gf.Vec3d(1, 2, 3))
assert [o.GetOpName() for o in UsdGeom.Xformable(child).GetOrderedXformOps()] == ["xformOp:translate", "xformOp:orient", "xformOp:scale"]
near(xforms.get_local_pose(child)[1], (R, R, 0, 0))
xforms.clear_xform_ops(child)
near(np.array(UsdGeom.Xformable(child).GetLocalTransformation()), np.eye(4))

camera = f.create.camera(name="Eye", position=(0, 0, 10), look_at=(0, 0, 0))
np.random.seed(3)
for _ in range(50):
    place, turn = random.get_random_world_pose_in_view(camera, 2, 6, np.radians(60), np.radians(40), 0.5, stage().GetPrimAtPath("/Parent"), (0, 0, 0), (0, 0, np.pi))
    depth = 10 - place[2]
    assert 2 <= depth <= 6 and abs(place[0]) <= depth * np.tan(np.radians(15)) + 1e-6 and abs(place[1]) <= depth * np.tan(np.radians(10)) + 0.2 * depth
    near(np.linalg.norm(turn), 1.0)
"""
PRIMS = """
from isaacsim.core.utils import math, prims, rotations, stage as stages, string, viewports
from isaacsim.core.utils.numpy import rotations as many
import isaacsim.core.experimental.utils.stage as newer

for name in ("A", "B"):
    for k in range(3):
        prims.create_prim(f"/World/Env_{name}/Part_{k}", "Cube", position=(k, 0, 0))
assert prims.find_matching_prim_paths("/World/Env_.*/Part_1") == ["/World/Env_A/Part_1", "/World/Env_B/Part_1"]
assert [p.GetName() for p in prims.get_all_matching_child_prims("/World/Env_A", lambda path: path.endswith("2"))] == ["Part_2"]
assert len(prims.get_all_matching_child_prims("/World", depth=1)) == 3
assert prims.get_first_matching_child_prim("/World", lambda path: "Env_B/" in path).GetPath() == "/World/Env_B/Part_0"
assert prims.get_first_matching_parent_prim("/World/Env_A/Part_0", lambda path: path.endswith("A")).GetPath() == "/World/Env_A"
assert prims.get_prim_attribute_value("/World/Env_A/Part_0", "size") == 2
prims.set_prim_attribute_value("/World/Env_A/Part_0", "size", 5)
assert stage().GetPrimAtPath("/World/Env_A/Part_0").GetAttribute("size").Get() == 5
assert prims.get_prim_type_name("/World/Env_A/Part_0") == "Cube" and "size" in prims.get_prim_attribute_names("/World/Env_A/Part_0")
assert prims.move_prim("/World/Env_A/Part_0", "/Else/Where") and prims.is_prim_path_valid("/Else/Where") and not prims.is_prim_path_valid("/World/Env_A/Part_0")
assert stage().GetPrimAtPath("/Else").IsDefined()
prims.set_prim_visibility(prims.get_prim_at_path("/Else/Where"), False)
assert UsdGeom.Imageable(prims.get_prim_at_path("/Else/Where")).ComputeVisibility() == "invisible"
assert prims.get_prim_object_type("/Else/Where") == "xform"
UsdPhysics.RigidBodyAPI.Apply(prims.get_prim_at_path("/Else/Where"))
assert prims.get_prim_object_type("/Else/Where") == "rigid_body"
moved = prims.create_prim("/Else/Where/Inner", position=(7, 0, 0), translation=None, orientation=(R, 0, 0, R), scale=(2, 2, 2))
near(np.array(omni.usd.get_world_transform_matrix(moved))[3][:3], (7, 0, 0))
assert stages.get_next_free_path("/World/Env_A") == "/World/Env_A_01" and stages.get_next_free_path("Env_B", "/World") == "/World/Env_B_01"
assert newer.get_stage_units() == (1.0, 1.0)
newer.set_stage_units(meters_per_unit=0.01)
assert stages.get_stage_units() == 0.01
good, opened = newer.open_stage("saved.usda") if stages.save_stage("saved.usda") else (False, None)
assert good and opened.GetPrimAtPath("/World/Env_B")
newer.add_reference_to_stage("rendersdg:fruit/apple", path="/World/Apple")
assert stage().GetPrimAtPath("/World/Apple")
stages.clear_stage(lambda path: "Env_B" in path)
assert not stage().GetPrimAtPath("/World/Env_B").IsActive() and stage().GetPrimAtPath("/World/Apple")
assert string.find_unique_string_name("a", lambda name: name not in ("a", "a_1")) == "a_2"
assert string.find_root_prim_path_from_regex("/World/Env_.*/Part") == ("/World", 1)
near(math.normalized([3, 0, 4]), (0.6, 0, 0.8))
near(many.euler_angles_to_quats([[0, 0, 90], [90, 0, 0]], degrees=True), ((R, 0, 0, R), (R, R, 0, 0)))
near(many.quats_to_rot_matrices([R, 0, 0, R]) @ (1, 0, 0), (0, 1, 0))
near(many.xyzw2wxyz([[1, 2, 3, 4]]), [[4, 1, 2, 3]]); near(many.rotvecs_to_quats([0, 0, np.pi / 2]), (R, 0, 0, R))
near(rotations.gf_quat_to_np_array(Gf.Quatf(1, 2, 3, 4)), (1, 2, 3, 4))
try:
    prims.get_prim_attribute_value("/Nowhere", "size")
except Exception as error:
    assert "no prim at '/Nowhere'" in str(error)
else:
    raise AssertionError
"""
LABELS = """
from isaacsim.core.utils import semantics
import isaacsim.core.experimental.utils.semantics as newer

a, b, c = (f.create.cube(name=n) for n in ("apple", "pear", "bare"))
newer.add_labels(a, labels=["apple"], taxonomy="class"); newer.add_labels(a, labels="fresh", taxonomy="state"); newer.add_labels(a, labels=["fruit"])
assert newer.get_labels(a) == {"class": ["apple", "fruit"], "state": ["fresh"]}, newer.get_labels(a)
semantics.add_labels(b, labels=["wrong"])
assert semantics.check_missing_labels() == ["/bare"]
assert semantics.check_incorrect_labels() == [["/apple", "fruit"], ["/apple", "fresh"], ["/pear", "wrong"]], semantics.check_incorrect_labels()
assert semantics.count_labels_in_scene() == {"missing_labels": 1, "apple": 1, "fruit": 1, "fresh": 1, "wrong": 1}
newer.remove_labels(a, taxonomy="state")
assert newer.get_labels(a) == {"class": ["apple", "fruit"]}
from pxr import Semantics
api = Semantics.SemanticsAPI.Apply(c, "Semantics"); api.CreateSemanticTypeAttr().Set("class"); api.CreateSemanticDataAttr().Set("old")
assert semantics.upgrade_prim_semantics_to_labels(c) == 1 and list(c.GetAttribute("semantics:labels:class").Get()) == ["old"]
assert not Semantics.SemanticsAPI.GetAll(c)
"""
WORLD = """
from isaacsim.core.api import World
from isaacsim.core.api.objects import DynamicCuboid, DynamicSphere, FixedCuboid, VisualCuboid
from isaacsim.core.api.materials import OmniPBR, PhysicsMaterial, PreviewSurface
from isaacsim.core.prims import RigidPrim, SingleXFormPrim, XFormPrim

world = World(stage_units_in_meters=1.0, physics_dt=1 / 120, rendering_dt=1 / 60)
assert World.instance() is world
world.scene.add_default_ground_plane(restitution=0.0)
cube = world.scene.add(DynamicCuboid(prim_path="/World/cube", name="cube", position=np.array([0, 0, 2.0]), size=0.5, color=np.array([1.0, 0, 0]), mass=2.0, orientation=[R, 0, 0, R]))
table = world.scene.add(FixedCuboid(prim_path="/World/table", position=[5, 0, 0.5], scale=[2, 2, 1]))
ball = world.scene.add(DynamicSphere(prim_path="/World/ball", radius=0.25, position=[5, 0, 2], linear_velocity=[0, 0, -1.0]))
ghost = world.scene.add(VisualCuboid(prim_path="/World/ghost", name="ghost", position=[0, 0, 1], color=np.array([0, 1.0, 0])))
assert cube.get_mass() == 2 and world.scene.get_object("cube") is cube and not ghost.prim.HasAPI(UsdPhysics.CollisionAPI)
near(UsdShade.Material(UsdShade.MaterialBindingAPI(cube.prim).ComputeBoundMaterial()[0]).ComputeSurfaceSource()[0].GetInput("diffuseColor").Get(), (1, 0, 0))
near(world.scene.compute_object_AABB("cube"), ((-0.25, -0.25, 1.75), (0.25, 0.25, 2.25)))
ticks = []
world.add_physics_callback("tick", ticks.append)
world.reset()
assert world.is_playing() and world.current_time == 0
for _ in range(15):
    world.step(render=True)
assert ticks == [1 / 120] * 30 and world.current_time_step_index == 30
near(cube.get_world_pose()[0], (0, 0, 2 - 9.81 * 0.25**2 / 2), 0.01); near(cube.get_world_pose()[1], (R, 0, 0, R), 1e-3)
near(cube.get_linear_velocity(), (0, 0, -9.81 * 0.25), 0.01)
near(ball.get_world_pose()[0], (5, 0, 2 - 0.25 - 9.81 * 0.25**2 / 2), 0.01)
cube.set_linear_velocity([1.0, 0, 0])
for _ in range(12):
    world.step(render=False)
near(cube.get_world_pose()[0], (0.1, 0, 2 - 9.81 * 0.25**2 / 2 - 9.81 * 0.1**2 / 2), 0.01)
for _ in range(120):
    world.step()
near(ball.get_world_pose()[0][2], 1.25, 5e-3); near(cube.get_world_pose()[0][2], 0.25, 5e-3)
world.reset()
near(cube.get_world_pose()[0], (0, 0, 2)); near(cube.get_linear_velocity(), (0, 0, 0)); near(ball.get_linear_velocity(), (0, 0, -1))
world.get_physics_context().set_gravity(-2.0)
for _ in range(30):
    world.step()
near(cube.get_world_pose()[0], (0, 0, 2 - 2 * 0.5**2 / 2), 0.01)

view = XFormPrim("/World/(cube|ball)")
assert view.count == 2 and view.prim_paths == ["/World/cube", "/World/ball"]
view.set_world_poses(positions=np.array([[1, 1, 1], [2, 2, 2.0]]))
near(view.get_world_poses()[0], ((1, 1, 1), (2, 2, 2)))
rigid = RigidPrim("/World/cube")
rigid.set_velocities(np.array([[0, 0, 3.0, 0, 0, np.pi]]))
near(rigid.get_linear_velocities(), [[0, 0, 3]]); near(stage().GetPrimAtPath("/World/cube").GetAttribute("physics:angularVelocity").Get(), (0, 0, 180), 1e-3)
holder = SingleXFormPrim("/World/holder", position=[0, 0, 4], scale=[2, 2, 2])
inner = SingleXFormPrim("/World/holder/inner", translation=[1, 0, 0])
near(inner.get_world_pose()[0], (2, 0, 4)); inner.set_world_pose(position=[0, 0, 0]); near(inner.get_local_pose()[0], (0, 0, -2)); near(inner.get_world_scale(), (2, 2, 2))
holder.set_visibility(False); assert not inner.get_visibility()
paint = OmniPBR("/World/Looks/Paint", color=np.array([0.2, 0.4, 0.6]))
table.apply_visual_material(paint)
assert UsdShade.MaterialBindingAPI(table.prim).ComputeBoundMaterial()[0].GetPath() == "/World/Looks/Paint"
near(paint.shader.GetInput("diffuse_color_constant").Get(), (0.2, 0.4, 0.6)); paint.set_color([1, 1, 0]); near(paint.shader.GetInput("diffuse_color_constant").Get(), (1, 1, 0))
ice = PhysicsMaterial("/World/ice", static_friction=0.1, dynamic_friction=0.05, restitution=0.3)
table.apply_physics_material(ice)
assert abs(UsdPhysics.MaterialAPI(ice.prim).GetDynamicFrictionAttr().Get() - 0.05) < 1e-6
table.set_collision_enabled(False); assert not table.get_collision_enabled()
world.scene.remove_object("ghost")
assert not stage().GetPrimAtPath("/World/ghost") and world.scene.get_object("ghost") is None
try:
    world.scene.add(DynamicCuboid(prim_path="/World/again", name="cube"))
except Exception as error:
    assert "'cube' already" in str(error)
else:
    raise AssertionError
world.stop(); assert world.is_stopped()

import isaacsim.core.experimental.utils.app as app_utils
from isaacsim.core.experimental.objects import Cube, DomeLight, Sphere
from isaacsim.core.experimental.prims import GeomPrim, XformPrim
cubes = Cube(["/New/a", "/New/b"], sizes=0.5, positions=[[0, 0, 1], [0, 1, 1]], colors=[[1, 0, 0], [0, 0, 1]])
assert stage().GetPrimAtPath("/New/b").GetAttribute("size").Get() == 0.5
light = DomeLight("/New/Dome"); light.set_intensities([800.0])
assert stage().GetPrimAtPath("/New/Dome").GetAttribute("inputs:intensity").Get() == 800
GeomPrim("/New/a", apply_collision_apis=True)
assert stage().GetPrimAtPath("/New/a").HasAPI(UsdPhysics.CollisionAPI) and not stage().GetPrimAtPath("/New/b").HasAPI(UsdPhysics.CollisionAPI)
near(XformPrim(cubes.paths).get_world_poses()[0].numpy(), ((0, 0, 1), (0, 1, 1)))
app_utils.update_app(steps=2)
"""
CAMERA = """
import argparse
import omni.kit.app
from isaaclab.app import AppLauncher
from isaacsim.core.api import World
from isaacsim.core.api.objects import VisualCuboid
from isaacsim.core.cloner import GridCloner
from isaacsim.core.prims import Articulation, RigidPrim
from isaacsim.core.utils.semantics import add_labels
from isaacsim.sensors.camera import Camera
import omni.isaac.sensor

assert omni.isaac.sensor.Camera is Camera
parser = argparse.ArgumentParser()
AppLauncher.add_app_launcher_args(parser)
assert AppLauncher(parser.parse_args(["--headless", "--enable_cameras"])).app.is_running()
update = omni.kit.app.get_app().update
rep.create.light(light_type="dome", intensity=500)
world = World(stage_units_in_meters=1.0, device="cuda:0")
assert world.device == "cpu"
cube = world.scene.add(VisualCuboid("/World/cube", name="cube", position=[4, 0, 0], size=1.0, color=np.array([1.0, 0, 0])))
add_labels(cube.prim, ["cube"])
camera = world.scene.add(Camera("/World/camera", position=np.array([0, 0, 0]), orientation=np.array([1, 0, 0, 0]), resolution=(64, 48)))
assert camera.get_render_product_path() is None
world.reset()
assert camera.get_rgba() is None and camera.get_render_product_path().startswith("/Render/")
camera.add_distance_to_image_plane_to_frame()
camera.add_bounding_box_2d_tight_to_frame()
world.step(render=True)
frame = camera.get_current_frame()
assert frame["rgb"].shape == (48, 64, 4) and camera.get_rgb().shape == (48, 64, 3)
r, g, b = camera.get_rgb()[24, 32].astype(int)
assert r > 2 * g and r > 2 * b
near(camera.get_depth()[24, 32], 3.5); near(frame["distance_to_image_plane"][24, 32], 3.5)
# a pinhole by hand: 64 * 50 / 20.955 pixels a unit slope, half a metre at 3.5 metres
slope = 64 * 50 / 20.955
near(camera.get_intrinsics_matrix(), ((slope, 0, 32), (0, slope, 24), (0, 0, 1)), 1e-3)
near((camera.get_focal_length(), camera.get_horizontal_aperture(), camera.get_vertical_aperture()), (5, 2.0955, 2.0955 * 0.75), 1e-5)
near(np.tan(camera.get_horizontal_fov() / 2), 32 / slope)
edge = slope * 0.5 / 3.5
near(camera.get_image_coords_from_world_points(np.array([[3.5, 0.5, 0.5], [3.5, -0.5, -0.5]])), ((32 - edge, 24 - edge), (32 + edge, 24 + edge)), 1e-3)
near(camera.get_world_points_from_image_coords(np.array([[32 + edge, 24.0]]), np.array([3.5])), [(3.5, -0.5, 0)], 1e-3)
box = frame["bounding_box_2d_tight"]["data"][0]
near([box[k] for k in ("x_min", "y_min", "x_max", "y_max")], (round(32 - edge), round(24 - edge), round(32 + edge) - 1, round(24 + edge) - 1), 1)
cloud = camera.get_pointcloud()
near(cloud[:, 0].min(), 3.5, 1e-3); near(np.abs(cloud[:, 1:]).max(), 0.5, 0.03)
near(camera.get_world_pose(camera_axes="ros")[1], (0.5, -0.5, 0.5, -0.5)); near(np.abs(camera.get_world_pose("usd")[1]), (0.5,) * 4)
near(camera.get_view_matrix_ros() @ (3, 2, 1, 1), (-2, -1, 3, 1))
near(camera.get_world_pose()[1], (1, 0, 0, 0)); near(camera.get_local_pose()[0], (0, 0, 0))

# what was looked at stays until the application updates
cube.set_world_pose([5, 0, 0])
near(camera.get_depth()[24, 32], 3.5)
update()
near(camera.get_depth()[24, 32], 4.5)
kept = camera.get_current_frame(clone=True); camera.pause(); cube.set_world_pose([6, 0, 0]); update()
assert camera.is_paused() and camera.get_current_frame()["distance_to_image_plane"][24, 32] == kept["distance_to_image_plane"][24, 32]
camera.resume(); near(camera.get_current_frame()["distance_to_image_plane"][24, 32], 5.5)
camera.set_world_pose([0, 0, 0], [0, 1, 0, 0], camera_axes="ros"); update()  # looks down
assert not np.isfinite(camera.get_depth()).any()
camera.set_world_pose([0, 0, 0], [1, 0, 0, 0]); camera.set_focal_length(10.0); camera.set_resolution((32, 32)); update()
near(camera.get_depth()[16, 16], 5.5); assert camera.get_rgba().shape == (32, 32, 4)
camera.remove_distance_to_image_plane_from_frame(); assert camera.get_depth() is None
camera.set_clipping_range(0.5, 5.0); near(camera.get_clipping_range(), (0.5, 5.0))

# events act at the next update, each anew; frame triggers wait for a capture
with rep.trigger.on_custom_event("paint"):
    with rep.get.prims(path_pattern="/World/cube"):
        rep.randomizer.color(colors=rep.distribution.uniform((0, 0, 0), (1, 1, 1)))
camera.set_clipping_range(0.5, 50.0)
shown = []
for sends in (False, True, False, True):
    if sends:
        rep.utils.send_og_event("paint")
    update()
    shown.append(tuple(camera.get_rgb()[16, 16]))
assert shown[0] != shown[1] == shown[2] != shown[3] != shown[0], shown

cloner = GridCloner(spacing=2.0)
cloner.define_base_env("/World/envs")
VisualCuboid("/World/envs/env_0/ball", position=[0, 0, 3])
paths = cloner.generate_paths("/World/envs/env", 4)
near(cloner.clone("/World/envs/env_0", paths, replicate_physics=True), ((1, -1, 0), (1, 1, 0), (-1, -1, 0), (-1, 1, 0)))
balls = RigidPrim("/World/envs/env_.*/ball")
near(balls.get_world_poses()[0][3], (-1, 1, 3)); near(balls.get_velocities(), np.zeros((4, 6)))
world.scene.add_default_ground_plane(z_position=-1.0)
assert stage().GetPrimAtPath("/World/defaultGroundPlane/SphereLight").IsA("SphereLight")
Articulation("/World/cube")
"""
PHYSX = """
from omni.physx import get_physx_interface, get_physx_scene_query_interface
from omni.physx.scripts import utils

for name, x in (("a", 0), ("b", 5)):
    prim = f.create.cube(name=name, position=(x, 0, 4))
    f.physics.apply_rigid_body(prim, with_collider=True)
    if not prim.HasAPI(PhysxSchema.PhysxRigidBodyAPI):
        PhysxSchema.PhysxRigidBodyAPI.Apply(prim)
    assert prim.HasAPI(PhysxSchema.PhysxRigidBodyAPI) and prim.HasAPI(UsdPhysics.RigidBodyAPI)
    PhysxSchema.PhysxRigidBodyAPI(prim).CreateDisableGravityAttr(True)
wall = f.create.cube(name="wall", position=(0, 0, -3), scale=(20, 20, 1))
utils.setCollider(wall, approximationShape="boundingCube")
query = get_physx_scene_query_interface()
hit = query.raycast_closest(carb.Float3(0, 0, 10), carb.Float3(0, 0, -1), 100.0)
assert hit["hit"] and hit["rigidBody"] == "/a"
near(hit["distance"], 5.5); near(hit["position"], (0, 0, 4.5)); near(hit["normal"], (0, 0, 1))
assert query.raycast_closest((2, 0, 10), (0, 0, -2), 100.0)["collision"] == "/wall" and not query.raycast_closest((2, 0, 10), (0, 0, 1), 100.0)["hit"]
assert not query.raycast_any((2, 0, 10), (0, 0, -1), 12.0) and query.raycast_any((2, 0, 10), (0, 0, -1), 12.6)
seen = []
query.raycast_all((0, 0, 10), (0, 0, -1), 100.0, lambda h: seen.append((h.rigid_body, round(h.distance, 4))) or True)
assert seen == [("/a", 5.5), ("/wall", 12.5)], seen
def met(hit):
    found.append(hit.rigid_body)
    return True
found = []
assert query.overlap_box(carb.Float3(10, 10, 1), carb.Float3(0, 0, 4), carb.Float4(0, 0, 0, 1), met, False) == 2 and found == ["/a", "/b"]
found = []
assert query.overlap_box((4, 0.1, 0.1), (0, 4, 4), (0, 0, 0, 1), met, False) == 0
assert query.overlap_box((4.2, 0.1, 0.1), (0, 4, 4), (0, 0, R, R), met, False) == 1 and found == ["/a"]  # turned to lie along y
assert query.overlap_sphere_any(0.6, (6, 0, 4)) and not query.overlap_sphere_any(0.4, (6, 0, 4))
assert not query.overlap_box_any((0.5, 0.5, 0.5), (2, 0, 0), (0, 0, 0, 1))

steps = []
def on_step(seconds):
    steps.append(seconds)
    if len(steps) == 6:
        stage().GetPrimAtPath("/a").GetAttribute("physics:velocity").Set(Gf.Vec3f(6, 0, 0))
subscription = get_physx_interface().subscribe_physics_step_events(on_step)
timeline = omni.timeline.get_timeline_interface()
timeline.set_time_codes_per_second(30); timeline.set_end_time(100); timeline.play()
for _ in range(6):
    app.update()
near(steps, [1 / 60] * 12)
near(omni.usd.get_world_transform_matrix(stage().GetPrimAtPath("/a")).ExtractTranslation(), (0.6, 0, 4), 1e-3)
near(get_physx_interface().get_rigidbody_transformation("/a")["position"], (0.6, 0, 4), 1e-3)
near(query.raycast_closest((0.6, 0, 10), (0, 0, -1), 100.0)["position"], (0.6, 0, 4.5))
found = []
query.overlap_sphere(0.1, (1.0, 0, 4), met)
assert found == ["/a"]
near(omni.usd.get_context().compute_path_world_bounding_box("/a"), ((0.1, -0.5, 3.5), (1.1, 0.5, 4.5)), 1e-3)
subscription.unsubscribe()
app.update(); assert len(steps) == 12
stage().GetPrimAtPath("/a").GetAttribute("xformOp:translate").Set(Gf.Vec3d(0, 0, 8))
app.update()
near(omni.usd.get_world_transform_matrix(stage().GetPrimAtPath("/a")).ExtractTranslation(), (0.2, 0, 8), 1e-3)  # put elsewhere, it goes on as fast
timeline.stop()
near(stage().GetPrimAtPath("/a").GetAttribute("physics:velocity").Get(), (0, 0, 0))
vector = carb.Float3((1, 2, 3)); assert (vector.x, vector.y, vector.z) == (1, 2, 3)
utils.setRigidBody(wall, "convexHull", False); assert wall.HasAPI(UsdPhysics.RigidBodyAPI)
utils.removeRigidBody(wall); assert not wall.HasAPI(UsdPhysics.RigidBodyAPI)

import importlib.util
from omni.physx import get_physx_simulation_interface
from pxr import PhysicsSchemaTools, UsdUtils
assert importlib.util.find_spec("isaacsim") and importlib.util.find_spec("omni.physx.scripts.utils")
number = PhysicsSchemaTools.sdfPathToInt(Sdf.Path("/b"))
assert PhysicsSchemaTools.intToSdfPath(number) == "/b" and PhysicsSchemaTools.decodeSdfPath(*PhysicsSchemaTools.encodeSdfPath("/b")) == "/b"
assert not query.overlap_shape_any(*PhysicsSchemaTools.encodeSdfPath("/b")) and query.overlap_shape(number, 0, met, False) == 0
stage_id = omni.usd.get_context().get_stage_id()
assert UsdUtils.StageCache.Get().Find(Usd.StageCache.Id.FromLongInt(stage_id)) == stage()
b = stage().GetPrimAtPath("/b")
UsdPhysics.MassAPI.Apply(b).CreateMassAttr(2.0)
timeline.play()
for _ in range(15):  # half a second: 3 N on 2 kg
    get_physx_simulation_interface().apply_force_at_pos(stage_id, number, carb.Float3(3, 0, 0), carb.Float3(*omni.usd.get_world_transform_matrix(b).ExtractTranslation()))
    app.update()
near(b.GetAttribute("physics:velocity").Get(), (0.75, 0, 0), 1e-2); near(b.GetAttribute("physics:angularVelocity").Get(), (0, 0, 0), 1.0)
app.update(); near(b.GetAttribute("physics:velocity").Get(), (0.75, 0, 0), 1e-2)
for _ in range(15):  # a cube of 2 kg and 1 m: a third of a kg m^2
    get_physx_simulation_interface().apply_torque(stage_id, number, (0, 0, 0.1))
    app.update()
near(b.GetAttribute("physics:angularVelocity").Get(), (0, 0, np.degrees(0.1 / (2 / 6) * 0.5)), 0.3)
"""
CONTACTS = """
from omni.physx import get_physx_simulation_interface
from omni.physx.bindings._physx import ContactEventType
from omni.physx.scripts import physicsUtils
from pxr import PhysicsSchemaTools
physicsUtils.add_ground_plane(stage(), "/Ground", "Z", 5.0)
box = physicsUtils.add_rigid_box(stage(), "/Box", Gf.Vec3f(1, 1, 1), Gf.Vec3f(0, 0, 0.6))
other = physicsUtils.add_rigid_box(stage(), "/Other", Gf.Vec3f(1, 1, 1), Gf.Vec3f(3, 0, 0.6))
UsdPhysics.MassAPI(box).CreateMassAttr(2.0)
PhysxSchema.PhysxContactReportAPI.Apply(box)  # of the other nothing is reported
told = []
events = get_physx_simulation_interface().subscribe_contact_report_events(lambda headers, points: told.append([str(h.type) for h in headers]))
timeline = omni.timeline.get_timeline_interface(); timeline.set_end_time(100); timeline.play()
assert get_physx_simulation_interface().get_contact_report() == ([], [])
for _ in range(90):
    app.update()
headers, points = get_physx_simulation_interface().get_contact_report()
names = sorted(str(PhysicsSchemaTools.intToSdfPath(n)) for n in (headers[0].actor0, headers[0].actor1))
assert len(headers) == 1 and names[0] == "/Box" and names[1].startswith("/Ground") and headers[0].type == ContactEventType.CONTACT_PERSIST
assert headers[0].num_contact_data == len(points) >= 3 and headers[0].contact_data_offset == 0
up = 1 if str(PhysicsSchemaTools.intToSdfPath(headers[0].actor0)) == "/Box" else -1
near(np.sum([p.impulse for p in points], 0) * up, (0, 0, 2 * 9.81 / 60), 5e-3)  # it carries the box: weight times a step
for p in points:
    near(np.array(p.normal) * up, (0, 0, 1), 1e-3); near(np.abs([p.position[0], p.position[1]]), (0.5, 0.5), 0.05); assert -0.002 < p.separation < 0.002
box.GetAttribute("xformOp:translate").Set(Gf.Vec3d(0, 0, 4))
app.update()
assert told[0] == ["ContactEventType.CONTACT_FOUND"] and told[-1] == ["ContactEventType.CONTACT_LOST"] and told[-2] == ["ContactEventType.CONTACT_PERSIST"]
events.unsubscribe()
"""
EVENTS = """
import asyncio
import omni.kit.app, omni.kit.async_engine, omni.physx
physics_scene = UsdPhysics.Scene.Define(stage(), "/PhysicsScene")
PhysxSchema.PhysxSceneAPI.Apply(physics_scene.GetPrim()).CreateTimeStepsPerSecondAttr().Set(120)
timeline = omni.timeline.get_timeline_interface()
timeline.set_looping(False); timeline.set_end_time(1); timeline.set_time_codes_per_second(30)
kinds = omni.timeline.TimelineEventType
ticks, others, steps, frames, updates = [], [], [], [], []
stream = timeline.get_timeline_event_stream()
on_tick = stream.create_subscription_to_pop_by_type(int(kinds.CURRENT_TIME_TICKED), lambda e: ticks.append(e.payload["currentTime"]))
on_all = stream.create_subscription_to_pop(lambda e: others.append(e.type), name="all")
on_step = omni.physx.get_physx_interface().subscribe_physics_step_events(steps.append)
on_frame = omni.usd.get_context().get_rendering_event_stream().create_subscription_to_pop_by_type(int(omni.usd.StageRenderingEventType.NEW_FRAME), frames.append)
on_update = omni.kit.app.get_app().get_update_event_stream().create_subscription_to_pop(lambda e: updates.append(e.payload["dt"]))
app.update()
assert (ticks, others, steps, len(frames), updates) == ([], [], [], 1, [1 / 30])
timeline.play(); timeline.commit()
for _ in range(3):
    app.update()
asyncio.get_event_loop().run_until_complete(omni.kit.app.get_app().next_update_async())
near(ticks, np.arange(1, 5) / 30); near(steps, [1 / 120] * 16); assert len(frames) == len(updates) == 5
timeline.pause(); timeline.set_current_time(0.5); timeline.stop()
assert [kinds(k).name for k in others] == ["PLAY", *["CURRENT_TIME_TICKED"] * 4, "PAUSE", "CURRENT_TIME_CHANGED", "STOP"]
from isaacsim.core.api import World
others.clear(); world = World(); world.play(); world.pause(); world.stop()
assert [kinds(k).name for k in others] == ["PLAY", "PAUSE", "STOP"]  # whoever plays tells
on_tick.unsubscribe(); on_frame.unsubscribe()
timeline.play(); app.update()
assert len(ticks) == 4 and len(frames) == 5 and len(updates) == 6

# a listener that captures lets time pass itself: it is not called for that again
rep.create.light(light_type="dome")
rp = rep.create.render_product("/OmniverseKit_Persp", (16, 16))
writer = rep.writers.get("BasicWriter"); writer.initialize(output_dir="ticked", rgb=True); writer.attach(rp)
rep.orchestrator.set_capture_on_play(False)
capture = stream.create_subscription_to_pop_by_type(kinds.CURRENT_TIME_TICKED.value, lambda e: rep.orchestrator.step(pause_timeline=False))
app.update(); app.update()
capture.unsubscribe()
done = []
async def later():
    await omni.kit.app.get_app().next_update_async()
    done.append(1)
omni.kit.async_engine.run_coroutine(later())
for _ in range(3):
    app.update()
assert done
import os
assert sorted(n for n in os.listdir("ticked") if n.startswith("rgb")) == ["rgb_0000.png", "rgb_0001.png"]
"""
BODIES = """
import asyncio
import omni.kit.commands, omni.kit.undo
from isaacsim.core.api import World
from isaacsim.core.api.objects import DynamicSphere
from isaacsim.core.api.tasks import BaseTask
from isaacsim.core.simulation_manager import SimulationManager
from isaacsim.core.utils import physics, render_product
from omni.physx.scripts import physicsUtils

s = stage()
assert physicsUtils.add_ground_plane(s, "/Ground", "Z", 10.0, Gf.Vec3f(0, 0, 1), Gf.Vec3f(0.2)) == "/Ground"
cache = UsdGeom.BBoxCache(0, ["default"])
ground = cache.ComputeWorldBound(s.GetPrimAtPath("/Ground")).ComputeAlignedRange()
near((ground.GetMin(), ground.GetMax()), ((-10, -10, 1), (10, 10, 1)))
box = physicsUtils.add_rigid_box(s, "/Box", Gf.Vec3f(1, 2, 0.5), Gf.Vec3f(0, 0, 4), Gf.Quatf(R, 0, 0, R), Gf.Vec3f(1, 0, 0), 100.0, Gf.Vec3f(0, 0, -1))
size = cache.ComputeWorldBound(box).ComputeAlignedRange().GetSize()
near(size, (2, 1, 0.5)); assert box.HasAPI(UsdPhysics.CollisionAPI) and UsdPhysics.MassAPI(box).GetDensityAttr().Get() == 100
ball = physicsUtils.add_rigid_sphere(s, "/Ball", 0.25, Gf.Vec3f(5, 0, 3)); still = physicsUtils.add_box(s, "/Still", position=Gf.Vec3f(-5, 0, 3))
assert ball.HasAPI(UsdPhysics.RigidBodyAPI) and not still.HasAPI(UsdPhysics.RigidBodyAPI) and UsdGeom.Sphere(ball).GetRadiusAttr().Get() == 0.25
physicsUtils.addRigidBodyMaterial(s, "/Rubber", restitution=0.75, density=2.0)
physicsUtils.add_physics_material_to_prim(s, ball, "/Rubber")
bound = UsdShade.MaterialBindingAPI(ball).ComputeBoundMaterial("physics")[0]
assert bound.GetPath() == "/Rubber" and UsdPhysics.MaterialAPI(bound).GetRestitutionAttr().Get() == 0.75
plain = UsdGeom.Xform.Define(s, "/Plain")
physicsUtils.set_or_add_scale_orient_translate(plain, Gf.Vec3f(2), Gf.Quatf(R, 0, 0, R), Gf.Vec3f(1, 0, 0))
physicsUtils.set_or_add_translate_op(plain, Gf.Vec3f(0, 3, 0))
assert len(plain.GetOrderedXformOps()) == 3
near(plain.ComputeLocalToWorldTransform(0).Transform(Gf.Vec3d(1, 0, 0)), (0, 5, 0))

SimulationManager.set_physics_dt(1 / 120); assert SimulationManager.get_physics_dt() == 1 / 120 and SimulationManager.get_physics_sim_device() == "cpu"
omni.timeline.get_timeline_interface().set_end_time(10); omni.timeline.get_timeline_interface().play(); assert SimulationManager.is_simulating()
told = []
asyncio.get_event_loop().run_until_complete(physics.simulate_async(0.25, callback=lambda: told.append(1)))
assert len(told) == 15 and abs(SimulationManager.get_simulation_time() - 0.25) < 1e-6
near(box.GetAttribute("xformOp:translate").Get(), (0, 0, 4 - 0.25 - 9.81 * 0.25**2 / 2), 0.02)
for _ in range(12):
    SimulationManager.step()
near(box.GetAttribute("xformOp:translate").Get(), (0, 0, 4 - 0.35 - 9.81 * 0.35**2 / 2), 0.02)

with omni.kit.undo.group():
    omni.kit.commands.execute("ChangeProperty", prop_path="/Ball.radius", value=0.5, prev=None)
    omni.kit.commands.execute("CopyPrim", path_from="/Ball", path_to="/Second")
    omni.kit.commands.execute("ToggleVisibilitySelectedPrims", selected_paths=["/Ball"])
    omni.kit.commands.execute("CreateReference", path_to="/Apple", asset_path="/NVIDIA/Assets/ArchVis/Residential/Food/Fruit/Apple.usd")
assert UsdGeom.Sphere(s.GetPrimAtPath("/Second")).GetRadiusAttr().Get() == 0.5 and any(p.IsA(UsdGeom.Mesh) for p in Usd.PrimRange(s.GetPrimAtPath("/Apple")))
assert UsdGeom.Imageable(ball).ComputeVisibility() == "invisible"; omni.kit.commands.execute("ToggleVisibilitySelectedPrims", selected_paths=["/Ball"])
assert UsdGeom.Imageable(ball).ComputeVisibility() == "inherited"
product = rep.create.render_product("/OmniverseKit_Persp", (40, 30))
assert tuple(render_product.get_resolution(product.path)) == (40, 30) and render_product.get_camera_prim_path(product.path) == "/OmniverseKit_Persp"
physics.set_rigid_body_enabled(False, "/Box"); assert physics.get_rigid_body_enabled("/Box") is False
from isaacsim.replicator.writers import DOPEWriter, PoseWriter, PytorchListener
from omni.replicator.isaac.scripts.writers import YCBVideoWriter
assert issubclass(PoseWriter, rep.Writer) and issubclass(YCBVideoWriter, rep.Writer) and hasattr(PytorchListener(), "write_data")

class Drop(BaseTask):
    def set_up_scene(self, scene):
        super().set_up_scene(scene)
        self.steps = []
        self.ball = scene.add(DynamicSphere("/World/drop", name="drop", radius=0.1, position=[8, 8, 6]))
    def get_observations(self):
        return {"drop": {"height": float(self.ball.get_world_pose()[0][2])}}
    def pre_step(self, index, time):
        self.steps.append(index)
    def is_done(self):
        return self.get_observations()["drop"]["height"] < 5

world = World()
world.add_task(Drop(name="task"))
world.reset()
near(world.get_observations()["drop"]["height"], 6); assert not world.is_done()
for _ in range(30):
    world.step()
near(world.get_observations("task")["drop"]["height"], 6 - 9.81 * 0.5**2 / 2, 0.05)
assert world.is_done() and world.get_task("task").steps == list(range(30))
world.reset(); near(world.get_observations()["drop"]["height"], 6)
"""


def test_a_camera_sensor_shows_the_stage_after_every_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "script.py"
    script.write_text(HEAD + CAMERA)
    monkeypatch.chdir(tmp_path)

    outcome = run_script(script, Options())

    assert outcome.error is not None and "Articulation: joints are not simulated" in outcome.error, outcome.error
    assert (outcome.exit_code, outcome.frames, outcome.reads) == (5, 0, 9)


def test_a_world_that_steps_captures_on_play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "script.py"
    body = """
import os
from isaacsim.core.api import World
from isaacsim.core.api.objects import DynamicCuboid
world = World()
world.scene.add(DynamicCuboid("/cube", position=[0, 0, 1], size=0.5))
rep.create.light(light_type="dome")
product = rep.create.render_product("/OmniverseKit_Persp", (32, 32))
writer = rep.writers.get("BasicWriter"); writer.initialize(output_dir="out", rgb=True, distance_to_camera=True); writer.attach(product)
world.render()
world.reset()
for _ in range(3):
    world.step(render=True)
    world.step(render=False)
world.render()
world.pause()
world.step(render=True)
assert sorted(n for n in os.listdir("out") if n.startswith("rgb")) == [f"rgb_{k:04d}.png" for k in range(3)], os.listdir("out")
rep.orchestrator.set_capture_on_play(False)
world.play()
world.step(render=True)
depths = [np.load(f"out/distance_to_camera_{k:04d}.npy") for k in range(3)]
assert all(not np.array_equal(a, b) for a, b in zip(depths, depths[1:]))  # it falls from frame to frame
"""
    script.write_text(HEAD + body)
    monkeypatch.chdir(tmp_path)

    outcome = run_script(script, Options())

    assert (outcome.error, outcome.frames) == (None, 3), outcome.error


def test_a_render_product_whose_camera_was_removed_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "script.py"
    body = """
import os
rep.create.light(light_type="dome")
for name in ("left", "right"):
    UsdGeom.Camera.Define(stage(), f"/{name}")
products = [rep.create.render_product(f"/{name}", (16, 16), name=name) for name in ("left", "right")]
looks = [rep.annotators.get("rgb") for _ in products]
for look, product in zip(looks, products):
    look.attach(product)
writer = rep.writers.get("BasicWriter"); writer.initialize(output_dir="out", rgb=True); writer.attach(products)
rep.orchestrator.step()
stage().RemovePrim("/left")
rep.orchestrator.step()
app.update()
assert looks[0].get_data().size == 0 and looks[1].get_data().shape == (16, 16, 4)
UsdGeom.Camera.Define(stage(), "/left")
rep.orchestrator.step()
assert looks[0].get_data().shape == (16, 16, 4)
"""
    script.write_text(HEAD + body)
    monkeypatch.chdir(tmp_path)

    outcome = run_script(script, Options())

    assert outcome.error is None, outcome.error
    made = {
        p.name: len(list(p.rglob("*.png"))) for p in (tmp_path / "out").iterdir() if p.is_dir() and p.name[0] != "."
    }
    assert made == {"left": 2, "right": 3}
    assert any("was removed" in e["text"] for e in outcome.report)


@pytest.mark.parametrize(("body", "rounds"), [("app.update()", 300), ("world.step(render=True)", 3000)])
def test_a_window_loop_ends_by_itself_later_while_time_passes(
    body: str, rounds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "script.py"
    loop = f"""
from isaacsim.core.api import World
world = World()
world.play() if "world" in "{body}" else None
rounds = 0
while app.is_running():
    {body}
    rounds += 1
assert abs(rounds - {rounds}) <= {rounds} // 100, rounds
"""
    script.write_text(HEAD + loop)
    monkeypatch.chdir(tmp_path)

    outcome = run_script(script, Options())

    assert outcome.error is None, outcome.error
    assert any("no frame was captured" in e["text"] for e in outcome.report)


def test_a_loop_that_only_looks_is_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "script.py"
    loop = """
from isaacsim.sensors.camera import Camera
camera = Camera("/World/camera", resolution=(16, 16))
camera.initialize()
while app.is_running():
    app.update()
    print(camera.get_rgba().shape)
"""
    script.write_text(HEAD + loop)
    monkeypatch.chdir(tmp_path)

    outcome = run_script(script, Options(limit=3))

    assert (outcome.error, outcome.exit_code, outcome.frames, outcome.reads) == (None, 0, 0, 3)
    assert outcome.notes == ["stopped after 3 frames (--frames-limit)"]


@pytest.mark.parametrize("name", ["BOUNDS", "PRIMS", "LABELS", "WORLD", "PHYSX", "BODIES", "CONTACTS", "EVENTS"])
def test_helpers_give_the_answers_known_by_hand(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "script.py"
    script.write_text(HEAD + dedent(globals()[name]))
    monkeypatch.chdir(tmp_path)

    outcome = run_script(script, Options())

    assert outcome.error is None, outcome.error


@given(st.tuples(*[st.floats(-180, 180)] * 3), st.booleans())
def test_rotations_come_back(angles: tuple[float, float, float], extrinsic: bool) -> None:
    matrix = rotations.euler_to_rot_matrix(angles, degrees=True, extrinsic=extrinsic)
    turns = [
        rotations.quat_to_rot_matrix(rotations.rotvec_to_quat(np.radians(a) * np.eye(3)[k]))
        for k, a in enumerate(angles)
    ]
    x, y, z = turns

    assert np.allclose(matrix, z @ y @ x if extrinsic else x @ y @ z, atol=1e-9)
    quat = rotations.rot_matrix_to_quat(matrix)
    assert np.allclose(rotations.quat_to_rot_matrix(quat), matrix, atol=1e-6)
    back = rotations.quat_to_euler_angles(quat, extrinsic=extrinsic)
    assert np.allclose(rotations.euler_to_rot_matrix(back, extrinsic=extrinsic), matrix, atol=1e-5)
    assert np.allclose(rotations.rotvec_to_quat(rotations.quat_to_rotvec(quat)), quat, atol=1e-6)
