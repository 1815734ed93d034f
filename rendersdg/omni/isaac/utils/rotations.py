"""``isaacsim.core.utils.rotations``: quaternions (w, x, y, z), matrices for column vectors, angles about x, y and z."""

from __future__ import annotations

import numpy as np
from pxr import Gf

from rendersdg.arrays import F8
from rendersdg.geometry import aim_rotation, euler_from_rotation, euler_rotation, quaternion_rotation
from rendersdg.omni.doors import VectorLike, numbers

__all__ = [
    "euler_angles_to_quat",
    "euler_to_rot_matrix",
    "gf_quat_to_np_array",
    "gf_rotation_to_np_array",
    "lookat_to_quatf",
    "matrix_to_euler_angles",
    "quat_to_euler_angles",
    "quat_to_rot_matrix",
    "rot_matrix_to_quat",
]


def euler_to_rot_matrix(euler_angles: VectorLike, degrees: bool = False, extrinsic: bool = True) -> F8:
    """Return the 3x3 matrix of angles about x, y and z: fixed axes, or with ``extrinsic`` False those that turn
    along.
    """
    angles = numbers(euler_angles)
    in_degrees = angles if degrees else np.degrees(angles)
    return euler_rotation(in_degrees.tolist(), "XYZ" if extrinsic else "ZYX")


def matrix_to_euler_angles(mat: VectorLike, degrees: bool = False, extrinsic: bool = True) -> F8:
    """Return the angles about x, y and z of a 3x3 matrix."""
    matrix = numbers(mat)[:3, :3]
    angles = np.array(euler_from_rotation(matrix) if extrinsic else euler_from_rotation(matrix.T))
    angles = angles if extrinsic else -angles
    return angles if degrees else np.radians(angles)


def quat_to_rot_matrix(quat: VectorLike) -> F8:
    """Return the 3x3 matrix of a quaternion."""
    return quaternion_rotation(numbers(quat).tolist())


def rot_matrix_to_quat(mat: VectorLike) -> F8:
    """Return the quaternion of a 3x3 matrix, with w at least 0."""
    quat = numbers(Gf.Matrix3d(*numbers(mat)[:3, :3].T.ravel().tolist()).ExtractRotation().GetQuat())
    return quat if quat[0] >= 0 else -quat


def euler_angles_to_quat(euler_angles: VectorLike, degrees: bool = False, extrinsic: bool = True) -> F8:
    """Return the quaternion of angles about x, y and z."""
    return rot_matrix_to_quat(euler_to_rot_matrix(euler_angles, degrees, extrinsic))


def quat_to_euler_angles(quat: VectorLike, degrees: bool = False, extrinsic: bool = True) -> F8:
    """Return the angles about x, y and z of a quaternion."""
    return matrix_to_euler_angles(quat_to_rot_matrix(quat), degrees, extrinsic)


def gf_quat_to_np_array(orientation: Gf.Quatd | Gf.Quatf | Gf.Quaternion) -> F8:
    """Return a Gf quaternion as an array."""
    return numbers(orientation)


def gf_rotation_to_np_array(orientation: Gf.Rotation) -> F8:
    """Return a Gf.Rotation as a quaternion."""
    return numbers(orientation.GetQuat())


def lookat_to_quatf(camera: VectorLike, target: VectorLike, up: VectorLike) -> Gf.Quatf:
    """Return the rotation of a camera at ``camera`` that looks at ``target``."""
    return Gf.Quatf(*rot_matrix_to_quat(aim_rotation(numbers(camera), numbers(target), numbers(up))).tolist())


def rotvec_to_quat(vector: VectorLike) -> F8:
    """Return the quaternion of a rotation vector: its direction is the axis, its length the angle in radians."""
    turn = numbers(vector)
    angle = float(np.linalg.norm(turn))
    axis = turn / angle if angle > 1e-12 else np.zeros(3)
    return np.array([np.cos(angle / 2), *(np.sin(angle / 2) * axis)])


def quat_to_rotvec(quat: VectorLike) -> F8:
    """Return the rotation vector of a quaternion."""
    w, *rest = numbers(quat) / np.linalg.norm(numbers(quat))
    imaginary = np.array(rest) if w >= 0 else -np.array(rest)
    length = float(np.linalg.norm(imaginary))
    return 2 * np.arctan2(length, abs(w)) * imaginary / length if length > 1e-12 else np.zeros(3)
