"""``isaacsim.core.experimental.utils.transform``: rotations, of one or of arrays, a row each; quaternions (w, x, y, z).

Angles are in radians unless ``degrees``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pxr import Gf

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.geometry import aim_rotation
from rendersdg.omni.doors import VectorLike, numbers
from rendersdg.omni.isaac.experimental.ops import Array, DType, array
from rendersdg.omni.isaac.utils import rotations
from rendersdg.omni.isaac.utils.numpy_rotations import over

__all__ = [
    "compute_relative_transform",
    "euler_angles_to_quaternion",
    "euler_angles_to_rotation_matrix",
    "look_at_matrix",
    "look_at_quaternion",
    "quaternion_conjugate",
    "quaternion_multiplication",
    "quaternion_to_euler_angles",
    "quaternion_to_rotation_matrix",
    "rotation_matrix_to_quaternion",
]

_PARALLEL = 1e-5  # the length of the cross product of aim and up below which they are taken to be parallel


def _in_rows(function: Callable[..., F8], takes: str) -> Callable[..., Array]:
    """Return the form of a function of one rotation that takes one or an array of them, by position or by the name
    ``takes``.
    """
    several = over(function)

    def converted(
        *values: VectorLike,
        degrees: bool = False,
        extrinsic: bool = True,
        dtype: DType = None,
        device: object = None,
        **named: VectorLike,
    ) -> Array:
        given = values[0] if values else named[takes]
        return array(several(given, degrees, extrinsic), np.float32 if dtype is None else dtype)

    converted.__doc__ = several.__doc__
    return converted


euler_angles_to_quaternion = _in_rows(rotations.euler_angles_to_quat, "euler_angles")
quaternion_to_euler_angles = _in_rows(rotations.quat_to_euler_angles, "quaternion")
quaternion_to_rotation_matrix = _in_rows(rotations.quat_to_rot_matrix, "quaternion")
rotation_matrix_to_quaternion = _in_rows(rotations.rot_matrix_to_quat, "rotation_matrix")
euler_angles_to_rotation_matrix = _in_rows(rotations.euler_to_rot_matrix, "euler_angles")


def quaternion_multiplication(
    first_quaternion: VectorLike, second_quaternion: VectorLike, *, dtype: DType = None, device: object = None
) -> Array:
    """Return the products of quaternions: the second turns first."""
    w1, x1, y1, z1 = np.moveaxis(numbers(first_quaternion), -1, 0)
    w2, x2, y2, z2 = np.moveaxis(numbers(second_quaternion), -1, 0)
    parts = (
        w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
        w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
        w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
        w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
    )
    return array(np.stack(parts, -1), np.float32 if dtype is None else dtype)


def quaternion_conjugate(quaternion: VectorLike, *, dtype: DType = None, device: object = None) -> Array:
    """Return the conjugates of quaternions, which turn back."""
    return array(numbers(quaternion) * (1, -1, -1, -1), np.float32 if dtype is None else dtype)


def look_at_quaternion(
    eye: VectorLike,
    target: VectorLike,
    up: VectorLike | None = None,
    *,
    dtype: DType = None,
    device: object = None,
) -> Array:
    """Return the quaternions of cameras at ``eye`` that look at ``target``, along -Z with Y up; ``up`` is Z unless
    given.
    """
    eyes, targets = np.broadcast_arrays(numbers(eye), numbers(target))
    ups = np.broadcast_to(numbers((0, 0, 1) if up is None else up), eyes.shape)
    rows = [
        rotations.rot_matrix_to_quat(aim_rotation(e, t, u))
        for e, t, u in zip(eyes.reshape(-1, 3), targets.reshape(-1, 3), ups.reshape(-1, 3))
    ]
    return array(np.reshape(rows, (*eyes.shape[:-1], 4)), np.float32 if dtype is None else dtype)


def look_at_matrix(
    eye: VectorLike, target: VectorLike, up: VectorLike | None = None, *, epsilon: float = _PARALLEL
) -> Gf.Matrix4d:
    """Return the local-to-world matrix of a camera at ``eye`` that looks at ``target``; where ``up`` is parallel to
    that, Y is up, or X.
    """
    start, end = (Gf.Vec3d(*numbers(v).reshape(3).tolist()) for v in (eye, target))
    ups = (Gf.Vec3d(*numbers((0, 0, 1) if up is None else up).tolist()), Gf.Vec3d(0, 1, 0), Gf.Vec3d(1, 0, 0))
    aim = end - start
    fitting = next((u for u in ups if Gf.Cross(aim, u).GetLength() >= epsilon), ups[-1])
    return Gf.Matrix4d(1).SetLookAt(start, end, fitting).GetInverse()


def compute_relative_transform(source_to_world: VectorLike, target_to_world: VectorLike) -> F8:
    """Return the (4, 4) target_from_source matrix, for column vectors, of two local-to-world matrices as USD has them,
    for row vectors.
    """
    return np.asarray(portable.product(portable.inverse(numbers(target_to_world).T), numbers(source_to_world).T))
