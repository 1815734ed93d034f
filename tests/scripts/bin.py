"""Balls fall into a bin whose shape is exact, a hull, or a box."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import omni.replicator.core as rep
from _checks import stage
from _falling import at, body, wait
from pxr import UsdGeom

f = rep.functional
points = [(x, y, z) for z in (0, 1) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
for name, x, shape in (("exact", 0, None), ("hull", 5, "convexHull"), ("box", 10, "boundingCube")):
    mesh = UsdGeom.Mesh.Define(stage(), f"/{name}")  # open above, facing inwards
    mesh.CreatePointsAttr(points)
    mesh.CreateSubdivisionSchemeAttr("none")
    mesh.CreateFaceVertexCountsAttr([4] * 5)
    mesh.CreateFaceVertexIndicesAttr([0, 1, 2, 3, 1, 0, 4, 5, 2, 1, 5, 6, 3, 2, 6, 7, 0, 3, 7, 4])
    UsdGeom.Xformable(mesh).AddTranslateOp().Set((x, 0, 0))
    f.physics.apply_collider(mesh.GetPrim(), **({} if shape is None else {"approximation": shape}))
    body(f"in_{name}", "sphere", position=(x, 0, 2.5), scale=0.5)
wait(2.5)
assert abs(at(stage().GetPrimAtPath("/in_exact"))[2] - 0.25) < 2e-3, at(stage().GetPrimAtPath("/in_exact"))
for name in ("hull", "box"):
    assert abs(at(stage().GetPrimAtPath(f"/in_{name}"))[2] - 1.25) < 2e-3, at(stage().GetPrimAtPath(f"/in_{name}"))
