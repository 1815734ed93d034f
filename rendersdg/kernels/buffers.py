"""Arrays in memory that is used again: a frame's arrays are large, and fresh pages for each frame cost up to a seventh
of its time.

An array is used again once nobody else refers to it or to a view of it, which its reference count tells.
"""

from __future__ import annotations

import math
import sys
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rendersdg.arrays import U1

_SMALLEST = 1 << 18  # bytes: what is smaller the allocator keeps at hand itself
_MOST = 1 << 30  # bytes that are kept


def _references(blocks: list[U1], place: int) -> int:
    return sys.getrefcount(blocks[place])


_UNUSED = _references([np.empty(1, np.uint8)], 0)  # of a block that nobody has; Python's versions count differently


class Buffers:
    """Memory that arrays of one process share, one after the other."""

    def __init__(self) -> None:
        self._blocks: list[U1] = []
        self._lock = Lock()

    def empty(self, shape: int | tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array as ``np.empty`` does."""
        kind = np.dtype(dtype)
        lengths = (shape,) if isinstance(shape, int) else shape
        size = math.prod(lengths) * kind.itemsize
        if size < _SMALLEST:
            return np.empty(lengths, kind)
        return self._block(size)[:size].view(kind).reshape(lengths)

    def full(self, shape: int | tuple[int, ...], value: float, dtype: DTypeLike) -> NDArray[Any]:
        """Return an array as ``np.full`` does."""
        array = self.empty(shape, dtype)
        array.fill(value)
        return array

    def _block(self, size: int) -> U1:
        """Return a block of at least ``size`` bytes, and of no more than twice that."""
        with self._lock:
            for place in range(len(self._blocks)):
                if size <= len(self._blocks[place]) <= 2 * size and _references(self._blocks, place) == _UNUSED:
                    self._blocks.append(self._blocks.pop(place))  # what was not wanted for long stands first
                    return self._blocks[-1]
            block = np.empty(size, np.uint8)
            self._blocks.append(block)
            while sum(len(b) for b in self._blocks) > _MOST:
                self._blocks.pop(0)
            return block


_BUFFERS = Buffers()
empty, full = _BUFFERS.empty, _BUFFERS.full
