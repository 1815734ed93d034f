"""Bodies that are made with PhysX's own attributes: one floats, one falls; the scene's steps are PhysX's, too."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import omni.replicator.core as rep
from _falling import at, wait

f = rep.functional
scene = f.physics.create_physics_scene("/PhysicsScene", timeStepsPerSecond=120, gravityMagnitude=9.81)
assert scene.GetAttribute("physxScene:timeStepsPerSecond").Get() == 120
floats, falls = (f.create.cube(name=name, position=(x, 0, 5)) for name, x in (("floats", 0), ("falls", 5)))
f.physics.apply_collider(floats, contactOffset=0.02)
f.physics.apply_collider(falls)
f.physics.apply_rigid_body(floats, disableGravity=True, velocity=(0, 0, 0))
f.physics.apply_rigid_body(falls, disableGravity=False)
assert floats.GetAttribute("physxCollision:contactOffset").Get() > 0.0199
assert floats.GetAttribute("physxRigidBody:disableGravity").Get() is True
assert not floats.HasAttribute("physics:disableGravity")
boxed = f.create.sphere(name="boxed", position=(50, 0, 0))
f.physics.apply_rigid_body(boxed, with_collider=True, approximation="boundingCube", mass=2.0)
assert boxed.GetAttribute("physics:approximation").Get() == "boundingCube"
assert boxed.GetAttribute("physics:mass").Get() == 2
assert {"PhysicsCollisionAPI", "PhysicsMeshCollisionAPI", "PhysicsMassAPI"} <= {*boxed.GetAppliedSchemas()}
wait(0.5)
assert abs(at(floats)[2] - 5) < 1e-3, at(floats)
assert abs(at(falls)[2] - (5 - 9.81 * 0.25 / 2)) < 0.05, at(falls)
