"""Which triangles of a mesh hang together."""

from __future__ import annotations

from ctypes import c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from rendersdg.arrays import I4
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel

_MOST_VERTICES = 2**31  # as many as a triangle can name


def components(triangles: I4, vertex_count: int) -> I4:
    """Return a label (T,) for each of the triangles (T, 3): equal for those that share vertices,
    directly or through others.

    They are pieces of surface without a hard edge between them. The label is the piece's least vertex.

    Raises:
        BadArgument: a triangle has a corner outside of 0..vertex_count - 1; or another dtype, shape or layout.
    """
    start = address("triangles", triangles, "i4", ("T", 3))
    if not 0 <= vertex_count <= _MOST_VERTICES:
        raise BadArgument(f"vertex_count is {vertex_count} instead of 0 to {_MOST_VERTICES}")
    parent = np.arange(vertex_count, dtype=np.int32)
    labels = np.empty(len(triangles), np.int32)
    done = _components()(len(triangles), vertex_count, start, parent.ctypes.data, labels.ctypes.data)
    if done < len(triangles):
        raise BadArgument(
            f"triangle {done} has the corners {triangles[done].tolist()}, which are not all of the {vertex_count} "
            "vertices"
        )
    return labels


@cache
def _components() -> Any:
    return kernel("components", c_int64, c_int64, c_int64, c_void_p, c_void_p, c_void_p)
