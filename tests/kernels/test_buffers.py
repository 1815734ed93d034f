"""Memory that is used again, once nobody has it."""

from __future__ import annotations

import numpy as np

from rendersdg.kernels.buffers import Buffers

LARGE = (1 << 17,)  # float32: half a megabyte


def test_memory_is_used_again_when_nobody_has_it() -> None:
    buffers = Buffers()
    first = buffers.full(LARGE, 3.0, np.float32)
    place = first.ctypes.data
    view = first[5:]
    del first

    beside = buffers.empty(LARGE, np.float32)
    beside[:] = 7
    assert beside.ctypes.data != place and (view == 3).all()  # a view keeps it
    del view

    assert buffers.empty(LARGE, np.float32).ctypes.data == place


def test_memory_far_too_large_is_not_taken() -> None:
    buffers = Buffers()
    place = buffers.empty((4 * LARGE[0],), np.float32).ctypes.data

    assert buffers.empty(LARGE, np.float32).ctypes.data != place


def test_any_shape_and_type_is_what_numpy_gives() -> None:
    for shape, dtype in (((300, 400, 4), np.float16), (7, np.int64), ((0, 3), np.uint8), ((600, 600), bool)):
        array = Buffers().full(shape, 1, dtype)

        assert array.shape == np.empty(shape).shape and array.dtype == dtype and (array == 1).all()
