"""Bytes out of blocks of LZ4."""

from __future__ import annotations

from ctypes import c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from rendersdg.arrays import U1
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel

_MOST = 255  # bytes that a byte of a block stands for, at most: a byte of a length


def lz4_block(data: U1, most: int) -> U1:
    """Return the bytes (N,) of a block of LZ4, ``most`` of them or fewer.

    Raises BadArgument where the block is damaged or holds more. Room is made for what it can hold alone.
    """
    start = address("data", data, "u1", ("S",))
    out = np.empty(max(min(most, len(data) * _MOST), 0), np.uint8)
    count = _block()(len(data), start, len(out), out.ctypes.data)
    if count < 0:
        raise BadArgument(f"a compressed block of {len(data)} bytes is damaged, or holds more than {most} bytes")
    return out[:count]


@cache
def _block() -> Any:
    return kernel("lz4_block", c_int64, c_int64, c_void_p, c_int64, c_void_p)
