"""Vertices and triangles out of the bitstreams of EXT_meshopt_compression."""

from __future__ import annotations

from ctypes import c_int, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from rendersdg.arrays import U1, U4
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel

_MOST = 1 << 31  # vertices or indices: more is damage


def meshopt_vertices(data: U1, count: int, stride: int) -> U1:
    """Return ``count`` vertices of ``stride`` bytes each, (N, stride), from the bytes of a stream.

    Raises:
        BadArgument: the stream is damaged or of another version; a stride that it cannot have.
    """
    start = address("data", data, "u1", ("S",))
    if not 0 <= count < _MOST or not 4 <= stride <= 256 or stride % 4:
        raise BadArgument(f"{count} vertices of {stride} bytes instead of 4 to 256 by fours")
    _checked_size(count * stride, len(data) * 512)
    out = np.zeros((count, stride), np.uint8)
    _checked(_vertices()(len(data), start, count, stride, out.ctypes.data), data)
    return out


def meshopt_triangles(data: U1, count: int) -> U4:
    """Return ``count`` triangles (T, 3) from the bytes of a stream. Raises BadArgument where it is damaged."""
    start = address("data", data, "u1", ("S",))
    _checked_size(count, len(data))
    out = np.zeros((count, 3), np.uint32)
    _checked(_triangles()(len(data), start, count, out.ctypes.data), data)
    return out


def meshopt_indices(data: U1, count: int) -> U4:
    """Return ``count`` indices (N,) from the bytes of a stream. Raises BadArgument where it is damaged."""
    start = address("data", data, "u1", ("S",))
    _checked_size(count, len(data))
    out = np.zeros(count, np.uint32)
    _checked(_indices()(len(data), start, count, out.ctypes.data), data)
    return out


def _checked_size(count: int, most: int) -> None:
    """Raise BadArgument where a stream cannot hold as much as it should, before there is room made for it."""
    if not 0 <= count <= most:
        raise BadArgument(f"the stream cannot hold {count} values")


def _checked(is_right: int, data: U1) -> None:
    if not is_right:
        version = f"0x{data[0]:02x}" if len(data) else "missing"
        raise BadArgument(f"the stream is damaged, or of a version that is not read (its first byte is {version})")


@cache
def _vertices() -> Any:
    return kernel("meshopt_vertices", c_int, c_int64, c_void_p, c_int64, c_int64, c_void_p)


@cache
def _triangles() -> Any:
    return kernel("meshopt_triangles", c_int, c_int64, c_void_p, c_int64, c_void_p)


@cache
def _indices() -> Any:
    return kernel("meshopt_indices", c_int, c_int64, c_void_p, c_int64, c_void_p)
