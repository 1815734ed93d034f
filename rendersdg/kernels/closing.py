"""Whether triangles close a surface."""

from __future__ import annotations

from ctypes import c_int, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from rendersdg.arrays import I4
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel

_MOST_VERTICES = 2**31  # as many as a triangle can name


def closes(triangles: I4, vertex_count: int) -> bool:
    """Return whether each edge of the triangles (T, 3) runs once one way and once the other.

    Triangles of fewer than three corners do not count. Where no other is there, nothing is closed.

    Raises:
        BadArgument: a triangle has a corner outside of 0..vertex_count - 1; or another dtype, shape or layout.
    """
    start = address("triangles", triangles, "i4", ("T", 3))
    if not 0 <= vertex_count <= _MOST_VERTICES:
        raise BadArgument(f"vertex_count is {vertex_count} instead of 0 to {_MOST_VERTICES}")
    starts, ends = np.empty(vertex_count + 1, np.int64), np.empty(3 * len(triangles), np.int32)
    closed = _is_closed()(len(triangles), vertex_count, start, starts.ctypes.data, ends.ctypes.data)
    if closed < 0:
        raise BadArgument(f"triangles have corners that are not all of the {vertex_count} vertices")
    return bool(closed)


@cache
def _is_closed() -> Any:
    return kernel("is_closed", c_int, c_int64, c_int64, c_void_p, c_void_p, c_void_p)
