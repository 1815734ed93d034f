"""What corners and vertices carry as rows of whole numbers, and the volume that triangles enclose."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_float, c_int, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from rendersdg.arrays import F4, F8, I4, I8, Mask
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel


def varying_columns(values: F8) -> Mask:
    """Return which columns of values (N, K) hold more than one number, (K,); NaN is like no number.

    Raises BadArgument for another dtype, shape or layout.
    """
    start = address("values", values, "f8", ("N", "K"))
    varies = np.empty(values.shape[1], bool)
    _varying_columns()(*values.shape, start, varies.ctypes.data)
    return varies


def corner_rows(corners: I8, carried: Sequence[tuple[F8, I8]]) -> I4 | None:
    """Return what corners (N,) carry, (N, K): integers that are equal and ordered as its floats are.

    ``carried`` are values (C, W) of all corners, each with the columns (k,) that are wanted of it; K is how many these
    are together. None where one is NaN, which has no order.

    Raises:
        BadArgument: a corner or a column is not there; or another dtype, shape or layout.
    """
    start = address("corners", corners, "i8", ("N",))
    stride = sum(len(columns) for _, columns in carried)
    rows = np.empty((len(corners), stride), np.int32)
    done = 0
    for values, columns in carried:
        starts = address("values", values, "f8", ("C", "W")), address("columns", columns, "i8", ("k",))
        for name, numbers, end in (("corners", corners, len(values)), ("columns", columns, values.shape[1])):
            if len(numbers) and not 0 <= numbers.min() <= numbers.max() < end:
                raise BadArgument(f"{name} must lie in 0..{end - 1}")
        into = rows.ctypes.data + done * rows.itemsize
        if not _corner_rows()(len(corners), start, values.shape[1], starts[0], len(columns), starts[1], stride, into):
            return None
        done += len(columns)
    return rows


def grid_rows(vertices: F4, size: float) -> I4:
    """Return the places (V, 3) of finite vertices (V, 3) on a grid of 1e-5 of ``size``: equal where they are.

    Raises BadArgument for another dtype, shape or layout.
    """
    start = address("vertices", vertices, "f4", ("V", 3))
    rows = np.empty(vertices.shape, np.int32)
    _grid_rows()(len(vertices), start, size, rows.ctypes.data)
    return rows


def enclosed_volume(vertices: F4, place_of: I4, triangles: I4) -> float:
    """Return six times the volume that triangles (T, 3) of places enclose, below 0 where their backs look outwards.

    ``place_of`` (V,) names the place of each vertex (V, 3); a place lies where the last of its vertices does.

    Raises:
        BadArgument: a place is not there; or another dtype, shape or layout.
    """
    counts: dict[str, int] = {}
    points = address("vertices", vertices, "f4", ("V", 3), counts), address("place_of", place_of, "i4", ("V",), counts)
    start = address("triangles", triangles, "i4", ("T", 3))
    end = int(place_of.max(initial=-1)) + 1
    for name, numbers in (("place_of", place_of), ("triangles", triangles)):
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < end:
            raise BadArgument(f"{name} must lie in 0..{end - 1}")
    room, terms = np.zeros((end, 3)), np.empty(len(triangles))
    pointers = room.ctypes.data, terms.ctypes.data
    made = _volumes()(len(triangles), start, len(vertices), *points, *pointers)
    return float(terms[:made].sum())


@cache
def _varying_columns() -> Any:
    return kernel("varying_columns", None, c_int64, c_int64, *[c_void_p] * 2)


@cache
def _corner_rows() -> Any:
    return kernel("corner_rows", c_int, c_int64, c_void_p, c_int64, c_void_p, c_int64, c_void_p, c_int64, c_void_p)


@cache
def _grid_rows() -> Any:
    return kernel("grid_rows", None, c_int64, c_void_p, c_float, c_void_p)


@cache
def _volumes() -> Any:
    return kernel("volumes", c_int64, c_int64, c_void_p, c_int64, *[c_void_p] * 4)
