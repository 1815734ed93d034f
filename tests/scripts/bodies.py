"""Bodies by PhysX's helpers, Kit's commands and a world's task."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import asyncio

import omni.kit.commands
import omni.kit.undo
import omni.replicator.core as rep
import omni.timeline
from _checks import near, stage
from isaacsim.core.api import World
from isaacsim.core.api.objects import DynamicSphere
from isaacsim.core.api.tasks import BaseTask
from isaacsim.core.simulation_manager import SimulationManager
from isaacsim.core.utils import physics, render_product
from omni.physx.scripts import physicsUtils
from pxr import Gf, Usd, UsdGeom, UsdPhysics, UsdShade

R = 0.5**0.5  # half of a quarter turn
s = stage()
assert physicsUtils.add_ground_plane(s, "/Ground", "Z", 10.0, Gf.Vec3f(0, 0, 1), Gf.Vec3f(0.2)) == "/Ground"
cache = UsdGeom.BBoxCache(0, ["default"])
ground = cache.ComputeWorldBound(s.GetPrimAtPath("/Ground")).ComputeAlignedRange()
near((ground.GetMin(), ground.GetMax()), ((-10, -10, 1), (10, 10, 1)))
box = physicsUtils.add_rigid_box(
    s,
    "/Box",
    Gf.Vec3f(1, 2, 0.5),
    Gf.Vec3f(0, 0, 4),
    Gf.Quatf(R, 0, 0, R),
    Gf.Vec3f(1, 0, 0),
    100.0,
    Gf.Vec3f(0, 0, -1),
)
size = cache.ComputeWorldBound(box).ComputeAlignedRange().GetSize()
near(size, (2, 1, 0.5))
assert box.HasAPI(UsdPhysics.CollisionAPI) and UsdPhysics.MassAPI(box).GetDensityAttr().Get() == 100
ball = physicsUtils.add_rigid_sphere(s, "/Ball", 0.25, Gf.Vec3f(5, 0, 3))
still = physicsUtils.add_box(s, "/Still", position=Gf.Vec3f(-5, 0, 3))
assert (
    ball.HasAPI(UsdPhysics.RigidBodyAPI)
    and not still.HasAPI(UsdPhysics.RigidBodyAPI)
    and UsdGeom.Sphere(ball).GetRadiusAttr().Get() == 0.25
)
physicsUtils.addRigidBodyMaterial(s, "/Rubber", restitution=0.75, density=2.0)
physicsUtils.add_physics_material_to_prim(s, ball, "/Rubber")
bound = UsdShade.MaterialBindingAPI(ball).ComputeBoundMaterial("physics")[0]
assert bound.GetPath() == "/Rubber" and UsdPhysics.MaterialAPI(bound).GetRestitutionAttr().Get() == 0.75
plain = UsdGeom.Xform.Define(s, "/Plain")
physicsUtils.set_or_add_scale_orient_translate(plain, Gf.Vec3f(2), Gf.Quatf(R, 0, 0, R), Gf.Vec3f(1, 0, 0))
physicsUtils.set_or_add_translate_op(plain, Gf.Vec3f(0, 3, 0))
assert len(plain.GetOrderedXformOps()) == 3
near(plain.ComputeLocalToWorldTransform(0).Transform(Gf.Vec3d(1, 0, 0)), (0, 5, 0))

SimulationManager.set_physics_dt(1 / 120)
assert SimulationManager.get_physics_dt() == 1 / 120 and SimulationManager.get_physics_sim_device() == "cpu"
omni.timeline.get_timeline_interface().set_end_time(10)
omni.timeline.get_timeline_interface().play()
assert SimulationManager.is_simulating()
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
    omni.kit.commands.execute(
        "CreateReference", path_to="/Apple", asset_path="/NVIDIA/Assets/ArchVis/Residential/Food/Fruit/Apple.usd"
    )
assert UsdGeom.Sphere(s.GetPrimAtPath("/Second")).GetRadiusAttr().Get() == 0.5 and any(
    p.IsA(UsdGeom.Mesh) for p in Usd.PrimRange(s.GetPrimAtPath("/Apple"))
)
assert UsdGeom.Imageable(ball).ComputeVisibility() == "invisible"
omni.kit.commands.execute("ToggleVisibilitySelectedPrims", selected_paths=["/Ball"])
assert UsdGeom.Imageable(ball).ComputeVisibility() == "inherited"
product = rep.create.render_product("/OmniverseKit_Persp", (40, 30))
assert (
    tuple(render_product.get_resolution(product.path)) == (40, 30)
    and render_product.get_camera_prim_path(product.path) == "/OmniverseKit_Persp"
)
physics.set_rigid_body_enabled(False, "/Box")
assert physics.get_rigid_body_enabled("/Box") is False
from isaacsim.replicator.writers import DOPEWriter, PoseWriter, PytorchListener
from omni.replicator.isaac.scripts.writers import YCBVideoWriter

assert (
    issubclass(PoseWriter, rep.Writer)
    and issubclass(YCBVideoWriter, rep.Writer)
    and hasattr(PytorchListener(), "write_data")
)


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
near(world.get_observations()["drop"]["height"], 6)
assert not world.is_done()
for _ in range(30):
    world.step()
near(world.get_observations("task")["drop"]["height"], 6 - 9.81 * 0.5**2 / 2, 0.05)
assert world.is_done() and world.get_task("task").steps == list(range(30))
world.reset()
near(world.get_observations()["drop"]["height"], 6)
