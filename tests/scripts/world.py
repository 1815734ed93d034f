"""A world of objects, views and materials that steps."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import numpy as np
from _checks import near, stage
from isaacsim.core.api import World
from isaacsim.core.api.materials import OmniPBR, PhysicsMaterial, PreviewSurface
from isaacsim.core.api.objects import DynamicCuboid, DynamicSphere, FixedCuboid, VisualCuboid
from isaacsim.core.prims import RigidPrim, SingleXFormPrim, XFormPrim
from pxr import UsdPhysics, UsdShade

R = 0.5**0.5  # half of a quarter turn
world = World(stage_units_in_meters=1.0, physics_dt=1 / 120, rendering_dt=1 / 60)
assert World.instance() is world
world.scene.add_default_ground_plane(restitution=0.0)
cube = world.scene.add(
    DynamicCuboid(
        prim_path="/World/cube",
        name="cube",
        position=np.array([0, 0, 2.0]),
        size=0.5,
        color=np.array([1.0, 0, 0]),
        mass=2.0,
        orientation=[R, 0, 0, R],
    )
)
table = world.scene.add(FixedCuboid(prim_path="/World/table", position=[5, 0, 0.5], scale=[2, 2, 1]))
ball = world.scene.add(
    DynamicSphere(prim_path="/World/ball", radius=0.25, position=[5, 0, 2], linear_velocity=[0, 0, -1.0])
)
ghost = world.scene.add(
    VisualCuboid(prim_path="/World/ghost", name="ghost", position=[0, 0, 1], color=np.array([0, 1.0, 0]))
)
assert (
    cube.get_mass() == 2 and world.scene.get_object("cube") is cube and not ghost.prim.HasAPI(UsdPhysics.CollisionAPI)
)
near(
    UsdShade.Material(UsdShade.MaterialBindingAPI(cube.prim).ComputeBoundMaterial()[0])
    .ComputeSurfaceSource()[0]
    .GetInput("diffuseColor")
    .Get(),
    (1, 0, 0),
)
near(world.scene.compute_object_AABB("cube"), ((-0.25, -0.25, 1.75), (0.25, 0.25, 2.25)))
ticks = []
world.add_physics_callback("tick", ticks.append)
world.reset()
assert world.is_playing() and world.current_time == 0
for _ in range(15):
    world.step(render=True)
assert ticks == [1 / 120] * 30 and world.current_time_step_index == 30
near(cube.get_world_pose()[0], (0, 0, 2 - 9.81 * 0.25**2 / 2), 0.01)
near(cube.get_world_pose()[1], (R, 0, 0, R), 1e-3)
near(cube.get_linear_velocity(), (0, 0, -9.81 * 0.25), 0.01)
near(ball.get_world_pose()[0], (5, 0, 2 - 0.25 - 9.81 * 0.25**2 / 2), 0.01)
cube.set_linear_velocity([1.0, 0, 0])
for _ in range(12):
    world.step(render=False)
near(cube.get_world_pose()[0], (0.1, 0, 2 - 9.81 * 0.25**2 / 2 - 9.81 * 0.1**2 / 2), 0.01)
for _ in range(120):
    world.step()
near(ball.get_world_pose()[0][2], 1.25, 5e-3)
near(cube.get_world_pose()[0][2], 0.25, 5e-3)
world.reset()
near(cube.get_world_pose()[0], (0, 0, 2))
near(cube.get_linear_velocity(), (0, 0, 0))
near(ball.get_linear_velocity(), (0, 0, -1))
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
near(rigid.get_linear_velocities(), [[0, 0, 3]])
near(stage().GetPrimAtPath("/World/cube").GetAttribute("physics:angularVelocity").Get(), (0, 0, 180), 1e-3)
holder = SingleXFormPrim("/World/holder", position=[0, 0, 4], scale=[2, 2, 2])
inner = SingleXFormPrim("/World/holder/inner", translation=[1, 0, 0])
near(inner.get_world_pose()[0], (2, 0, 4))
inner.set_world_pose(position=[0, 0, 0])
near(inner.get_local_pose()[0], (0, 0, -2))
near(inner.get_world_scale(), (2, 2, 2))
holder.set_visibility(False)
assert not inner.get_visibility()
paint = OmniPBR("/World/Looks/Paint", color=np.array([0.2, 0.4, 0.6]))
table.apply_visual_material(paint)
assert UsdShade.MaterialBindingAPI(table.prim).ComputeBoundMaterial()[0].GetPath() == "/World/Looks/Paint"
near(paint.shader.GetInput("diffuse_color_constant").Get(), (0.2, 0.4, 0.6))
paint.set_color([1, 1, 0])
near(paint.shader.GetInput("diffuse_color_constant").Get(), (1, 1, 0))
ice = PhysicsMaterial("/World/ice", static_friction=0.1, dynamic_friction=0.05, restitution=0.3)
table.apply_physics_material(ice)
assert abs(UsdPhysics.MaterialAPI(ice.prim).GetDynamicFrictionAttr().Get() - 0.05) < 1e-6
table.set_collision_enabled(False)
assert not table.get_collision_enabled()
world.scene.remove_object("ghost")
assert not stage().GetPrimAtPath("/World/ghost") and world.scene.get_object("ghost") is None
try:
    world.scene.add(DynamicCuboid(prim_path="/World/again", name="cube"))
except Exception as error:
    assert "'cube' already" in str(error)
else:
    raise AssertionError
world.stop()
assert world.is_stopped()
