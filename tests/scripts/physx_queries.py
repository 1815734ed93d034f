"""Rays, overlaps, steps and forces by PhysX's interfaces."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import carb
import numpy as np
import omni.replicator.core as rep
import omni.timeline
import omni.usd
from _checks import near, stage
from omni.physx import get_physx_interface, get_physx_scene_query_interface
from omni.physx.scripts import utils
from pxr import Gf, PhysxSchema, Sdf, Usd, UsdPhysics

f = rep.functional
R = 0.5**0.5  # half of a quarter turn
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
near(hit["distance"], 5.5)
near(hit["position"], (0, 0, 4.5))
near(hit["normal"], (0, 0, 1))
assert (
    query.raycast_closest((2, 0, 10), (0, 0, -2), 100.0)["collision"] == "/wall"
    and not query.raycast_closest((2, 0, 10), (0, 0, 1), 100.0)["hit"]
)
assert not query.raycast_any((2, 0, 10), (0, 0, -1), 12.0) and query.raycast_any((2, 0, 10), (0, 0, -1), 12.6)
seen = []
query.raycast_all((0, 0, 10), (0, 0, -1), 100.0, lambda h: seen.append((h.rigid_body, round(h.distance, 4))) or True)
assert seen == [("/a", 5.5), ("/wall", 12.5)], seen


def met(hit):
    found.append(hit.rigid_body)
    return True


found = []
assert query.overlap_box(
    carb.Float3(10, 10, 1), carb.Float3(0, 0, 4), carb.Float4(0, 0, 0, 1), met, False
) == 2 and found == ["/a", "/b"]
found = []
assert query.overlap_box((4, 0.1, 0.1), (0, 4, 4), (0, 0, 0, 1), met, False) == 0
assert query.overlap_box((4.2, 0.1, 0.1), (0, 4, 4), (0, 0, R, R), met, False) == 1 and found == [
    "/a"
]  # turned to lie along y
assert query.overlap_sphere_any(0.6, (6, 0, 4)) and not query.overlap_sphere_any(0.4, (6, 0, 4))
assert not query.overlap_box_any((0.5, 0.5, 0.5), (2, 0, 0), (0, 0, 0, 1))

steps = []


def on_step(seconds):
    steps.append(seconds)
    if len(steps) == 6:
        stage().GetPrimAtPath("/a").GetAttribute("physics:velocity").Set(Gf.Vec3f(6, 0, 0))


subscription = get_physx_interface().subscribe_physics_step_events(on_step)
timeline = omni.timeline.get_timeline_interface()
timeline.set_time_codes_per_second(30)
timeline.set_end_time(100)
timeline.play()
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
app.update()
assert len(steps) == 12
stage().GetPrimAtPath("/a").GetAttribute("xformOp:translate").Set(Gf.Vec3d(0, 0, 8))
app.update()
near(
    omni.usd.get_world_transform_matrix(stage().GetPrimAtPath("/a")).ExtractTranslation(), (0.2, 0, 8), 1e-3
)  # put elsewhere, it goes on as fast
timeline.stop()
near(stage().GetPrimAtPath("/a").GetAttribute("physics:velocity").Get(), (0, 0, 0))
vector = carb.Float3((1, 2, 3))
assert (vector.x, vector.y, vector.z) == (1, 2, 3)
utils.setRigidBody(wall, "convexHull", False)
assert wall.HasAPI(UsdPhysics.RigidBodyAPI)
utils.removeRigidBody(wall)
assert not wall.HasAPI(UsdPhysics.RigidBodyAPI)

import importlib.util

from omni.physx import get_physx_simulation_interface
from pxr import PhysicsSchemaTools, UsdUtils

assert importlib.util.find_spec("isaacsim") and importlib.util.find_spec("omni.physx.scripts.utils")
number = PhysicsSchemaTools.sdfPathToInt(Sdf.Path("/b"))
assert (
    PhysicsSchemaTools.intToSdfPath(number) == "/b"
    and PhysicsSchemaTools.decodeSdfPath(*PhysicsSchemaTools.encodeSdfPath("/b")) == "/b"
)
assert (
    not query.overlap_shape_any(*PhysicsSchemaTools.encodeSdfPath("/b"))
    and query.overlap_shape(number, 0, met, False) == 0
)
stage_id = omni.usd.get_context().get_stage_id()
assert UsdUtils.StageCache.Get().Find(Usd.StageCache.Id.FromLongInt(stage_id)) == stage()
b = stage().GetPrimAtPath("/b")
UsdPhysics.MassAPI.Apply(b).CreateMassAttr(2.0)
timeline.play()
for _ in range(15):  # half a second: 3 N on 2 kg
    get_physx_simulation_interface().apply_force_at_pos(
        stage_id,
        number,
        carb.Float3(3, 0, 0),
        carb.Float3(*omni.usd.get_world_transform_matrix(b).ExtractTranslation()),
    )
    app.update()
near(b.GetAttribute("physics:velocity").Get(), (0.75, 0, 0), 1e-2)
near(b.GetAttribute("physics:angularVelocity").Get(), (0, 0, 0), 1.0)
app.update()
near(b.GetAttribute("physics:velocity").Get(), (0.75, 0, 0), 1e-2)
for _ in range(15):  # a cube of 2 kg and 1 m: a third of a kg m^2
    get_physx_simulation_interface().apply_torque(stage_id, number, (0, 0, 0.1))
    app.update()
near(b.GetAttribute("physics:angularVelocity").Get(), (0, 0, np.degrees(0.1 / (2 / 6) * 0.5)), 0.3)
