"""Gravity, a body without it, and one whose motion is damped."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import numpy as np
from _checks import stage
from _falling import at, body, wait
from pxr import Gf, PhysxSchema, UsdPhysics

scene = UsdPhysics.Scene.Define(stage(), "/PhysicsScene")
scene.CreateGravityMagnitudeAttr(2.0)
scene.CreateGravityDirectionAttr(Gf.Vec3f(0, 1, 0))
falls, floats, slows = body("falls"), body("floats", position=(3, 0, 0)), body("slows", position=(6, 0, 0))
physx = PhysxSchema.PhysxRigidBodyAPI.Apply(floats)
physx.GetDisableGravityAttr().Set(True)
PhysxSchema.PhysxRigidBodyAPI.Apply(slows).CreateLinearDampingAttr().Set(4.0)
wait(1.0)
assert np.allclose(at(falls), (0, 1, 0), atol=0.02), at(falls)  # g t^2 / 2
assert np.allclose(at(floats), (3, 0, 0), atol=1e-6), at(floats)
expected = 2 / 4 * (1 - (1 - np.exp(-4)) / 4)  # v' = g - 4 v
assert abs(at(slows)[1] - expected) < 0.01, (at(slows), expected)
