"""Isaac Sim's newest generation of objects and prims: many in one handle."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import isaacsim.core.experimental.utils.app as app_utils
from _checks import near, stage
from isaacsim.core.experimental.objects import Cube, DomeLight, Sphere
from isaacsim.core.experimental.prims import GeomPrim, XformPrim
from pxr import UsdPhysics

cubes = Cube(["/New/a", "/New/b"], sizes=0.5, positions=[[0, 0, 1], [0, 1, 1]], colors=[[1, 0, 0], [0, 0, 1]])
assert stage().GetPrimAtPath("/New/b").GetAttribute("size").Get() == 0.5
light = DomeLight("/New/Dome")
light.set_intensities([800.0])
assert stage().GetPrimAtPath("/New/Dome").GetAttribute("inputs:intensity").Get() == 800
GeomPrim("/New/a", apply_collision_apis=True)
assert stage().GetPrimAtPath("/New/a").HasAPI(UsdPhysics.CollisionAPI) and not stage().GetPrimAtPath("/New/b").HasAPI(
    UsdPhysics.CollisionAPI
)
near(XformPrim(cubes.paths).get_world_poses()[0].numpy(), ((0, 0, 1), (0, 1, 1)))
app_utils.update_app(steps=2)
