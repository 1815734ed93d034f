"""Isaac Sim's helpers of bounds and of random places in a camera's view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.arrays import F8
from rendersdg.omni.isaac.rotations import (
    euler_angles_to_quat,
    get_translation_from_target,
    numbers,
    pose_from_tf_matrix,
    tf_matrix_from_pose,
    world_matrix,
)
from rendersdg.omni.isaac.stages import prim_of
from rendersdg.stage.pose import column_matrix


def create_bbox_cache(time: Any = None, use_extents_hint: bool = True) -> UsdGeom.BBoxCache:
    """Return a cache of bounds."""
    purposes = [UsdGeom.Tokens.default_, UsdGeom.Tokens.render]
    return UsdGeom.BBoxCache(
        Usd.TimeCode.Default() if time is None else time, purposes, useExtentsHint=use_extents_hint
    )


def recompute_extents(prim: Any, time: Any = None, include_children: bool = False) -> None:
    """Write the extent of a prim anew; with ``include_children`` of all below it too."""
    moment = Usd.TimeCode.Default() if time is None else time
    for target in Usd.PrimRange(prim_of(prim)) if include_children else [prim_of(prim)]:
        if target.IsA(UsdGeom.Boundable):
            boundable = UsdGeom.Boundable(target)
            extent = UsdGeom.Boundable.ComputeExtentFromPlugins(boundable, moment)
            boundable.CreateExtentAttr().Set(extent)


def compute_aabb(bbox_cache: UsdGeom.BBoxCache, prim_path: Any, include_children: bool = False) -> F8:
    """Return x, y, z minima, then maxima, in the world."""
    box = bbox_cache.ComputeWorldBound(prim_of(prim_path)).ComputeAlignedRange()
    return np.array([*box.GetMin(), *box.GetMax()])


def compute_combined_aabb(bbox_cache: UsdGeom.BBoxCache, prim_paths: Sequence[Any]) -> F8:
    """Return the bounds of several prims."""
    boxes = np.array([compute_aabb(bbox_cache, p) for p in prim_paths])
    return np.concatenate([boxes[:, :3].min(0), boxes[:, 3:].max(0)])


def compute_obb(bbox_cache: UsdGeom.BBoxCache, prim_path: Any) -> tuple[F8, F8, F8]:
    """Return centroid, axes (3 unit vectors, a row each) and half extents of a prim's own box, in the world."""
    box = bbox_cache.ComputeWorldBound(prim_of(prim_path))
    matrix = column_matrix(box.GetMatrix())
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    half = np.array(box.GetRange().GetSize()) / 2 * lengths
    return np.array(box.ComputeCentroid()), (matrix[:3, :3] / np.maximum(lengths, 1e-12)).T, half


def get_obb_corners(centroid: Any, axes: Any, half_extent: Any) -> F8:
    """Return the eight corners (8, 3) of a box: the first has all minima, the sign of the last axis changes fastest."""
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
    return numbers(centroid) + (signs * numbers(half_extent)) @ numbers(axes)


def compute_obb_corners(bbox_cache: UsdGeom.BBoxCache, prim_path: Any) -> F8:
    """Return the eight corners of a prim's own box, in the world."""
    return get_obb_corners(*compute_obb(bbox_cache, prim_path))


def get_random_values_in_range(min_range: Any, max_range: Any) -> F8:
    """Return random numbers between two vectors, by NumPy's global generator, as the original draws them."""
    return np.random.uniform(numbers(min_range), numbers(max_range))


def get_random_translation_from_camera(
    min_distance: float, max_distance: float, fov_x: float, fov_y: float, fraction_to_screen_edge: float
) -> F8:
    """Return a random point in the view of a camera, in its frame, at a depth in the range. Angles are in radians."""
    depth = np.random.uniform(min_distance, max_distance)
    reach = np.tan(np.array([fov_x, fov_y]) / 2 * fraction_to_screen_edge) * depth
    x, y = np.random.uniform(-reach, reach)
    return np.array([x, y, -depth])


def get_random_world_pose_in_view(
    camera_prim: Any,
    min_distance: float,
    max_distance: float,
    fov_x: float,
    fov_y: float,
    fraction_to_screen_edge: float,
    coord_prim: Any,
    min_rotation_range: Any,
    max_rotation_range: Any,
) -> tuple[F8, F8]:
    """Return a random world pose in a camera's view; it is turned, by angles in the range (radians), about
    ``coord_prim``.
    """
    point = get_random_translation_from_camera(min_distance, max_distance, fov_x, fov_y, fraction_to_screen_edge)
    place = get_translation_from_target(point, camera_prim, coord_prim)
    turn = euler_angles_to_quat(get_random_values_in_range(min_rotation_range, max_rotation_range))
    return pose_from_tf_matrix(world_matrix(coord_prim) @ tf_matrix_from_pose(place, turn))
