"""Which rows of a table are equal, and in which order they come."""

from __future__ import annotations

from ctypes import c_int, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from rendersdg.arrays import I4
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel

_MOST_ROWS = 2**29  # there are up to four times as many places in the table


def numbered_rows(rows: I4) -> tuple[I4, I4]:
    """Return the first of each distinct row of (N, K), as they are met, and for each row which of them it is, (N,).

    Raises:
        BadArgument: there are more than 2^29 rows; or another dtype, shape or layout.
    """
    start = address("rows", rows, "i4", ("N", "K"))
    count, width = rows.shape
    if count > _MOST_ROWS:
        raise BadArgument(f"{count} rows are more than {_MOST_ROWS}")
    size = 1 << (2 * count).bit_length()
    table, first, which = np.empty(size, np.int32), np.empty(count, np.int32), np.empty(count, np.int32)
    pointers = (array.ctypes.data for array in (table, first, which))
    return first[: _number_rows()(count, width, start, size, *pointers)].copy(), which


def row_order(rows: I4, numbers: I4) -> I4:
    """Return the order (M,) of those rows of (N, K) that ``numbers`` (M,) names, from the first column on.

    Equal rows stay as they are.

    Raises:
        BadArgument: a number is none of a row; or another dtype, shape or layout.
    """
    start = address("rows", rows, "i4", ("N", "K"))
    named = address("numbers", numbers, "i4", ("M",))
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(rows):
        raise BadArgument(f"numbers must lie in 0..{len(rows) - 1}")
    scratch = np.empty((2, len(numbers)), np.int32)
    return scratch[_order_rows()(len(numbers), rows.shape[1], start, named, scratch.ctypes.data)].copy()


def numbered_in_groups(rows: I4, group: I4, group_count: int) -> tuple[I4, I4]:
    """Return the first of each distinct row of (N, K) and its ``group`` (N,), by group and then from the first column
    on, and for each row which of them it is, (N,).

    Raises:
        BadArgument: a group is none of 0..group_count - 1, there are more than 2^29 rows; or another dtype, shape or
        layout.
    """
    start = address("rows", rows, "i4", ("N", "K"))
    counts = {"N": len(rows)}
    of = address("group", group, "i4", ("N",), counts)
    count, width = rows.shape
    if count > _MOST_ROWS or not 0 <= group_count <= _MOST_ROWS:
        raise BadArgument(f"{count} rows of {group_count} groups are not 0 to {_MOST_ROWS}")
    starts, room, found = (
        np.empty(group_count + 1, np.int64),
        np.empty(3 * count, np.int32),
        np.empty(2 * count, np.int32),
    )
    pointers = (array.ctypes.data for array in (starts, room, found))
    met = _number_grouped_rows()(count, width, start, of, group_count, *pointers)
    if met < 0:
        raise BadArgument(f"groups must lie in 0..{group_count - 1}")
    return found[:met].copy(), found[count:]


@cache
def _number_rows() -> Any:
    return kernel("number_rows", c_int64, c_int64, c_int64, c_void_p, c_int64, *[c_void_p] * 3)


@cache
def _order_rows() -> Any:
    return kernel("order_rows", c_int, c_int64, c_int64, *[c_void_p] * 3)


@cache
def _number_grouped_rows() -> Any:
    return kernel("number_grouped_rows", c_int64, c_int64, c_int64, c_void_p, c_void_p, c_int64, *[c_void_p] * 3)
