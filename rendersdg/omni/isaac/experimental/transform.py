"""``isaacsim.core.experimental.utils.transform``: rotations, of one or of arrays, a row each."""

from __future__ import annotations

from collections.abc import Callable

from rendersdg.arrays import F8
from rendersdg.omni.doors import VectorLike
from rendersdg.omni.isaac.prims import Rows, rows
from rendersdg.omni.isaac.utils import rotations
from rendersdg.omni.isaac.utils.numpy_rotations import over

__all__ = [
    "euler_angles_to_quaternion",
    "euler_angles_to_rotation_matrix",
    "quaternion_to_euler_angles",
    "quaternion_to_rotation_matrix",
    "rotation_matrix_to_quaternion",
]


def _in_rows(function: Callable[..., F8]) -> Callable[..., Rows]:
    """Return the form of a function of one rotation that takes one or an array, and gives rows with ``numpy()``."""
    several = over(function)

    def converted(values: VectorLike, degrees: bool = False, extrinsic: bool = True, device: object = None) -> Rows:
        return rows(several(values, degrees, extrinsic))

    converted.__doc__ = several.__doc__
    return converted


euler_angles_to_quaternion = _in_rows(rotations.euler_angles_to_quat)
quaternion_to_euler_angles = _in_rows(rotations.quat_to_euler_angles)
quaternion_to_rotation_matrix = _in_rows(rotations.quat_to_rot_matrix)
rotation_matrix_to_quaternion = _in_rows(rotations.rot_matrix_to_quat)
euler_angles_to_rotation_matrix = _in_rows(rotations.euler_to_rot_matrix)
