"""``isaacsim.core.experimental.utils.xform``: poses of prims."""

from __future__ import annotations

from rendersdg.omni.doors import PrimLike, VectorLike
from rendersdg.omni.isaac.experimental.ops import Array, array
from rendersdg.omni.isaac.utils import xforms
from rendersdg.omni.isaac.utils.transformations import get_relative_transform

__all__ = ["get_local_pose", "get_relative_transform", "get_world_pose", "set_local_pose", "set_world_pose"]


def get_local_pose(prim: PrimLike, *, device: object = None) -> tuple[Array, Array]:
    """Return translation (3,) and quaternion (w, x, y, z) of a prim in its parent's frame."""
    place, turn = xforms.get_local_pose(prim)
    return array(place), array(turn)


def get_world_pose(prim: PrimLike, *, device: object = None) -> tuple[Array, Array]:
    """Return position (3,) and quaternion (w, x, y, z) of a prim in the world."""
    place, turn = xforms.get_world_pose(prim)
    return array(place), array(turn)


def set_local_pose(
    prim: PrimLike, *, translation: VectorLike | None = None, orientation: VectorLike | None = None
) -> None:
    """Place a prim in its parent's frame; what is not given stays."""
    xforms.set_local_pose(prim, translation, orientation)


def set_world_pose(
    prim: PrimLike, *, position: VectorLike | None = None, orientation: VectorLike | None = None
) -> None:
    """Place a prim in the world; what is not given stays."""
    xforms.set_world_pose(prim, position, orientation)
