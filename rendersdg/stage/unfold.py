"""A neighbourhood of a point on a mesh, unrolled into a plane: exact where the surface can be unrolled (flat, bent, folded).

Triangles are laid out one after another across their shared edges, nearest first, as paper would unfold; a vertex keeps
the place where it was first laid, so the picture on it has no seams. Schmidt, Grimm and Wyvill (2006) call the smooth
form of this the discrete exponential map.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rendersdg.compiled import OPTIONS
from rendersdg.snapshot import Mesh


@dataclass(frozen=True, eq=False)
class Topology:
    """Which triangles of a mesh share an edge: ``corners`` (T, 3) name places, not vertices; ``across`` (T, 3) is the
    triangle over the edge from corner k to corner k + 1, -1 at a border."""

    corners: NDArray[np.int32]
    across: NDArray[np.int32]
    places: int


def topology(mesh: Mesh) -> Topology:
    """Return a mesh's topology, vertices at one place (within a hundred-thousandth of the mesh) taken as one."""
    grain = max(float(np.ptp(mesh.vertices, axis=0).max(initial=0.0)), 1e-30) * 1e-5
    _, place = np.unique(np.round(mesh.vertices.astype(np.float64) / grain), axis=0, return_inverse=True)
    corners = place.reshape(-1)[mesh.triangles].astype(np.int32)
    start, end = corners, corners[:, [1, 2, 0]]
    key = np.minimum(start, end).astype(np.int64) * (place.max(initial=0) + 1) + np.maximum(start, end)
    flat = key.ravel()
    order = np.argsort(flat, kind="stable")
    across = np.full(flat.shape, -1, np.int32)
    ordered = flat[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1])
    # an edge of three or more triangles joins the first two of them
    first = same[np.concatenate([[True], np.diff(same) > 1])] if len(same) else same
    a, b = order[first], order[first + 1]
    across[a], across[b] = b // 3, a // 3
    return Topology(corners, across.reshape(-1, 3), int(place.max(initial=0)) + 1)


@njit(**OPTIONS)
def _distance(ax: Any, ay: Any, bx: Any, by: Any) -> Any:
    """Distance of the origin from the segment a-b."""
    dx = bx - ax
    dy = by - ay
    square = dx * dx + dy * dy
    t = min(max(-(ax * dx + ay * dy) / square, 0.0), 1.0) if square > 0.0 else 0.0
    x = ax + t * dx
    y = ay + t * dy
    return np.sqrt(x * x + y * y)


@njit(**OPTIONS)
def _unfold(points: Any, corners: Any, across: Any, places: Any, seed: Any, centre: Any, axis: Any, radius: Any) -> Any:
    """Return the triangles reached (K,) and their corners in the plane (K, 3, 2)."""
    placed = np.zeros(places, np.bool_)
    flat = np.zeros((places, 2), np.float64)
    seen = np.zeros(len(corners), np.bool_)
    a = points[seed, 0]
    n = np.cross(points[seed, 1] - a, points[seed, 2] - a)
    n = n / np.sqrt(np.sum(n * n))
    x = axis - n * np.sum(axis * n)
    x = x / np.sqrt(np.sum(x * x))
    y = np.cross(n, x)
    for k in range(3):
        p = points[seed, k] - centre
        flat[corners[seed, k], 0] = np.sum(p * x)
        flat[corners[seed, k], 1] = np.sum(p * y)
        placed[corners[seed, k]] = True
    heap = [(0.0, np.int64(seed), np.int64(-1))]  # distance, triangle, and the edge it is reached by: 3 * triangle + k
    found = np.empty(len(corners), np.int32)
    count = 0
    while len(heap) > 0:
        _, t, by = heapq.heappop(heap)
        if seen[t]:
            continue
        seen[t] = True
        found[count] = t
        count += 1
        if by >= 0:
            from_, side = by // 3, by % 3
            i = corners[from_, side]
            j = corners[from_, (side + 1) % 3]
            m = 0  # the corner that is not on the edge
            for c in range(3):
                if corners[t, c] != i and corners[t, c] != j:
                    m = c
            third = corners[t, m]
            if not placed[third]:
                placed[third] = True
                pi = points[from_, side]
                edge = points[from_, (side + 1) % 3] - pi
                length = np.sqrt(np.sum(edge * edge))
                flat[third, 0] = flat[i, 0]
                flat[third, 1] = flat[i, 1]
                if length > 0.0:
                    p = points[t, m] - pi
                    along = np.sum(p * edge) / length
                    off = p - edge * (along / length)
                    away = np.sqrt(np.sum(off * off))
                    ex = (flat[j, 0] - flat[i, 0]) / length
                    ey = (flat[j, 1] - flat[i, 1]) / length
                    # the triangle it is reached from lies to the left of the edge i -> j, this one to the right
                    flat[third, 0] += ex * along + ey * away
                    flat[third, 1] += ey * along - ex * away
        for k in range(3):
            other = across[t, k]
            if other < 0 or seen[other]:
                continue
            i = corners[t, k]
            j = corners[t, (k + 1) % 3]
            near = _distance(flat[i, 0], flat[i, 1], flat[j, 0], flat[j, 1])
            if near <= radius:
                heapq.heappush(heap, (near, np.int64(other), np.int64(3 * t + k)))
    out = np.empty((count, 3, 2), np.float64)
    for q in range(count):
        for k in range(3):
            out[q, k, 0] = flat[corners[found[q], k], 0]
            out[q, k, 1] = flat[corners[found[q], k], 1]
    return found[:count].copy(), out


@dataclass(frozen=True, eq=False)
class Unfolded:
    """Triangles (K,) of a mesh and the affine map of each: ``s, t = rows @ (point - centre, 1)``, ``rows`` (K, 2, 4).

    ``stretch`` (K,) is the largest relative error of a length within each, 0 where it unrolls exactly.
    """

    triangles: NDArray[np.int32]
    rows: NDArray[np.float64]
    stretch: NDArray[np.float64]


def unfold(
    topo: Topology, points: NDArray[np.float64], seed: int, centre: NDArray[np.float64], axis: NDArray[np.float64], radius: float
) -> Unfolded:  # fmt: skip
    """Return the surface within about ``radius`` of ``centre`` on triangle ``seed``, ``s`` running along ``axis``.

    ``points`` (T, 3, 3) are the corners of all triangles in world space; lengths are kept in their unit.
    """
    triangles, flat = _unfold(
        np.ascontiguousarray(points), topo.corners, topo.across, topo.places, seed, centre, axis, radius
    )
    p = points[triangles]
    e1, e2 = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    n = np.cross(e1, e2)
    square = (n * n).sum(1)
    good = square > 1e-36
    # the gradient g of s lies in the plane and has g . e = its difference along each edge
    across = np.stack([np.cross(e2, n), np.cross(n, e1)], 1) / np.where(good, square, 1.0)[:, None, None]
    difference = np.stack([flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]], 2)  # (K, s and t, edge)
    gradient = difference @ across
    offset = flat[:, 0] - np.einsum("kij,kj->ki", gradient, p[:, 0] - centre)
    rows = np.concatenate([gradient, offset[:, :, None]], axis=2)
    # the squares of its singular values are the roots of a quadratic
    a, b = (gradient[:, 0] ** 2).sum(1), (gradient[:, 1] ** 2).sum(1)
    half = np.sqrt(np.maximum((a - b) ** 2 / 4 + (gradient[:, 0] * gradient[:, 1]).sum(1) ** 2, 0.0))
    roots = np.sqrt(np.maximum(np.stack([(a + b) / 2 - half, (a + b) / 2 + half], 1), 0.0))
    stretch = np.abs(roots - 1.0).max(axis=1)
    # a degenerate or torn triangle carries nothing: its rows point outside of every patch
    torn = ~good | ~np.isfinite(rows).all((1, 2)) | (stretch > _TORN)
    rows[torn] = 0.0
    rows[torn, :, 3] = _OUTSIDE
    return Unfolded(triangles, rows, stretch)


_TORN = 1.5  # relative stretch beyond which a triangle is no picture of the surface
_OUTSIDE = 1e6  # metres
