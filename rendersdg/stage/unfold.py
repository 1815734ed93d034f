"""A neighbourhood of a point on a mesh, unrolled into a plane:
exact where the surface can be unrolled (flat, bent, folded).

Triangles are laid out one after another across their shared edges, nearest first, as paper would unfold; a vertex keeps
the place where it was first laid, so the picture on it has no seams. Schmidt, Grimm and Wyvill (2006) call the smooth
form of this the discrete exponential map.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I4, Mask
from rendersdg.kernels.unfold import unfolded
from rendersdg.snapshot import Mesh


@dataclass(frozen=True, eq=False)
class Topology:
    """Which triangles of a mesh share an edge: ``corners`` (T, 3) name places, not vertices; ``across`` (T, 3) is the
    triangle over the edge from corner k to corner k + 1, -1 at a border."""

    corners: I4
    across: I4
    places: int


def topology(mesh: Mesh) -> Topology:
    """Return a mesh's topology, vertices at one place (within a hundred-thousandth of the mesh) taken as one."""
    grain = max(float(np.ptp(mesh.vertices, axis=0).max(initial=0.0)), 1e-30) * 1e-5
    _, place = np.unique(np.round(mesh.vertices.astype(np.float64) / grain), axis=0, return_inverse=True)
    corners = np.ascontiguousarray(place.reshape(-1)[mesh.triangles], np.int32)
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


@dataclass(frozen=True, eq=False)
class Unfolded:
    """Triangles (K,) of a mesh and the affine map of each: ``s, t = rows @ (point - centre, 1)``, ``rows`` (K, 2, 4).

    ``stretch`` (K,) is the largest relative error of a length within each, 0 where it unrolls exactly.
    """

    triangles: I4
    rows: F8
    stretch: F8


def unfold(
    topo: Topology,
    points: F8,
    seed: int,
    centre: F8,
    axis: F8,
    radius: float,
) -> Unfolded:
    """Return the surface within about ``radius`` of ``centre`` on triangle ``seed``, ``s`` running along ``axis``.

    ``points`` (T, 3, 3) are the corners of all triangles in world space; lengths are kept in their unit.
    """
    triangles, flat = unfolded(
        np.ascontiguousarray(points),
        topo.corners,
        topo.across,
        places=topo.places,
        seed=seed,
        centre=centre,
        axis=axis,
        radius=radius,
    )
    p = points[triangles]
    e1, e2 = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    n = np.cross(e1, e2)
    square = _dot(n, n)
    good = square > 1e-36
    # the gradient g of s lies in the plane and has g . e = its difference along each edge
    across = np.stack([np.cross(e2, n), np.cross(n, e1)], 1) / np.where(good, square, 1.0)[:, None, None]
    difference = np.stack([flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]], 2)  # (K, s and t, edge)
    gradient = portable.product(difference, across)
    offset = flat[:, 0] - portable.product(gradient, (p[:, 0] - centre)[..., None])[..., 0]
    rows = np.concatenate([gradient, offset[:, :, None]], axis=2)
    tame = _all(np.isfinite(rows)) & _all(np.abs(gradient) < _WILD)
    gradient = np.where(tame[:, None, None], gradient, 0.0)
    # the squares of its singular values are the roots of a quadratic
    s, t = gradient[:, 0], gradient[:, 1]
    a, b = _dot(s, s), _dot(t, t)
    half = np.sqrt(np.maximum((a - b) ** 2 / 4 + _dot(s, t) ** 2, 0.0))
    least, most = (np.sqrt(np.maximum(root, 0.0)) for root in ((a + b) / 2 - half, (a + b) / 2 + half))
    stretch = np.maximum(np.abs(least - 1.0), np.abs(most - 1.0))
    # a degenerate or torn triangle carries nothing: its rows point outside of every patch
    torn = ~good | ~tame | (stretch > _TORN)
    rows[torn] = 0.0
    rows[torn, :, 3] = _OUTSIDE
    return Unfolded(triangles, rows, stretch)


def _dot(a: F8, b: F8) -> F8:
    """Return the products (K,) of vectors (K, 3): a sum along so short an axis takes NumPy several times as long."""
    return a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1] + a[:, 2] * b[:, 2]


def _all(holds: Mask) -> Mask:
    """Return where all of (K, ...) hold, (K,)."""
    columns = np.ascontiguousarray(holds.reshape(len(holds), math.prod(holds.shape[1:])).T)
    return np.asarray(columns.all(axis=0))


_TORN = 1.5  # relative stretch beyond which a triangle is not a picture of the surface
_WILD = 1e50  # a slope whose fourth power is still a number
_OUTSIDE = 1e6  # metres
