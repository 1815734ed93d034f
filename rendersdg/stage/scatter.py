"""Scattering: random points on surfaces and in volumes, each prim kept clear of what it must not touch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from rendersdg import portable
from rendersdg.arrays import Mask
from rendersdg.errors import BadArgument, RenderFailed
from rendersdg.geometry import Matrix
from rendersdg.graph.plan import Firing
from rendersdg.kernels.boxes import PlacedBoxes
from rendersdg.stage.base import Drawable
from rendersdg.stage.posing import local_bounds
from rendersdg.stage.state import SceneState
from rendersdg.stage.values import item, number

_TRIES = 256  # candidate points per prim before the place counts as full
_BATCH = 64


def scatter_2d(state: SceneState, firing: Firing) -> None:
    """randomizer.scatter_2d: uniform by area over the surface meshes; ``offset`` along the surface normal."""
    i = firing.inputs
    triangles = world_triangles(state, _paths(i["surface_prims"]))
    if not len(triangles):
        raise BadArgument("surface_prims hold no mesh to scatter on")
    edges = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    cross = np.cross(*edges)
    twice_area = portable.norm(cross, axis=1)
    if twice_area.sum() <= 0:
        raise BadArgument("surface_prims have no area to scatter on")
    normals = cross / np.maximum(twice_area, 1e-300)[:, None]
    cumulative = np.cumsum(twice_area)
    rng = firing.source.with_seed(i.get("seed")).rng()
    low, high = _limits(i)

    def candidates() -> Matrix:
        u = rng.random((_BATCH, 3))
        which = np.minimum(np.searchsorted(cumulative, u[:, 0] * cumulative[-1], side="right"), len(cumulative) - 1)
        # uniform by area: the square root of a uniform number spreads evenly from a corner
        root = np.sqrt(u[:, 1])
        a, b, c = 1 - root, root * (1 - u[:, 2]), root * u[:, 2]
        t = triangles[which]
        points = a[:, None] * t[:, 0] + b[:, None] * t[:, 1] + c[:, None] * t[:, 2]
        inside = ((points >= low) & (points <= high)).all(1)
        return np.hstack([points[inside], normals[which[inside]]])

    for path in _place_all(state, firing, candidates):
        state.base.report.note(
            f"{firing.node.site}: {path}", "found no free place on the surface; it stands where it touches others"
        )


def scatter_3d(state: SceneState, firing: Firing) -> None:
    """randomizer.scatter_3d: uniform inside closed volumes (or the sampled box), outside excluded ones.

    Raises RenderFailed when no free place is found.
    """
    i = firing.inputs
    volumes = [world_triangles(state, [p]) for p in _paths(i.get("volume_prims"))]
    excluded = [world_triangles(state, [p]) for p in _paths(i.get("volume_excl_prims"))]
    volumes = [v for v in volumes if len(v)]
    low, high = _limits(i)
    if volumes:
        bounds = np.array([[v.reshape(-1, 3).min(0), v.reshape(-1, 3).max(0)] for v in volumes])
        bounds = np.stack([np.maximum(bounds[:, 0], low), np.minimum(bounds[:, 1], high)], axis=1)
    else:
        if not np.isfinite([low, high]).all():
            raise BadArgument("scatter_3d needs volume_prims, or min_samp and max_samp with three numbers each")
        bounds = np.array([[low, high]])
    sizes = np.prod(np.maximum(bounds[:, 1] - bounds[:, 0], 0), axis=1)
    if sizes.sum() <= 0:
        raise BadArgument("scatter_3d: the volumes and min_samp/max_samp leave no space")
    cumulative = np.cumsum(sizes)
    rng = firing.source.with_seed(i.get("seed")).rng()

    def candidates() -> Matrix:
        u = rng.random((_BATCH, 5))
        which = np.searchsorted(cumulative, u[:, 0] * cumulative[-1], side="right")
        points = bounds[which, 0] + (bounds[which, 1] - bounds[which, 0]) * u[:, 1:4]
        keep = np.ones(len(points), bool)
        if volumes:
            inside = np.array([contains(v, points) for v in volumes])
            keep &= inside[which, np.arange(len(points))]
            if i.get("prevent_vol_overlap", True):
                # where n volumes overlap, each of them offers the point: one of n is kept
                keep &= u[:, 4] * np.maximum(inside.sum(0), 1) < 1
        for volume in excluded:
            keep &= ~contains(volume, points)
        return points[keep]

    stuck = _place_all(state, firing, candidates)
    if stuck:
        raise RenderFailed(
            f"scatter_3d found no free place for {stuck[0]} after {_TRIES} tries; scatter fewer or smaller prims, "
            "or widen the volume"
        )


def _place_all(state: SceneState, firing: Firing, candidates: Callable[[], Matrix]) -> list[str]:
    """Place every target; return those that found no place clear of the others.

    ``candidates`` gives rows of a point, and of the surface's normal there where it lies on one.
    """
    i = firing.inputs
    check, by_bounds = bool(i.get("check_for_collisions", False)), i.get("origin") == "bounds"
    fixed = [oriented_box(state, p) for p in _paths(i.get("no_coll_prims"))]
    placed = PlacedBoxes(len(fixed) + len(firing.targets))
    for centre, half in fixed:
        placed.add(centre, half)
    stuck = []
    pool: list[Matrix] = []
    lifts = [number("offset", item(i.get("offset", 0.0), k)) for k in range(len(firing.targets))]
    for k, path in enumerate(firing.targets):
        parent = state.world(path.rsplit("/", 1)[0])
        inverse = portable.inverse(parent)
        pose = state.pose(path)
        must_be_clear = check or bool(fixed)
        # the box moves with the prim: measure it once, then carry it along
        is_measured = must_be_clear or by_bounds
        centre, half = oriented_box(state, path) if is_measured else (np.zeros(3), np.zeros((3, 3)))
        origin = (portable.product(parent, np.append(pose.translate, 1.0)))[:3]
        offset = centre - origin
        stand = _Stand(state, path, origin, offset) if by_bounds else None
        point = np.zeros(3)
        for _ in range(_TRIES):
            for _ in range(_TRIES):
                if pool:
                    break
                pool = list(candidates())
            if not pool:
                raise RenderFailed(
                    f"{firing.node.op} found no point within the limits; check min_samp, max_samp and the volumes"
                )
            point, normal = np.split(pool.pop(0), [3])
            if len(normal):
                point = point + normal * lifts[k]
            if stand is not None:
                point = stand.origin_over(point, normal)
            if not must_be_clear or not placed.meet(point + offset, half):
                break
        else:
            stuck.append(path)
        local = (portable.product(inverse, np.append(point, 1.0)))[:3]
        state.set_pose(path, pose.changed(translate=tuple(float(v) for v in local)))
        if check:
            placed.add(point + offset, half)
    return stuck


class _Stand:
    """How a prim stands on a surface by its bounds: with their middle over the point and nothing below the surface,
    wherever its origin lies. ``origin`` and ``offset``, from there to the middle, (3,) world, stage units.
    """

    def __init__(self, state: SceneState, path: str, origin: Matrix, offset: Matrix) -> None:
        self._offset = offset
        self._parts = [
            (state.base.meshes[drawable.mesh].vertices.astype(np.float64), world[:3, :3], world[:3, 3] - origin)
            for drawable, world in _shapes(state, path)
        ]
        self._lowest: tuple[Matrix, float] | None = None  # for the normal that was asked for last

    def origin_over(self, point: Matrix, normal: Matrix) -> Matrix:
        """Return where the prim's origin comes to lie, for a point of a surface and its normal there."""
        if not self._parts:
            return point
        if self._lowest is None or not np.array_equal(self._lowest[0], normal):
            heights = (
                float(portable.product(vertices, portable.product(turn.T, normal)).min())
                + float(portable.product(shift, normal))
                for vertices, turn, shift in self._parts
            )
            self._lowest = normal, min(heights)
        aside = self._offset - normal * portable.product(self._offset, normal)
        return point - aside - normal * self._lowest[1]


def _paths(value: str | Iterable[object] | None) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(v) for v in value]


def _limits(i: Mapping[str, Any]) -> tuple[Matrix, Matrix]:
    """Return the lowest and highest corner (3,) of where points may be, world, stage units; infinite where not said."""
    low = [-np.inf if v is None else float(v) for v in i.get("min_samp") or (None,) * 3]
    high = [np.inf if v is None else float(v) for v in i.get("max_samp") or (None,) * 3]
    return np.array(low), np.array(high)


def world_triangles(state: SceneState, paths: list[str]) -> Matrix:
    """Return the triangles (T, 3, 3) of what is drawn below ``paths``, world space, stage units.

    Where nothing is drawn, shapes of the purposes guide and proxy count: surfaces to sample are often that.
    """
    triangles = [np.zeros((0, 3, 3))]
    for path in paths:
        for drawable, world in _shapes(state, path):
            mesh = state.base.meshes[drawable.mesh]
            points = portable.product(mesh.vertices.astype(np.float64), world[:3, :3].T) + world[:3, 3]
            triangles.append(points[mesh.triangles])
    return np.concatenate(triangles)


def _shapes(state: SceneState, path: str) -> list[tuple[Drawable, Matrix]]:
    """Return what is drawn below a path with its world_from_mesh, or else its guides and proxies."""
    shapes = [(drawable, world) for drawable, world, _ in state.drawables_below(path)]
    return shapes or [(d, state.world(d.anchor)) for d in state.base.undrawn(path)]


def contains(triangles: Matrix, points: Matrix) -> Mask:
    """Return which ``points`` (N, 3) lie inside a closed surface: an odd number of crossings along a slanted ray."""
    direction = np.array([0.0130377, 0.0070711, 0.99989])  # slanted, so that it meets no axis-aligned edge
    a, e1, e2 = triangles[:, 0], triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    p = np.cross(direction, e2)  # ray and triangle as Moeller and Trumbore (1997) cut them
    det = (e1 * p).sum(1)
    safe = np.where(np.abs(det) > 1e-18, det, np.inf)
    inside = np.zeros(len(points), bool)
    for k, point in enumerate(points):
        s = point - a
        u = (s * p).sum(1) / safe
        q = np.cross(s, e1)
        v = portable.product(q, direction) / safe
        t = (e2 * q).sum(1) / safe
        inside[k] = bool(((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0)).sum() % 2)
    return inside


def oriented_box(state: SceneState, path: str) -> tuple[Matrix, Matrix]:
    """Return the centre (3,) and half axes (3, 3), as rows, of a prim's box in its own orientation, world space."""
    low, high = local_bounds(state, path)
    world = state.world(path)
    centre = portable.product(world[:3, :3], (low + high) / 2) + world[:3, 3]
    return centre, np.ascontiguousarray((world[:3, :3] * ((high - low) / 2)).T)
