"""``isaacsim.core.utils.rotations``: quaternions (w, x, y, z), matrices for column vectors, angles about x, y and z.

Angles are in radians unless ``degrees``. With ``extrinsic`` they turn about fixed axes, x first; without, about axes
that turn along, x first. All arguments may be of any library: lists, arrays, tensors, Gf's types.
"""

from __future__ import annotations

import numpy as np
from pxr import Gf

from rendersdg import portable
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
    """Return the (3, 3) matrix of three angles.

    >>> euler_to_rot_matrix((0, 0, 90), degrees=True).round() @ (1, 0, 0)
    array([0., 1., 0.])
    """
    angles = numbers(euler_angles)
    in_degrees = angles if degrees else np.degrees(angles)
    return euler_rotation(in_degrees.tolist(), "XYZ" if extrinsic else "ZYX")


def matrix_to_euler_angles(mat: VectorLike, degrees: bool = False, extrinsic: bool = True) -> F8:
    """Return the three angles of a (3, 3) matrix, or of the upper left part of a (4, 4) one."""
    matrix = numbers(mat)[:3, :3]
    # turning about axes that turn along is turning about fixed ones in reverse order: the transpose undoes that
    angles = np.array(euler_from_rotation(matrix) if extrinsic else euler_from_rotation(matrix.T))
    angles = angles if extrinsic else -angles
    return angles if degrees else np.radians(angles)


def quat_to_rot_matrix(quat: VectorLike) -> F8:
    """Return the (3, 3) matrix of a quaternion, which need not be of length 1."""
    return quaternion_rotation(numbers(quat).tolist())


def rot_matrix_to_quat(mat: VectorLike) -> F8:
    """Return the quaternion (4,) of a (3, 3) matrix, with w at least 0: of the two that turn alike, that one."""
    quat = numbers(Gf.Matrix3d(*numbers(mat)[:3, :3].T.ravel().tolist()).ExtractRotation().GetQuat())
    return quat if quat[0] >= 0 else -quat


def euler_angles_to_quat(euler_angles: VectorLike, degrees: bool = False, extrinsic: bool = True) -> F8:
    """Return the quaternion (4,) of three angles.

    >>> euler_angles_to_quat((0, 0, 180), degrees=True).round(6)
    array([0., 0., 0., 1.])
    """
    return rot_matrix_to_quat(euler_to_rot_matrix(euler_angles, degrees, extrinsic))


def quat_to_euler_angles(quat: VectorLike, degrees: bool = False, extrinsic: bool = True) -> F8:
    """Return the three angles of a quaternion."""
    return matrix_to_euler_angles(quat_to_rot_matrix(quat), degrees, extrinsic)


def gf_quat_to_np_array(orientation: Gf.Quatd | Gf.Quatf) -> F8:
    """Return a Gf quaternion as an array (4,)."""
    return numbers(orientation)


def gf_rotation_to_np_array(orientation: Gf.Rotation) -> F8:
    """Return a Gf.Rotation as a quaternion (4,)."""
    return numbers(orientation.GetQuat())


def lookat_to_quatf(camera: VectorLike, target: VectorLike, up: VectorLike) -> Gf.Quatf:
    """Return the rotation of a camera at the point ``camera`` that looks at the point ``target``, along its -Z."""
    return Gf.Quatf(*rot_matrix_to_quat(aim_rotation(numbers(camera), numbers(target), numbers(up))).tolist())


def rotvec_to_quat(vector: VectorLike) -> F8:
    """Return the quaternion (4,) of a rotation vector: its direction is the axis, its length the angle in radians."""
    turn = numbers(vector)
    angle = float(portable.norm(turn))
    axis = turn / angle if angle > 1e-12 else np.zeros(3)
    return np.array([portable.cos(angle / 2), *(portable.sin(angle / 2) * axis)])


def quat_to_rotvec(quat: VectorLike) -> F8:
    """Return the rotation vector (3,) of a quaternion, of a length up to pi."""
    # of q and -q, which turn alike, the one with w >= 0 turns the shorter way round
    w, *rest = numbers(quat) / portable.norm(numbers(quat))
    imaginary = np.array(rest) if w >= 0 else -np.array(rest)
    length = float(portable.norm(imaginary))
    return 2 * portable.arctan2(length, abs(w)) * imaginary / length if length > 1e-12 else np.zeros(3)
