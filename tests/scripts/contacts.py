"""Contacts of a box that lands, weighs on the ground and leaves it."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import numpy as np
import omni.timeline
from _checks import near, stage
from omni.physx import get_physx_simulation_interface
from omni.physx.bindings._physx import ContactEventType
from omni.physx.scripts import physicsUtils
from pxr import Gf, PhysicsSchemaTools, PhysxSchema, UsdPhysics

physicsUtils.add_ground_plane(stage(), "/Ground", "Z", 5.0)
box = physicsUtils.add_rigid_box(stage(), "/Box", Gf.Vec3f(1, 1, 1), Gf.Vec3f(0, 0, 0.6))
other = physicsUtils.add_rigid_box(stage(), "/Other", Gf.Vec3f(1, 1, 1), Gf.Vec3f(3, 0, 0.6))
UsdPhysics.MassAPI(box).CreateMassAttr(2.0)
PhysxSchema.PhysxContactReportAPI.Apply(box)  # of the other nothing is reported
told = []
events = get_physx_simulation_interface().subscribe_contact_report_events(
    lambda headers, points: told.append([str(h.type) for h in headers])
)
timeline = omni.timeline.get_timeline_interface()
timeline.set_end_time(100)
timeline.play()
assert get_physx_simulation_interface().get_contact_report() == ([], [])
for _ in range(90):
    app.update()
headers, points = get_physx_simulation_interface().get_contact_report()
names = sorted(str(PhysicsSchemaTools.intToSdfPath(n)) for n in (headers[0].actor0, headers[0].actor1))
assert (
    len(headers) == 1
    and names[0] == "/Box"
    and names[1].startswith("/Ground")
    and headers[0].type == ContactEventType.CONTACT_PERSIST
)
assert headers[0].num_contact_data == len(points) >= 3 and headers[0].contact_data_offset == 0
up = 1 if str(PhysicsSchemaTools.intToSdfPath(headers[0].actor0)) == "/Box" else -1
near(
    np.sum([p.impulse for p in points], 0) * up, (0, 0, 2 * 9.81 / 60), 5e-3
)  # it carries the box: weight times a step
for p in points:
    near(np.array(p.normal) * up, (0, 0, 1), 1e-3)
    near(np.abs([p.position[0], p.position[1]]), (0.5, 0.5), 0.05)
    assert -0.002 < p.separation < 0.002
box.GetAttribute("xformOp:translate").Set(Gf.Vec3d(0, 0, 4))
app.update()
assert (
    told[0] == ["ContactEventType.CONTACT_FOUND"]
    and told[-1] == ["ContactEventType.CONTACT_LOST"]
    and told[-2] == ["ContactEventType.CONTACT_PERSIST"]
)
events.unsubscribe()
