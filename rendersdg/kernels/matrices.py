"""Small matrices to the same bits on every machine, which those of NumPy's library for linear algebra are not."""

from __future__ import annotations

import ctypes
from ctypes import c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel

_MOST_SIDE = 16  # small.h


class Product(ctypes.Structure):
    """``Product`` of ``small.h``. Not a :class:`~rendersdg.kernels.arrays.Structure`: products are small and many."""

    _fields_ = (
        *((name, c_int64) for name in ("a", "b", "out", "count", "rows", "inner", "columns")),
        ("a_strides", c_int64 * 3),
        ("b_strides", c_int64 * 3),
    )


def multiplied(a: F8, b: F8) -> F8:
    """Return the products (N, R, C) of matrices (N, R, K) and (N, K, C); an N of 1 goes with any other.

    Terms are added from the first to the last. Strides are free.

    Raises:
        BadArgument: an array of another dtype or shape.
    """
    if a.dtype != np.float64 or b.dtype != np.float64 or a.ndim != 3 or b.ndim != 3:
        raise BadArgument(f"products are of (N, R, K) and (N, K, C) float64, not of {a.dtype}, {b.dtype}")
    count = max(len(a), len(b)) if len(a) and len(b) else 0
    if a.shape[2] != b.shape[1] or len(a) not in (1, count) or len(b) not in (1, count):
        raise BadArgument(f"matrices {a.shape} and {b.shape} have no product")
    rows, inner, columns = a.shape[1], a.shape[2], b.shape[2]
    out = np.empty((count, rows, columns))
    if not inner:
        out[:] = 0.0
    if not inner or not out.size:
        return out
    if any(step & 7 for step in (*a.strides, *b.strides)):
        a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
    (_, a_row, a_column), (_, b_row, b_column) = a.strides, b.strides
    _product()(
        Product(
            a.ctypes.data,
            b.ctypes.data,
            out.ctypes.data,
            count,
            rows,
            inner,
            columns,
            (a.strides[0] >> 3 if len(a) > 1 else 0, a_row >> 3, a_column >> 3),
            (b.strides[0] >> 3 if len(b) > 1 else 0, b_row >> 3, b_column >> 3),
        )
    )
    return out


def inverses(matrices: F8) -> tuple[F8, int]:
    """Return the inverses (N, S, S) of matrices, and the number of the first that has none, -1 where all have one.

    Raises:
        BadArgument: the matrices are of another dtype, shape or layout, or S exceeds 16.
    """
    start = _start(matrices)
    out = np.empty(matrices.shape)
    bad = _inverse()(len(matrices), matrices.shape[1], start, out.ctypes.data)
    return out, int(bad)


def determinants(matrices: F8) -> F8:
    """Return the determinants (N,) of matrices (N, S, S).

    Raises:
        BadArgument: the matrices are of another dtype, shape or layout, or S exceeds 16.
    """
    start = _start(matrices)
    out = np.empty(len(matrices))
    _determinant()(len(matrices), matrices.shape[1], start, out.ctypes.data)
    return out


def _start(matrices: F8) -> int:
    if matrices.ndim != 3 or matrices.shape[1] > _MOST_SIDE:
        raise BadArgument(f"matrices of shape {matrices.shape} instead of (N, S, S) with S of at most {_MOST_SIDE}")
    if matrices.dtype == np.float64 and matrices.shape[1] == matrices.shape[2] and matrices.flags.c_contiguous:
        return matrices.ctypes.data
    return address("matrices", matrices, "f8", ("N", "S", "S"))  # says what is wrong


def singular(matrix: F8) -> tuple[F8, F8, F8]:
    """Return u (R, C), sizes (C,) and v (C, C) with ``matrix == u * sizes @ v.T``; sizes fall, R is at least C.

    Columns of u and v are at right angles and of length 1, but those of u for a size of 0, which are 0.

    Raises:
        BadArgument: the matrix is of another dtype or shape.
    """
    if matrix.ndim != 2 or matrix.shape[0] < matrix.shape[1]:
        raise BadArgument(f"matrix has shape {matrix.shape} instead of (R, C) with R of at least C")
    u: F8 = np.array(matrix, np.float64, order="C")
    rows, columns = u.shape
    sizes, v = np.empty(columns), np.empty((columns, columns))
    _singular()(rows, columns, u.ctypes.data, sizes.ctypes.data, v.ctypes.data)
    order = np.argsort(-sizes, kind="stable")
    return u[:, order], sizes[order], v[:, order]


@cache
def _product() -> Any:
    return kernel("product", None, ctypes.POINTER(Product))


@cache
def _inverse() -> Any:
    return kernel("inverse", c_int64, c_int64, c_int64, c_void_p, c_void_p)


@cache
def _determinant() -> Any:
    return kernel("determinant", None, c_int64, c_int64, c_void_p, c_void_p)


@cache
def _singular() -> Any:
    return kernel("singular", None, c_int64, c_int64, c_void_p, c_void_p, c_void_p)
