"""``isaacsim.core.utils.numpy.rotations``: the same for arrays of rotations, a row each."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np

from rendersdg.arrays import F8
from rendersdg.omni.doors import VectorLike, numbers
from rendersdg.omni.isaac.utils import rotations

__all__ = [
    "deg2rad",
    "euler_angles_to_quats",
    "quats_to_euler_angles",
    "quats_to_rot_matrices",
    "quats_to_rotvecs",
    "rad2deg",
    "rot_matrices_to_quats",
    "rotvecs_to_quats",
    "wxyz2xyzw",
    "xyzw2wxyz",
]


def over(function: Callable[..., F8]) -> Callable[..., F8]:
    """Return the form of a function of one rotation that takes an array of them, or one."""

    takes_angles = "degrees" in inspect.signature(function).parameters

    def angles(degrees: bool, extrinsic: bool) -> dict[str, bool]:
        return {"degrees": degrees, "extrinsic": extrinsic} if takes_angles else {}

    def several(values: VectorLike, degrees: bool = False, extrinsic: bool = True, device: object = None) -> F8:
        rows = numbers(values)
        is_one = rows.ndim < (3 if rows.shape[-2:] == (3, 3) else 2)
        results = np.array([function(v, **angles(degrees, extrinsic)) for v in (rows[None] if is_one else rows)])
        return results[0] if is_one else results

    several.__doc__ = f"{function.__doc__} An array of them gives an array."
    return several


euler_angles_to_quats = over(rotations.euler_angles_to_quat)
quats_to_euler_angles = over(rotations.quat_to_euler_angles)
quats_to_rot_matrices = over(rotations.quat_to_rot_matrix)
rot_matrices_to_quats = over(rotations.rot_matrix_to_quat)
rotvecs_to_quats = over(rotations.rotvec_to_quat)
quats_to_rotvecs = over(rotations.quat_to_rotvec)
deg2rad, rad2deg = np.radians, np.degrees


def xyzw2wxyz(quat: VectorLike) -> F8:
    """Return quaternions with w first that were given with w last."""
    return np.roll(numbers(quat), 1, axis=-1)


def wxyz2xyzw(quat: VectorLike) -> F8:
    """Return quaternions with w last that were given with w first."""
    return np.roll(numbers(quat), -1, axis=-1)
