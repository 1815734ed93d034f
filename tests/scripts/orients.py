"""A cube of Isaac Sim's falls and turns: its three operations stay, and ``orient`` says how it lies."""

import numpy as np
import omni.timeline
from isaacsim.core.api.objects import DynamicCuboid
from isaacsim.core.experimental.utils.app import update_app
from isaacsim.core.utils.stage import get_current_stage
from pxr import UsdGeom, UsdPhysics

cube = DynamicCuboid("/World/cube", position=np.array([0, 0, 100.0]), size=0.5)
prim = get_current_stage().GetPrimAtPath("/World/cube")
UsdPhysics.RigidBodyAPI(prim).CreateAngularVelocityAttr().Set((0, 0, 90))
timeline = omni.timeline.get_timeline_interface()
timeline.play()
for _ in range(60):
    update_app()

# after a second at 90 degrees a second about Z
seconds = timeline.get_current_time()
angle = np.radians(90 * seconds) / 2
turn = prim.GetAttribute("xformOp:orient").Get()
assert list(UsdGeom.Xformable(prim).GetXformOpOrderAttr().Get()) == [
    "xformOp:translate",
    "xformOp:orient",
    "xformOp:scale",
]
assert not prim.GetAttribute("xformOp:rotateXYZ")
assert np.allclose((turn.real, *turn.imaginary), (np.cos(angle), 0, 0, np.sin(angle)), atol=1e-3), (turn, seconds)
assert abs(prim.GetAttribute("xformOp:translate").Get()[2] - (100 - 9.81 / 2 * seconds**2)) < 0.02

timeline.stop()
update_app()
assert np.allclose(prim.GetAttribute("xformOp:translate").Get(), (0, 0, 100))
assert prim.GetAttribute("xformOp:orient").Get().real == 1
