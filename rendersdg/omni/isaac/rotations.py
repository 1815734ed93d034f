"""Isaac Sim's helpers of rotations and transforms. Quaternions are (w, x, y, z), matrices are for column vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pxr import Gf, Usd, UsdGeom

from rendersdg.arrays import F8
from rendersdg.geometry import affine, aim_rotation, euler_from_rotation, euler_rotation, quaternion_rotation
from rendersdg.omni.isaac.stages import prim_of
from rendersdg.replicator.values import unwrap
from rendersdg.stage.pose import column_matrix, pose_from_matrix, write_pose

_NOW = Usd.TimeCode.Default()


# -- rotations --------------------------------------------------------------------------------------------------------


def numbers(value: Any) -> F8:
    """Return a vector, quaternion or matrix of any library's as an array; a Gf quaternion comes out as (w, x, y, z)."""
    if isinstance(value, (Gf.Quatd, Gf.Quatf, Gf.Quath)):
        return np.array([value.GetReal(), *value.GetImaginary()], np.float64)
    if hasattr(value, "numpy"):
        return np.asarray(value.numpy(), np.float64)
    return np.asarray(unwrap(value), np.float64)


def euler_to_rot_matrix(euler_angles: Any, degrees: bool = False, extrinsic: bool = True) -> F8:
    """Return the 3x3 matrix of angles about x, y and z: fixed axes, or with ``extrinsic`` False those that turn
    along.
    """
    angles = numbers(euler_angles)
    given = angles if degrees else np.degrees(angles)
    return euler_rotation(given.tolist(), "XYZ" if extrinsic else "ZYX")


def matrix_to_euler_angles(mat: Any, degrees: bool = False, extrinsic: bool = True) -> F8:
    """Return the angles about x, y and z of a 3x3 matrix."""
    matrix = numbers(mat)[:3, :3]
    angles = np.array(euler_from_rotation(matrix) if extrinsic else euler_from_rotation(matrix.T))
    angles = angles if extrinsic else -angles
    return angles if degrees else np.radians(angles)


def quat_to_rot_matrix(quat: Any) -> F8:
    """Return the 3x3 matrix of a quaternion."""
    return quaternion_rotation(numbers(quat).tolist())


def rot_matrix_to_quat(mat: Any) -> F8:
    """Return the quaternion of a 3x3 matrix, with w at least 0."""
    quat = numbers(Gf.Matrix3d(*numbers(mat)[:3, :3].T.ravel().tolist()).ExtractRotation().GetQuat())
    return quat if quat[0] >= 0 else -quat


def euler_angles_to_quat(euler_angles: Any, degrees: bool = False, extrinsic: bool = True) -> F8:
    """Return the quaternion of angles about x, y and z."""
    return rot_matrix_to_quat(euler_to_rot_matrix(euler_angles, degrees, extrinsic))


def quat_to_euler_angles(quat: Any, degrees: bool = False, extrinsic: bool = True) -> F8:
    """Return the angles about x, y and z of a quaternion."""
    return matrix_to_euler_angles(quat_to_rot_matrix(quat), degrees, extrinsic)


def gf_rotation_to_np_array(orientation: Gf.Rotation) -> F8:
    """Return a Gf.Rotation as a quaternion."""
    return numbers(orientation.GetQuat())


def lookat_to_quatf(camera: Any, target: Any, up: Any) -> Gf.Quatf:
    """Return the rotation of a camera at ``camera`` that looks at ``target``."""
    return Gf.Quatf(*rot_matrix_to_quat(aim_rotation(numbers(camera), numbers(target), numbers(up))).tolist())


def over(function: Callable[..., F8]) -> Callable[..., F8]:
    """Return the form of a function of one rotation that takes an array of them, or one."""

    def several(values: Any, degrees: bool = False, extrinsic: bool = True, device: Any = None) -> F8:
        given = numbers(values)
        lone = given.ndim < (3 if given.shape[-2:] == (3, 3) else 2)
        angles = {"degrees": degrees, "extrinsic": extrinsic} if "degrees" in function.__annotations__ else {}
        found = np.array([function(v, **angles) for v in (given[None] if lone else given)])
        return found[0] if lone else found

    several.__doc__ = f"{function.__doc__} An array of them gives an array."
    return several


def rotvec_to_quat(vector: Any) -> F8:
    """Return the quaternion of a rotation vector: its direction is the axis, its length the angle in radians."""
    given = numbers(vector)
    angle = float(np.linalg.norm(given))
    axis = given / angle if angle > 1e-12 else np.zeros(3)
    return np.array([np.cos(angle / 2), *(np.sin(angle / 2) * axis)])


def quat_to_rotvec(quat: Any) -> F8:
    """Return the rotation vector of a quaternion."""
    w, *rest = numbers(quat) / np.linalg.norm(numbers(quat))
    imaginary = np.array(rest) if w >= 0 else -np.array(rest)
    length = float(np.linalg.norm(imaginary))
    return 2 * np.arctan2(length, abs(w)) * imaginary / length if length > 1e-12 else np.zeros(3)


def xyzw2wxyz(quat: Any) -> F8:
    """Return quaternions with w first that were given with w last."""
    return np.roll(numbers(quat), 1, axis=-1)


def wxyz2xyzw(quat: Any) -> F8:
    """Return quaternions with w last that were given with w first."""
    return np.roll(numbers(quat), -1, axis=-1)


# -- poses ------------------------------------------------------------------------------------------------------------


def world_matrix(prim: Any) -> F8:
    """Return the 4x4 world_from_local matrix of a prim."""
    return column_matrix(UsdGeom.Xformable(prim_of(prim)).ComputeLocalToWorldTransform(_NOW))


def tf_matrix_from_pose(translation: Any, orientation: Any) -> F8:
    """Return the 4x4 matrix of a translation and a quaternion."""
    return affine(quat_to_rot_matrix(orientation), numbers(translation))


def pose_from_tf_matrix(transformation: Any) -> tuple[F8, F8]:
    """Return translation and quaternion of a 4x4 matrix."""
    matrix = get_transform_with_normalized_rotation(transformation)
    return matrix[:3, 3], rot_matrix_to_quat(matrix)


def get_transform_with_normalized_rotation(transform: Any) -> F8:
    """Return a 4x4 matrix without its scale."""
    matrix = numbers(transform).copy()
    matrix[:3, :3] /= np.maximum(np.linalg.norm(matrix[:3, :3], axis=0), 1e-12)
    return matrix


def get_relative_transform(source_prim: Any, target_prim: Any) -> F8:
    """Return the 4x4 target_from_source matrix of two prims."""
    return np.asarray(np.linalg.inv(world_matrix(target_prim)) @ world_matrix(source_prim))


def get_world_pose_from_relative(
    coord_prim: Any, relative_translation: Any, relative_orientation: Any
) -> tuple[F8, F8]:
    """Return the world pose of what is placed relative to a prim."""
    return pose_from_tf_matrix(
        world_matrix(coord_prim) @ tf_matrix_from_pose(relative_translation, relative_orientation)
    )


def get_translation_from_target(translation_from_source: Any, source_prim: Any, target_prim: Any) -> F8:
    """Return where a point of the source's frame is in the target's."""
    point = np.append(numbers(translation_from_source), 1.0)
    return np.asarray((get_relative_transform(source_prim, target_prim) @ point)[:3])


def get_world_pose(prim_path: Any, *other: Any, **more: Any) -> tuple[F8, F8]:
    """Return position and quaternion of a prim in the world."""
    return pose_from_tf_matrix(world_matrix(prim_path))


def get_local_pose(prim_path: Any, *other: Any, **more: Any) -> tuple[F8, F8]:
    """Return translation and quaternion of a prim in its parent's frame."""
    return pose_from_tf_matrix(column_matrix(UsdGeom.Xformable(prim_of(prim_path)).GetLocalTransformation(_NOW)))


def get_local_scale(prim: Any) -> F8:
    """Return the scale of a prim in its parent's frame."""
    local = column_matrix(UsdGeom.Xformable(prim_of(prim)).GetLocalTransformation(_NOW))
    return np.array(pose_from_matrix(local).scale)


def set_local_pose(prim: Any, translation: Any = None, orientation: Any = None, scale: Any = None) -> None:
    """Place a prim in its parent's frame; what is not given stays."""
    found = prim_of(prim)
    was, turn = get_local_pose(found)
    factors = get_local_scale(found) if scale is None else np.broadcast_to(numbers(scale), 3)
    matrix = tf_matrix_from_pose(
        was if translation is None else translation, turn if orientation is None else orientation
    )
    write_pose(found, pose_from_matrix(matrix @ np.diag([*factors, 1.0])))


def set_world_pose(prim: Any, position: Any = None, orientation: Any = None) -> None:
    """Place a prim in the world; what is not given stays, its scale too."""
    found = prim_of(prim)
    was, turn = get_world_pose(found)
    world = tf_matrix_from_pose(was if position is None else position, turn if orientation is None else orientation)
    parent = column_matrix(UsdGeom.Xformable(found).ComputeParentToWorldTransform(_NOW))
    set_local_pose(found, *pose_from_tf_matrix(np.linalg.inv(parent) @ world))


def clear_xform_ops(prim: Any) -> None:
    """Remove all transform operations of a prim."""
    found = prim_of(prim)
    UsdGeom.Xformable(found).ClearXformOpOrder()
    for name in [n for n in found.GetPropertyNames() if n.startswith("xformOp:")]:
        found.RemoveProperty(name)


def reset_and_set_xform_ops(prim: Any, translation: Any, orientation: Any, scale: Any = (1.0, 1.0, 1.0)) -> None:
    """Give a prim the operations translate, orient and scale, with these values, and no others."""
    clear_xform_ops(prim)
    xformable = UsdGeom.Xformable(prim_of(prim))
    double = UsdGeom.XformOp.PrecisionDouble
    xformable.AddTranslateOp(double).Set(Gf.Vec3d(*numbers(translation).tolist()))
    xformable.AddOrientOp(double).Set(Gf.Quatd(*numbers(orientation).tolist()))
    xformable.AddScaleOp(double).Set(Gf.Vec3d(*np.broadcast_to(numbers(scale), 3).tolist()))


def reset_xform_ops(prim: Any) -> None:
    """Give a prim the operations translate, orient and scale, at their neutral values, and no others."""
    reset_and_set_xform_ops(prim, (0, 0, 0), (1, 0, 0, 0))
