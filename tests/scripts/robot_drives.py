"""A robot on two wheels drives a circle as its controller says, whichever generation of Isaac Sim it speaks."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})

import numpy as np
import omni.usd
from isaacsim.core.api import World
from isaacsim.core.experimental.prims import Articulation
from isaacsim.robot.wheeled_robots.controllers.differential_controller import DifferentialController
from isaacsim.robot.wheeled_robots.robots import WheeledRobot
from pxr import Gf, UsdGeom, UsdPhysics, UsdShade

RADIUS, BASE = 0.1, 0.4
world = World(stage_units_in_meters=1.0)
stage = omni.usd.get_context().get_stage()
world.scene.add_default_ground_plane()


def body(path, shape, place, mass):
    """A shape that weighs and collides."""
    shape.AddTranslateOp().Set(Gf.Vec3d(*place))
    prim = shape.GetPrim()
    UsdPhysics.RigidBodyAPI.Apply(prim)
    UsdPhysics.CollisionAPI.Apply(prim)
    UsdPhysics.MassAPI.Apply(prim).CreateMassAttr(mass)
    return path


robot = UsdGeom.Xform.Define(stage, "/World/robot")
UsdPhysics.ArticulationRootAPI.Apply(robot.GetPrim())
box = UsdGeom.Cube.Define(stage, "/World/robot/chassis")
box.CreateSizeAttr(1.0)
chassis = body("/World/robot/chassis", box, (0, 0, 0.15), 5.0)
box.AddScaleOp().Set(Gf.Vec3f(0.4, 0.3, 0.1))
for name, side in (("left", 1), ("right", -1)):
    wheel = UsdGeom.Cylinder.Define(stage, f"/World/robot/{name}_wheel")
    wheel.CreateRadiusAttr(RADIUS)
    wheel.CreateHeightAttr(0.04)
    wheel.CreateAxisAttr("Y")
    body(wheel.GetPath(), wheel, (0, side * BASE / 2, RADIUS), 0.5)
    joint = UsdPhysics.RevoluteJoint.Define(stage, f"/World/robot/joints/{name}_wheel_joint")
    joint.CreateBody0Rel().SetTargets([chassis])
    joint.CreateBody1Rel().SetTargets([wheel.GetPath()])
    joint.CreateAxisAttr("Y")
    joint.CreateLocalPos0Attr(Gf.Vec3f(0, side * BASE / 2 / 0.3, -0.5))  # in the chassis's scaled space
    UsdPhysics.DriveAPI.Apply(joint.GetPrim(), "angular").CreateDampingAttr(10.0)
for name, at in (("front", 0.15), ("rear", -0.15)):
    caster = UsdGeom.Sphere.Define(stage, f"/World/robot/{name}_caster")
    caster.CreateRadiusAttr(0.05)
    body(caster.GetPath(), caster, (at, 0, 0.051), 0.1)
    fixed = UsdPhysics.FixedJoint.Define(stage, f"/World/robot/joints/{name}_caster_joint")
    fixed.CreateBody0Rel().SetTargets([chassis])
    fixed.CreateBody1Rel().SetTargets([caster.GetPath()])
    fixed.CreateLocalPos0Attr(Gf.Vec3f(at / 0.4, 0, -0.99))
    slippery = UsdShade.Material.Define(stage, f"/World/{name}_slippery")
    UsdPhysics.MaterialAPI.Apply(slippery.GetPrim()).CreateDynamicFrictionAttr(0.0)
    UsdShade.MaterialBindingAPI.Apply(caster.GetPrim()).Bind(slippery, UsdShade.Tokens.weakerThanDescendants, "physics")

wheels = ["left_wheel_joint", "right_wheel_joint"]
car = world.scene.add(WheeledRobot("/World/robot", "car", wheel_dof_names=wheels))
world.reset()
assert car.dof_names == wheels, car.dof_names
assert car.num_dof == 2 and car.num_bodies == 5
controller = DifferentialController("drive", wheel_radius=RADIUS, wheel_base=BASE)

# straight on: a metre in two seconds
for _ in range(120):
    car.apply_wheel_actions(controller.forward([0.5, 0.0]))
    world.step(render=False)
place, turn = car.get_world_pose()
assert abs(place[0] - 1.0) < 0.06 and abs(place[1]) < 0.03, place
assert np.allclose(car.get_joint_velocities(), 5.0, atol=0.3), car.get_joint_velocities()
assert np.allclose(car.get_joint_positions(), 10.0, atol=0.6), car.get_joint_positions()
assert abs(car.get_linear_velocity()[0] - 0.5) < 0.05

# on the spot: a quarter turn to the left, by the newest generation's handle on the same joints
newest = Articulation("/World/robot")
numbers = newest.get_dof_indices(wheels).numpy()
left, right = controller.forward([0.0, np.pi / 4]).joint_velocities
for _ in range(120):
    newest.set_dof_velocity_targets([[left, right]], dof_indices=numbers)
    world.step(render=False)
before, now = place, car.get_world_pose()[0]
turned = np.degrees(2 * np.arctan2(car.get_world_pose()[1][3], car.get_world_pose()[1][0]))
assert np.linalg.norm(now[:2] - before[:2]) < 0.1
assert abs(turned - 90) < 12, turned

# the whole of it elsewhere: its wheels come along
car.set_world_pose(position=[5.0, 5.0, now[2]], orientation=[1, 0, 0, 0])
car.apply_wheel_actions(controller.forward([0.0, 0.0]))
world.step(render=False)
hub = UsdGeom.XformCache().GetLocalToWorldTransform(stage.GetPrimAtPath("/World/robot/left_wheel")).ExtractTranslation()
assert np.allclose(hub, [5.0, 5.0 + BASE / 2, RADIUS], atol=0.02), hub

app.close()
