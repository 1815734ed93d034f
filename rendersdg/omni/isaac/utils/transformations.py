"""``isaacsim.core.utils.transformations``: 4x4 matrices of poses and of prims, for column vectors."""

from __future__ import annotations

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.geometry import affine
from rendersdg.omni.doors import PrimLike, VectorLike, numbers, prim_of
from rendersdg.omni.isaac.utils.rotations import quat_to_rot_matrix, rot_matrix_to_quat
from rendersdg.stage.author import LIDAR
from rendersdg.stage.pose import column_matrix

__all__ = [
    "get_relative_transform",
    "get_transform_with_normalized_rotation",
    "get_translation_from_target",
    "get_world_pose_from_relative",
    "pose_from_tf_matrix",
    "tf_matrix_from_pose",
]


def world_matrix(prim: PrimLike) -> F8:
    """Return the (4, 4) world_from_local matrix of a prim. Raises BadArgument where there is no prim."""
    now, xformable = Usd.TimeCode.Default(), UsdGeom.Xformable(prim_of(prim))
    if xformable or xformable.GetPrim().GetTypeName() != LIDAR:
        return column_matrix(xformable.ComputeLocalToWorldTransform(now))
    # of a type that it does not know, USD gives the place of what holds it
    return column_matrix(xformable.GetLocalTransformation(now) * xformable.ComputeParentToWorldTransform(now))


def tf_matrix_from_pose(translation: VectorLike, orientation: VectorLike) -> F8:
    """Return the (4, 4) matrix of a translation, in stage units, and a quaternion.

    >>> tf_matrix_from_pose((1, 2, 3), (1, 0, 0, 0))[:3, 3]
    array([1., 2., 3.])
    """
    return affine(quat_to_rot_matrix(orientation), numbers(translation))


def pose_from_tf_matrix(transformation: VectorLike) -> tuple[F8, F8]:
    """Return translation (3,) and quaternion (4,) of a (4, 4) matrix; its scale is left out."""
    matrix = get_transform_with_normalized_rotation(transformation)
    return matrix[:3, 3], rot_matrix_to_quat(matrix)


def get_transform_with_normalized_rotation(transform: VectorLike) -> F8:
    """Return a (4, 4) matrix without its scale: its axes have length 1."""
    matrix = numbers(transform).copy()
    matrix[:3, :3] /= np.maximum(portable.norm(matrix[:3, :3], axis=0), 1e-12)
    return matrix


def get_relative_transform(source_prim: PrimLike, target_prim: PrimLike) -> F8:
    """Return the (4, 4) target_from_source matrix of two prims."""
    return np.asarray(portable.product(portable.inverse(world_matrix(target_prim)), world_matrix(source_prim)))


def get_world_pose_from_relative(
    coord_prim: PrimLike, relative_translation: VectorLike, relative_orientation: VectorLike
) -> tuple[F8, F8]:
    """Return the world pose, translation (3,) and quaternion (4,), of what is placed relative to a prim."""
    return pose_from_tf_matrix(
        portable.product(world_matrix(coord_prim), tf_matrix_from_pose(relative_translation, relative_orientation))
    )


def get_translation_from_target(
    translation_from_source: VectorLike, source_prim: PrimLike, target_prim: PrimLike
) -> F8:
    """Return where a point of the source's frame is in the target's, (3,) in its units."""
    point = np.append(numbers(translation_from_source), 1.0)
    return np.asarray((portable.product(get_relative_transform(source_prim, target_prim), point))[:3])
