"""An arm of two joints: put somewhere, driven, pushed, limited and reset, by the handles of each generation."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})

import numpy as np
import omni.usd
from isaacsim.core.api import World
from isaacsim.core.api.robots import Robot
from isaacsim.core.prims import Articulation, SingleArticulation
from isaacsim.core.utils.types import ArticulationAction
from pxr import Gf, UsdGeom, UsdPhysics

world = World(stage_units_in_meters=0.01)  # centimetres
stage = omni.usd.get_context().get_stage()


def link(name, start, length, mass):
    """A bar along x whose frame is at its start."""
    xform = UsdGeom.Xform.Define(stage, f"/World/arm/{name}")
    xform.AddTranslateOp().Set(Gf.Vec3d(*start))
    bar = UsdGeom.Cube.Define(stage, f"/World/arm/{name}/bar")
    bar.CreateSizeAttr(1.0)
    bar.AddTranslateOp().Set(Gf.Vec3d(length / 2, 0, 0))
    bar.AddScaleOp().Set(Gf.Vec3f(length, 4, 4))
    UsdPhysics.RigidBodyAPI.Apply(xform.GetPrim())
    UsdPhysics.MassAPI.Apply(xform.GetPrim()).CreateMassAttr(mass)
    UsdPhysics.CollisionAPI.Apply(bar.GetPrim()).CreateCollisionEnabledAttr(False)
    return xform.GetPath()


def joint(name, first, second, place, axis="Y", lower=-90.0, upper=90.0):
    """A hinge with a drive."""
    prim = UsdPhysics.RevoluteJoint.Define(stage, f"/World/arm/{name}")
    if first:
        prim.CreateBody0Rel().SetTargets([first])
    prim.CreateBody1Rel().SetTargets([second])
    prim.CreateLocalPos0Attr(Gf.Vec3f(*place))
    prim.CreateAxisAttr(axis)
    prim.CreateLowerLimitAttr(lower)
    prim.CreateUpperLimitAttr(upper)
    drive = UsdPhysics.DriveAPI.Apply(prim.GetPrim(), "angular")
    drive.CreateStiffnessAttr(1e6)
    drive.CreateDampingAttr(1e5)


UsdGeom.Xform.Define(stage, "/World/arm")
UsdPhysics.ArticulationRootAPI.Apply(stage.GetPrimAtPath("/World/arm"))
upper = link("upper", (0, 0, 100), 40, 2.0)
lower = link("lower", (40, 0, 100), 30, 1.0)
joint("shoulder", None, upper, (0, 0, 100))
joint("elbow", upper, lower, (40, 0, 0))


def tip():
    """Where the end of the arm is."""
    matrix = UsdGeom.XformCache().GetLocalToWorldTransform(stage.GetPrimAtPath("/World/arm/lower"))
    return np.array(matrix.Transform(Gf.Vec3d(30, 0, 0)))


arm = world.scene.add(Robot("/World/arm", name="arm"))
world.reset()
assert arm.dof_names == ["shoulder", "elbow"]
assert arm.get_dof_index("elbow") == 1
assert np.allclose(tip(), [70, 0, 100], atol=0.1)
assert np.allclose(arm.dof_properties["upper"], np.pi / 2, atol=1e-5)

# at once: down by the shoulder, back up by the elbow
arm.set_joint_positions(np.radians([30.0, -60.0]))
down = 40 * np.sin(np.radians(30)) + 30 * np.sin(np.radians(-30))
along = 40 * np.cos(np.radians(30)) + 30 * np.cos(np.radians(30))
assert np.allclose(tip(), [along, 0, 100 - down], atol=0.05), tip()
assert np.allclose(arm.get_joint_positions(), np.radians([30.0, -60.0]), atol=1e-4)

# driven: targets hold against gravity, and a limit stops what is asked for beyond
controller = arm.get_articulation_controller()
controller.apply_action(ArticulationAction(joint_positions=np.array([0.5, None])))
for _ in range(180):
    world.step(render=False)
assert abs(arm.get_joint_positions()[0] - 0.5) < 0.02, arm.get_joint_positions()
single = SingleArticulation("/World/arm")
single.apply_action(ArticulationAction(joint_positions=[3.0], joint_indices=[1]))
for _ in range(240):
    world.step(render=False)
assert abs(single.get_joint_positions([1])[0] - np.pi / 2) < 0.02, single.get_joint_positions()
assert abs(single.get_applied_action().joint_positions[1] - 3.0) < 1e-6

# several at once, and without drives: the arm hangs
view = Articulation(prim_paths_expr="/World/arm")
stiff, damped = view.get_gains()
assert np.allclose(stiff, 1e6 * 180 / np.pi, rtol=1e-5) and stiff.shape == (1, 2)
view.set_gains(kps=np.zeros((1, 2)), kds=np.full((1, 2), 1e4))
for _ in range(600):
    world.step(render=False)
angles = view.get_joint_positions()[0]
assert abs(angles[0] - np.pi / 2) < 0.05, angles

# after a reset it stands as it did, or as it is told
arm.set_joints_default_state(positions=np.array([0.2, 0.1]))
world.reset()
assert np.allclose(arm.get_joint_positions(), [0.2, 0.1], atol=1e-3), arm.get_joint_positions()

for wrong in (lambda: arm.get_dof_index("wrist"), lambda: arm.set_joint_positions([1.0, 2.0, 3.0])):
    try:
        wrong()
    except Exception as error:
        assert "/World/arm" in str(error), error
    else:
        raise AssertionError

app.close()
