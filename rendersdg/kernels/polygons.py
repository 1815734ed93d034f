"""Polygons cut into triangles, the triangles' normals, and which of them have an area.

A corner is a place in the list of all faces' corners, face after face; ``points`` (P, 3) float64 are in the plane or in
space, and ``indices`` (C,) int64 names the point of each corner. Triangles (T, 3) name corners.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from rendersdg.arrays import F4, F8, I4, I8, Mask
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel


class Corners(ctypes.Structure):
    """``Corners`` of ``small.h``."""

    _fields_ = (("points", c_void_p), ("indices", c_void_p))


def cut_fans(points: F8, indices: I8, counts: I8) -> tuple[I8, I8, Mask]:
    """Return the triangles (T, 3) of fans about the first corner of each face of ``counts`` (F,) corners, the face of
    each triangle (T,), and which faces (F,) are convex, so that their fans lie within them.

    Raises:
        BadArgument: a corner's point is not there, the counts are not those of the corners; or another dtype, shape or
        layout.
    """
    corners = _corners(points, indices)
    start = address("counts", counts, "i8", ("F",))
    if len(counts) and (counts.min() < 0 or int(counts.sum()) != len(indices)):
        raise BadArgument(
            f"counts from {counts.min()} that sum to {counts.sum()} are not those of {len(indices)} corners"
        )
    made = int(np.maximum(counts - 2, 0).sum())
    triangles, faces, convex = np.empty((made, 3), np.int64), np.empty(made, np.int64), np.empty(len(counts), bool)
    _cut_fans()(corners, len(counts), start, *(out.ctypes.data for out in (triangles, faces, convex)))
    return triangles, faces, convex


def corner_normals(points: F8, indices: I8, triangles: I8, faces: I8 | None) -> F8:
    """Return unit normals at corners (C, 3) weighted by the areas of the triangles: one for each of the ``faces`` (T,)
    that these are of, or one for each point where that is None; zeros at corners of no triangle.

    Raises:
        BadArgument: a corner, its point or a face is not there; or another dtype, shape or layout.
    """
    corners = _corners(points, indices)
    counts: dict[str, int] = {}
    start = address("triangles", triangles, "i8", ("T", 3), counts)
    of = None if faces is None else address("faces", faces, "i8", ("T",), counts)
    _within("triangles", triangles, len(indices))
    count = len(points)
    if faces is not None:
        count = int(faces.max(initial=-1)) + 1
        _within("faces", faces, count)
    normals, totals, out = np.empty((len(triangles), 3)), np.zeros((count, 3)), np.zeros((len(indices), 3))
    room = normals.ctypes.data, count, totals.ctypes.data
    _corner_normals()(corners, len(triangles), start, of, *room, out.ctypes.data)
    return out


def have_area(triangles: I4, vertices: F4) -> Mask:
    """Return which triangles (T, 3) of vertices (V, 3) have an area, (T,).

    Raises:
        BadArgument: a vertex is not there; or another dtype, shape or layout.
    """
    starts = address("triangles", triangles, "i4", ("T", 3)), address("vertices", vertices, "f4", ("V", 3))
    _within("triangles", triangles, len(vertices))
    has = np.empty(len(triangles), bool)
    _have_area()(len(triangles), *starts, has.ctypes.data)
    return has


def _corners(points: F8, indices: I8) -> Corners:
    starts = address("points", points, "f8", ("P", 3)), address("indices", indices, "i8", ("C",))
    _within("indices", indices, len(points))
    return Corners(*starts)


def _within(name: str, numbers: I4 | I8, end: int) -> None:
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < end:
        raise BadArgument(f"{name} must lie in 0..{end - 1}, and reach from {numbers.min()} to {numbers.max()}")


@cache
def _cut_fans() -> Any:
    return kernel("cut_fans", None, POINTER(Corners), c_int64, *[c_void_p] * 4)


@cache
def _corner_normals() -> Any:
    takes = (POINTER(Corners), c_int64, *[c_void_p] * 3, c_int64, *[c_void_p] * 2)
    return kernel("corner_normals", None, *takes)


@cache
def _have_area() -> Any:
    return kernel("have_area", None, c_int64, *[c_void_p] * 3)
