"""``isaacsim.core.utils.random``: random numbers, and random places in a camera's view."""

from __future__ import annotations

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.omni.doors import PrimLike, VectorLike, numbers
from rendersdg.omni.isaac.utils.rotations import euler_angles_to_quat
from rendersdg.omni.isaac.utils.transformations import (
    get_translation_from_target,
    pose_from_tf_matrix,
    tf_matrix_from_pose,
    world_matrix,
)
from rendersdg.replicator.engine import current
from rendersdg.replicator.host import current_host
from rendersdg.streams import generator

__all__ = [
    "get_random_translation_from_camera",
    "get_random_values_in_range",
    "get_random_world_pose_in_view",
]


class Draws:
    """The random numbers of a run: one stream, under ``--seed`` or the script's own ``rep.set_global_seed``.

    Isaac Sim draws them from NumPy's global generator, which differs from run to run unless a script seeds it.
    """

    def __init__(self) -> None:
        self._seed = current().seed
        self._generator = generator(self._seed, "isaac.random", 0)

    def uniform(self, low: float | F8, high: float | F8) -> F8:
        """Return numbers between ``low`` and ``high``, whichever is larger; a new seed begins a new stream."""
        if current().seed != self._seed:
            self.__init__()  # type: ignore[misc]
        spread = np.subtract(high, low)
        return np.asarray(low + spread * self._generator.random(spread.shape))


def _uniform(low: float | F8, high: float | F8) -> F8:
    return current_host().part(Draws).uniform(low, high)


def get_random_values_in_range(min_range: VectorLike, max_range: VectorLike) -> F8:
    """Return random numbers between two vectors."""
    return _uniform(numbers(min_range), numbers(max_range))


def get_random_translation_from_camera(
    min_distance: float, max_distance: float, fov_x: float, fov_y: float, fraction_to_screen_edge: float
) -> F8:
    """Return a random point in the view of a camera, in its frame, at a depth in the range. Angles are in radians."""
    depth = float(_uniform(min_distance, max_distance))
    reach = portable.tan(np.array([fov_x, fov_y]) / 2 * fraction_to_screen_edge) * depth
    x, y = _uniform(-reach, reach)
    return np.array([x, y, -depth])


def get_random_world_pose_in_view(
    camera_prim: PrimLike,
    min_distance: float,
    max_distance: float,
    fov_x: float,
    fov_y: float,
    fraction_to_screen_edge: float,
    coord_prim: PrimLike,
    min_rotation_range: VectorLike,
    max_rotation_range: VectorLike,
) -> tuple[F8, F8]:
    """Return a random world pose in a camera's view; it is turned, by angles in the range (radians),
    about ``coord_prim``.
    """
    point = get_random_translation_from_camera(min_distance, max_distance, fov_x, fov_y, fraction_to_screen_edge)
    place = get_translation_from_target(point, camera_prim, coord_prim)
    turn = euler_angles_to_quat(get_random_values_in_range(min_rotation_range, max_rotation_range))
    return pose_from_tf_matrix(portable.product(world_matrix(coord_prim), tf_matrix_from_pose(place, turn)))
