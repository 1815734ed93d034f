"""Bounds, transformations and poses in Isaac Sim's helpers."""

from isaacsim import SimulationApp

app = SimulationApp({"headless": True})
import numpy as np
import omni.isaac.core.utils.bounds as older
import omni.replicator.core as rep
from _checks import near, stage
from isaacsim.core.utils import bounds, mesh, random, transformations, xforms
from pxr import Gf, UsdGeom

f = rep.functional
R = 0.5**0.5  # half of a quarter turn
box = f.create.cube(name="Box", position=(1, 2, 3), rotation=(0, 0, 45), scale=(2, 4, 6))
cache = bounds.create_bbox_cache()
centroid, axes, half = older.compute_obb(cache, "/Box")
near(centroid, (1, 2, 3))
near(half, (1, 2, 3))
near(axes, ((R, R, 0), (-R, R, 0), (0, 0, 1)))
corners = bounds.get_obb_corners(centroid, axes, half)
near(corners, bounds.compute_obb_corners(cache, box))
near(corners[[0, 2, 4, 6], 2], (0, 0, 0, 0))
near(corners[[1, 3, 5, 7], 2], (6, 6, 6, 6))
near(corners[0], (1 - R + 2 * R, 2 - R - 2 * R, 0))
f.create.cube(name="Other", position=(9, 0, 0))
near(bounds.compute_combined_aabb(cache, ["/Box", "/Other"]), (1 - 3 * R, -0.5, -0.5, 9.5, 2 + 3 * R, 6))
prim = stage().GetPrimAtPath("/Box")
UsdGeom.Boundable(prim).GetExtentAttr().Set([(0, 0, 0), (0, 0, 0)])
bounds.recompute_extents(prim)
near(UsdGeom.Boundable(prim).GetExtentAttr().Get(), [(-0.5,) * 3, (0.5,) * 3])

parent = f.create.xform(name="Parent", position=(5, 0, 0), rotation=(0, 0, 90), scale=2)
child = f.create.cube(name="Child", parent="/Parent", position=(1, 0, 0))
near(xforms.get_world_pose("/Parent/Child")[0], (5, 2, 0))
near(xforms.get_world_pose("/Parent/Child")[1], (R, 0, 0, R))
near(xforms.get_local_pose("/Parent/Child")[0], (1, 0, 0))
near(xforms.get_local_pose("/Parent/Child")[1], (1, 0, 0, 0))
near(transformations.get_relative_transform(child, parent) @ (0, 0, 0, 1), (1, 0, 0, 1))
near(transformations.get_relative_transform(parent, child) @ (0, 0, 0, 1), (-1, 0, 0, 1))
near(transformations.get_translation_from_target((0, 1, 0), child, parent), (1, 1, 0))
near(transformations.get_world_pose_from_relative(parent, (0, 1, 0), (1, 0, 0, 0))[0], (3, 0, 0))
near(mesh.get_mesh_vertices_relative_to(child, stage().GetPseudoRoot().GetChild("Parent")).mean(0), (1, 0, 0))
xforms.reset_and_set_xform_ops(child, Gf.Vec3d(0, 0, 1), Gf.Quatd(R, R, 0, 0), Gf.Vec3d(1, 2, 3))
assert [o.GetOpName() for o in UsdGeom.Xformable(child).GetOrderedXformOps()] == [
    "xformOp:translate",
    "xformOp:orient",
    "xformOp:scale",
]
near(xforms.get_local_pose(child)[1], (R, R, 0, 0))
xforms.clear_xform_ops(child)
near(np.array(UsdGeom.Xformable(child).GetLocalTransformation()), np.eye(4))

camera = f.create.camera(name="Eye", position=(0, 0, 10), look_at=(0, 0, 0))
np.random.seed(3)
for _ in range(50):
    place, turn = random.get_random_world_pose_in_view(
        camera, 2, 6, np.radians(60), np.radians(40), 0.5, stage().GetPrimAtPath("/Parent"), (0, 0, 0), (0, 0, np.pi)
    )
    depth = 10 - place[2]
    assert (
        2 <= depth <= 6
        and abs(place[0]) <= depth * np.tan(np.radians(15)) + 1e-6
        and abs(place[1]) <= depth * np.tan(np.radians(10)) + 0.2 * depth
    )
    near(np.linalg.norm(turn), 1.0)
