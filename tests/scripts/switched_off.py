"""A body falls through a collider that is switched off."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import omni.replicator.core as rep
from _falling import at, body, wait
from pxr import UsdPhysics

f = rep.functional
ground = f.create.plane(name="Ground", scale=(40, 40, 1))
f.physics.apply_collider(ground)
ghost = f.create.cube(name="Ghost", position=(0, 0, 1))
f.physics.apply_collider(ghost)
UsdPhysics.CollisionAPI(ghost).CreateCollisionEnabledAttr(False)
cube = body("cube", position=(0, 0, 3), scale=0.5)
wait(2.0)
assert abs(at(cube)[2] - 0.25) < 1e-3, at(cube)
