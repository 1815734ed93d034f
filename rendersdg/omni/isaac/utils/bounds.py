"""``isaacsim.core.utils.bounds``: boxes around prims, in the world, in stage units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.omni.doors import PrimLike, VectorLike, numbers, prim_of
from rendersdg.stage.pose import column_matrix

__all__ = [
    "compute_aabb",
    "compute_combined_aabb",
    "compute_obb",
    "compute_obb_corners",
    "create_bbox_cache",
    "get_obb_corners",
    "recompute_extents",
]


def create_bbox_cache(time: Usd.TimeCode | None = None, use_extents_hint: bool = True) -> UsdGeom.BBoxCache:
    """Return a cache of bounds."""
    purposes = [UsdGeom.Tokens.default_, UsdGeom.Tokens.render]
    return UsdGeom.BBoxCache(
        Usd.TimeCode.Default() if time is None else time, purposes, useExtentsHint=use_extents_hint
    )


def recompute_extents(prim: PrimLike, time: Usd.TimeCode | None = None, include_children: bool = False) -> None:
    """Write the extent of a prim anew; with ``include_children`` of all below it too."""
    moment = Usd.TimeCode.Default() if time is None else time
    for target in Usd.PrimRange(prim_of(prim)) if include_children else [prim_of(prim)]:
        if target.IsA(UsdGeom.Boundable):
            boundable = UsdGeom.Boundable(target)
            extent = UsdGeom.Boundable.ComputeExtentFromPlugins(boundable, moment)
            boundable.CreateExtentAttr().Set(extent)


def compute_aabb(bbox_cache: UsdGeom.BBoxCache, prim_path: PrimLike, include_children: bool = False) -> F8:
    """Return the box along the world's axes of a prim and all below it, (6,): x, y, z minima, then maxima."""
    box = bbox_cache.ComputeWorldBound(prim_of(prim_path)).ComputeAlignedRange()
    return np.array([*box.GetMin(), *box.GetMax()])


def compute_combined_aabb(bbox_cache: UsdGeom.BBoxCache, prim_paths: Sequence[PrimLike]) -> F8:
    """Return the box along the world's axes of several prims, (6,): x, y, z minima, then maxima."""
    boxes = np.array([compute_aabb(bbox_cache, p) for p in prim_paths])
    return np.concatenate([boxes[:, :3].min(0), boxes[:, 3:].max(0)])


def compute_obb(bbox_cache: UsdGeom.BBoxCache, prim_path: PrimLike) -> tuple[F8, F8, F8]:
    """Return centroid (3,), axes (3, 3; unit vectors, a row each) and half extents (3,)
    of a prim's own box, in the world.
    """
    box = bbox_cache.ComputeWorldBound(prim_of(prim_path))
    matrix = column_matrix(box.GetMatrix())
    # the columns of the box's matrix are its axes in the world, as long as they are scaled
    lengths = portable.norm(matrix[:3, :3], axis=0)
    half = np.array(box.GetRange().GetSize()) / 2 * lengths
    return np.array(box.ComputeCentroid()), (matrix[:3, :3] / np.maximum(lengths, 1e-12)).T, half


def get_obb_corners(centroid: VectorLike, axes: VectorLike, half_extent: VectorLike) -> F8:
    """Return the eight corners (8, 3) of a box: the first has all minima, the sign of the last axis changes fastest."""
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
    return numbers(centroid) + portable.product(signs * numbers(half_extent), numbers(axes))


def compute_obb_corners(bbox_cache: UsdGeom.BBoxCache, prim_path: PrimLike) -> F8:
    """Return the eight corners (8, 3) of a prim's own box, in the world."""
    return get_obb_corners(*compute_obb(bbox_cache, prim_path))
