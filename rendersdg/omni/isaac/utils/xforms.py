"""``isaacsim.core.utils.xforms``: poses of prims, and their transform operations."""

from __future__ import annotations

import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdPhysics

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.omni.doors import PrimLike, VectorLike, numbers, prim_of
from rendersdg.omni.isaac.utils.transformations import pose_from_tf_matrix, tf_matrix_from_pose, world_matrix
from rendersdg.stage.pose import ISAAC_OPS, column_matrix, pose_from_matrix, write_pose

__all__ = [
    "clear_xform_ops",
    "get_local_pose",
    "get_world_pose",
    "reset_and_set_xform_ops",
    "reset_xform_ops",
]


_NOW = Usd.TimeCode.Default()


def get_world_pose(prim_path: PrimLike, *args: object, **options: object) -> tuple[F8, F8]:
    """Return position (3,), in stage units, and quaternion (4,) of a prim in the world."""
    return pose_from_tf_matrix(world_matrix(prim_path))


def get_local_pose(prim_path: PrimLike, *args: object, **options: object) -> tuple[F8, F8]:
    """Return translation (3,) and quaternion (4,) of a prim in its parent's frame."""
    return pose_from_tf_matrix(column_matrix(UsdGeom.Xformable(prim_of(prim_path)).GetLocalTransformation(_NOW)))


def get_local_scale(prim: PrimLike) -> F8:
    """Return the scale (3,) of a prim in its parent's frame."""
    local = column_matrix(UsdGeom.Xformable(prim_of(prim)).GetLocalTransformation(_NOW))
    return np.array(pose_from_matrix(local).scale)


def set_local_pose(
    prim: PrimLike,
    translation: VectorLike | None = None,
    orientation: VectorLike | None = None,
    scale: VectorLike | None = None,
) -> None:
    """Place a prim in its parent's frame; what is not given stays. One with Isaac Sim's three operations keeps them."""
    target = prim_of(prim)
    if list(UsdGeom.Xformable(target).GetXformOpOrderAttr().Get() or ()) == ISAAC_OPS:
        for name, values in zip(ISAAC_OPS, (translation, orientation, scale)):
            if values is not None:
                attribute = target.GetAttribute(name)
                width = 4 if name == ISAAC_OPS[1] else 3
                attribute.Set(
                    attribute.GetTypeName().type.pythonClass(*np.broadcast_to(numbers(values), width).tolist())
                )
        return
    place, turn = get_local_pose(target)
    factors = get_local_scale(target) if scale is None else np.broadcast_to(numbers(scale), 3)
    matrix = tf_matrix_from_pose(
        place if translation is None else translation, turn if orientation is None else orientation
    )
    write_pose(target, pose_from_matrix(portable.product(matrix, np.diag([*factors, 1.0]))))


def set_world_pose(prim: PrimLike, position: VectorLike | None = None, orientation: VectorLike | None = None) -> None:
    """Place a prim in the world; what is not given stays, its scale too."""
    target = prim_of(prim)
    place, turn = get_world_pose(target)
    world = tf_matrix_from_pose(place if position is None else position, turn if orientation is None else orientation)
    # parent_from_local = inverse(world_from_parent) @ world_from_local, of which the prim's own scale is no part
    parent = column_matrix(UsdGeom.Xformable(target).ComputeParentToWorldTransform(_NOW))
    set_local_pose(target, *pose_from_tf_matrix(portable.product(portable.inverse(parent), world)))


def clear_xform_ops(prim: PrimLike) -> None:
    """Remove all transform operations of a prim."""
    target = prim_of(prim)
    UsdGeom.Xformable(target).ClearXformOpOrder()
    for name in [n for n in target.GetPropertyNames() if n.startswith("xformOp:")]:
        target.RemoveProperty(name)


def reset_and_set_xform_ops(
    prim: PrimLike, translation: VectorLike, orientation: VectorLike, scale: VectorLike = (1.0, 1.0, 1.0)
) -> None:
    """Give a prim the operations translate, orient and scale, with these values, and no others."""
    clear_xform_ops(prim)
    xformable = UsdGeom.Xformable(prim_of(prim))
    double = UsdGeom.XformOp.PrecisionDouble
    xformable.AddTranslateOp(double).Set(Gf.Vec3d(*numbers(translation).tolist()))
    xformable.AddOrientOp(double).Set(Gf.Quatd(*numbers(orientation).tolist()))
    xformable.AddScaleOp(double).Set(Gf.Vec3d(*np.broadcast_to(numbers(scale), 3).tolist()))


def keep_isaacs_ops(prim: PrimLike) -> None:
    """Give a prim the operations translate, orient and scale, and no others, where it is; as Isaac Sim's older classes
    do with each prim that they take. What has no place, and links of an articulation below its root, stay.
    """
    target = prim_of(prim)
    xformable = UsdGeom.Xformable(target)
    if xformable and list(xformable.GetXformOpOrderAttr().Get() or ()) != ISAAC_OPS and not is_inner_link(target):
        place, turn = get_local_pose(target)
        reset_and_set_xform_ops(target, place, turn, get_local_scale(target))


def is_inner_link(prim: Usd.Prim) -> bool:
    """Return whether a prim is a link of an articulation, and not its root."""
    if not prim.HasAPI(UsdPhysics.RigidBodyAPI) or prim.HasAPI(UsdPhysics.ArticulationRootAPI):
        return False
    above = prim.GetParent()
    while above and not above.HasAPI(UsdPhysics.ArticulationRootAPI):
        above = above.GetParent()
    return bool(above)


def reset_xform_ops(prim: PrimLike) -> None:
    """Give a prim the operations translate, orient and scale, at their neutral values, and no others."""
    reset_and_set_xform_ops(prim, (0, 0, 0), (1, 0, 0, 0))
