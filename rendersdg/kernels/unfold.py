"""A neighbourhood of a point on a mesh, unrolled into a plane."""

from __future__ import annotations

from ctypes import POINTER, byref, c_double, c_int64
from functools import cache
from typing import Any, ClassVar

import numpy as np

from rendersdg.arrays import F8, I4
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import INT, Array, Field, Number, Structure
from rendersdg.kernels.library import kernel


class Unrolling(Structure):
    """A mesh's triangles, where unrolling starts and ends, and room for what is found; small.h tells more."""

    fields: ClassVar[dict[str, Field]] = {
        "points": Array("f8", ("triangle_count", 3, 3)),
        "corners": Array("i4", ("triangle_count", 3)),
        "across": Array("i4", ("triangle_count", 3)),
        "found": Array("i4", ("triangle_count",), written=True),
        "flat": Array("f8", ("triangle_count", 3, 2), written=True),
        "triangle_count": INT,
        "place_count": INT,
        "seed": INT,
        "centre": Number(c_double, 3),
        "axis": Number(c_double, 3),
        "radius": Number(c_double),
    }


def unfolded(
    points: F8,
    corners: I4,
    across: I4,
    *,
    places: int,
    seed: int,
    centre: F8,
    axis: F8,
    radius: float,
) -> tuple[I4, F8]:
    """Return the triangles (K,) that lie within ``radius`` of ``centre``, and their corners in the plane (K, 3, 2).

    ``points`` (T, 3, 3) are the corners of all triangles, ``corners`` (T, 3) the places, 0 to ``places`` - 1, that they
    name, ``across`` (T, 3) the triangle over the edge from corner k to corner k + 1, -1 at a border. ``centre`` (3,) is
    the plane's origin, on the triangle ``seed``, and ``axis`` (3,) the direction of its first axis.
    Lengths are in one unit, any.

    Raises:
        BadArgument: a seed, corner or neighbour that is not there; an array of another dtype, shape or layout.
    """
    found = np.empty(len(points), np.int32)
    flat = np.empty((len(points), 3, 2))
    unrolling = Unrolling(
        points=points,
        corners=corners,
        across=across,
        found=found,
        flat=flat,
        place_count=places,
        seed=seed,
        centre=centre,
        axis=axis,
        radius=radius,
    )
    if places < 0 or not 0 <= seed < len(points):
        raise BadArgument(
            f"triangle {seed} of {len(points)} and {places} places: the seed must be one of the triangles"
        )
    count = _unfold()(byref(unrolling))
    if count == _NO_MEMORY:
        raise MemoryError(f"no memory to unroll {len(points)} triangles")
    if count < 0:
        raise BadArgument(f"corners or across names what is not one of {places} places or {len(points)} triangles")
    return found[:count].copy(), flat[:count].copy()


_NO_MEMORY = -1


@cache
def _unfold() -> Any:
    return kernel("unfold", c_int64, POINTER(Unrolling))
