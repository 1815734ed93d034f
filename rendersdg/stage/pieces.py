"""Convex pieces that stand for a mesh in collisions: its hull, those of its parts, or thin slabs along its faces."""

from __future__ import annotations

from typing import Any

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I4, I8
from rendersdg.geometry import box_corners
from rendersdg.shapes import sphere

_SKIN = 0.05  # metres: how thick a face is made at most, away from its front
_LEAST_SKIN = 0.002  # metres: and at least
_CONVEX = 0.01  # of its size: how far a part may bulge in and still pass for convex
_FLAT = 1e-4  # of its size: how thin a part may be and still have an inside
_MOST_SLABS = 3000
_MOST_RAYS = 20_000_000  # faces times triangles whose distances are worked out


def kind_of(approximation: str, *, is_body: bool) -> str:
    """Return how a mesh collides, by UsdPhysics' ``approximation``: ``hull``, ``parts``, ``box``,
    ``ball`` or ``exact``.

    A body that moves is one hull unless its parts are asked for; PhysX does not move triangle meshes either.
    """
    name = approximation.lower()
    if name in ("boundingcube", "boundingbox"):
        return "box"
    if name == "boundingsphere":
        return "ball"
    if is_body:
        return "parts" if name in ("convexdecomposition", "sdf") else "hull"
    return "parts" if name in ("convexhull", "convexmesh") else "exact"


def convex_pieces(points: F8, triangles: I4, kind: str) -> tuple[list[F8], bool]:
    """Return the vertices (V, 3) of each convex piece of a mesh in metres;
    True where hulls had to stand for its faces.
    """
    if kind == "box":
        return [box_corners(points.min(0), points.max(0))], False
    if kind == "ball":
        centre = (points.min(0) + points.max(0)) / 2
        radius = float(portable.norm(points - centre, axis=1).max())
        return [sphere().vertices / portable.norm(sphere().vertices, axis=1).max() * radius + centre], False
    out: list[F8] = []
    is_rough = False
    for faces in [triangles] if kind == "hull" else parts(points, triangles):
        group = np.unique(faces)
        chosen = points[group]
        if len(chosen) < 3:
            continue
        centre = chosen.mean(0)
        _, spread, axes = portable.singular_values(chosen - centre)
        if spread[1] < 1e-9:
            continue
        if spread[2] < _FLAT * spread[0]:
            out.append(_slab(chosen, _normal(points[faces[0]], axes[2]), _SKIN))
        elif kind != "exact" or _is_convex(points, faces):
            out.append(np.ascontiguousarray(chosen))
        else:
            slabs = _slabs(points, faces)
            is_rough = is_rough or slabs is None
            out += [np.ascontiguousarray(chosen)] if slabs is None else slabs
    return out, is_rough


def _normal(corners: F8, otherwise: F8) -> F8:
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    length = float(portable.norm(normal))
    return otherwise if length < 1e-12 else normal / length


def _slab(corners: F8, normal: F8, thickness: float) -> F8:
    return np.ascontiguousarray(np.concatenate([corners, corners - normal * thickness]))


def _is_convex(points: F8, faces: I4) -> bool:
    """Return whether no vertex lies much in front of a face."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    length = portable.norm(normals, axis=1)
    used = length > 1e-12
    normals = normals[used] / length[used, None]
    chosen = points[np.unique(faces)]
    tolerance = _CONVEX * float(portable.norm(np.ptp(chosen, axis=0)))
    offsets = (normals * a[used]).sum(1)
    return all(
        bool(((portable.product(chosen, normals[k : k + 256].T)) - offsets[k : k + 256] <= tolerance).all())
        for k in range(0, len(normals), 256)
    )


def _slabs(points: F8, faces: I4) -> list[F8] | None:
    """Return a slab behind each flat face, as thick as the mesh is there; None where there are too many."""
    import trimesh

    mesh = trimesh.Trimesh(points, faces, process=True)
    together = [g for g in _facets(mesh) if _fills_its_outline(mesh, g)]
    left = np.ones(len(mesh.faces), bool)
    for group in together:
        left[group] = False
    groups = [*together, *(np.array([k]) for k in np.flatnonzero(left & (mesh.area_faces > 1e-12)))]
    if len(groups) > _MOST_SLABS or len(groups) * len(mesh.faces) > _MOST_RAYS:
        return None
    corners = np.asarray(mesh.triangles, np.float64)
    out = []
    for group in groups:
        normal = np.asarray(mesh.face_normals[group[0]], np.float64)
        chosen = np.asarray(mesh.vertices, np.float64)[np.unique(mesh.faces[group])]
        middle = corners[group[0]].mean(0)
        depth = np.clip(_way_through(corners, middle, -normal), _LEAST_SKIN, _SKIN)
        out.append(_slab(chosen, normal, float(depth)))
    return out


def _facets(mesh: Any) -> list[I8]:
    """Return the faces of each flat region of two and more, in order of the lowest face: trimesh's ``facets``, which
    need SciPy, and order a region's faces by the processor's way to sort.
    """
    from trimesh import tol

    # two faces that share an edge lie in one plane when the circle through them is wide beside them
    radius, span = np.asarray(mesh.face_adjacency_radius), np.asarray(mesh.face_adjacency_span)
    flat = np.ones(len(radius), bool)
    wide = np.abs(span) > tol.zero
    flat[wide] = (radius[wide] / span[wide]) ** 2 > tol.facet_threshold
    pairs = np.asarray(mesh.face_adjacency)[flat]

    # each face takes the lowest face that it reaches, two neighbours at a time, until nothing changes
    lowest = np.arange(len(mesh.faces))
    while True:
        before = lowest.copy()
        least = lowest[pairs].min(1)
        np.minimum.at(lowest, pairs.ravel(), np.repeat(least, 2))
        lowest = lowest[lowest]
        if (lowest == before).all():
            break
    order = np.argsort(lowest, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(lowest[order])) + 1)
    return [g for g in groups if len(g) > 1]


def _fills_its_outline(mesh: Any, group: I8) -> bool:
    """Return whether flat faces together are convex: their area is that of the hull of their corners."""
    normal = np.asarray(mesh.face_normals[group[0]], np.float64)
    side = portable.at_right_angles(normal)
    flat = portable.product(np.asarray(mesh.vertices, np.float64)[np.unique(mesh.faces[group])], side.T)
    return _hull_area(flat) <= 1.02 * float(mesh.area_faces[group].sum())


def _hull_area(flat: F8) -> float:
    """Return the area of the convex hull of points in a plane (Andrew's monotone chain, 1979)."""
    order = flat[np.lexsort((flat[:, 1], flat[:, 0]))]

    def chain(several: F8) -> list[F8]:
        out: list[F8] = []
        for point in several:
            while len(out) > 1 and _cross(out[-1] - out[-2], point - out[-2]) <= 0:
                out.pop()
            out.append(point)
        return out[:-1]

    hull = np.array([*chain(order), *chain(order[::-1])])
    x, y = hull.T
    return 0.5 * abs(float(portable.product(x, np.roll(y, -1)) - portable.product(y, np.roll(x, -1))))


def _cross(a: F8, b: F8) -> float:
    return float(a[0] * b[1] - a[1] * b[0])


def _way_through(corners: F8, start: F8, direction: F8) -> float:
    """Return how far it is from a face to the next one behind it (Moeller and Trumbore, 1997);
    infinity where there is none.
    """
    a, e1, e2 = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    across = np.cross(direction, e2)
    det = (e1 * across).sum(1)
    scale = 1.0 / np.where(np.abs(det) > 1e-15, det, np.inf)
    offset = start - a
    u = (offset * across).sum(1) * scale
    q = np.cross(offset, e1)
    v, t = (q * direction).sum(1) * scale, (e2 * q).sum(1) * scale
    met = (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (t > 1e-7)
    return float(t[met].min()) if met.any() else np.inf


def parts(points: F8, triangles: I4) -> list[I4]:
    """Return the triangles of each connected part; vertices at one place count as one."""
    _, place = np.unique(np.round(points, 6), axis=0, return_inverse=True)
    place = place.ravel()
    owner = np.arange(int(place.max()) + 1)

    def root(k: int) -> int:
        while owner[k] != k:
            owner[k] = owner[owner[k]]
            k = int(owner[k])
        return k

    for a, b, c in place[triangles]:
        ra, rb, rc = root(int(a)), root(int(b)), root(int(c))
        owner[rb] = owner[rc] = ra
    roots = np.array([root(int(p)) for p in place])[triangles[:, 0]]
    return [triangles[roots == r] for r in np.unique(roots)]
