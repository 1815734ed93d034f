"""``isaacsim.core.experimental.utils.bounds``: boxes around prims in the world, in stage units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pxr import Gf, Usd, UsdGeom

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.omni.doors import PrimLike, prim_of
from rendersdg.omni.isaac.utils.bounds import get_obb_corners
from rendersdg.replicator.engine import current

__all__ = [
    "compute_aabb",
    "compute_combined_aabb",
    "compute_obb",
    "compute_obb_corners",
    "create_bbox_cache",
    "get_obb_corners",
]


def create_bbox_cache(time: Usd.TimeCode | None = None, *, use_extents_hint: bool = True) -> UsdGeom.BBoxCache:
    """Return a cache of bounds of what is always drawn."""
    moment = Usd.TimeCode.Default() if time is None else time
    return UsdGeom.BBoxCache(moment, [UsdGeom.Tokens.default_], useExtentsHint=use_extents_hint)


def _bound(prim: PrimLike, cache: UsdGeom.BBoxCache | None) -> Gf.BBox3d:
    return (create_bbox_cache() if cache is None else cache).ComputeWorldBound(prim_of(prim))


def compute_aabb(prim: PrimLike, *, bbox_cache: UsdGeom.BBoxCache | None = None, include_children: bool = False) -> F8:
    """Return the box along the world's axes of a prim and all below it, (6,): x, y, z minima, then maxima."""
    box = _bound(prim, bbox_cache).ComputeAlignedRange()
    return np.array([*box.GetMin(), *box.GetMax()])


def compute_combined_aabb(prims: Sequence[PrimLike], *, bbox_cache: UsdGeom.BBoxCache | None = None) -> F8:
    """Return the box along the world's axes of several prims, (6,): x, y, z minima, then maxima."""
    if not len(prims):
        raise BadArgument("compute_combined_aabb got no prims", where=current().where())
    whole = Gf.Range3d()
    for prim in prims:
        whole.UnionWith(_bound(prim, bbox_cache).ComputeAlignedRange())
    return np.array([*whole.GetMin(), *whole.GetMax()])


def compute_obb(prim: PrimLike, *, bbox_cache: UsdGeom.BBoxCache | None = None) -> tuple[F8, F8, F8]:
    """Return centroid (3,), axes (3, 3; a row each, as long as the prim scales them) and half extents (3,) before that
    scale, of a prim's own box in the world.
    """
    bound = _bound(prim, bbox_cache)
    turn = bound.GetMatrix().ExtractRotationMatrix()
    axes = np.array([[*turn.GetRow(k)] for k in range(3)])
    return np.array([*bound.ComputeCentroid()]), axes, np.array(bound.GetRange().GetSize()) * 0.5


def compute_obb_corners(prim: PrimLike, *, bbox_cache: UsdGeom.BBoxCache | None = None) -> F8:
    """Return the eight corners (8, 3) of a prim's own box, in the world."""
    return get_obb_corners(*compute_obb(prim, bbox_cache=bbox_cache))
