"""Sine, cosine and arctangent to the same bits on every machine, which NumPy's are not."""

from __future__ import annotations

from ctypes import c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import library

F4 = NDArray[np.float32]
F8 = NDArray[np.float64]


def sines_cosines(angles: F8) -> tuple[F8, F8]:
    """Return the sines and the cosines (N,) of angles (N,) in radians, within 0.6 ulp; NaN beyond a million radians.

    Raises:
        BadArgument: the angles are of another dtype, shape or layout.
    """
    start = address("angles", angles, "f8", ("N",))
    sines, cosines = np.empty_like(angles), np.empty_like(angles)
    _kernel("elementary", 3)(len(angles), start, sines.ctypes.data, cosines.ctypes.data)
    return sines, cosines


def arctangents(y: F4, x: F4) -> F4:
    """Return the angles (N,) of (x, y) in radians, within 3e-7; 0 for (0, 0). The sign of a zero does not count.

    Raises:
        BadArgument: an array of another dtype, shape or layout.
    """
    counts: dict[str, int] = {}
    starts = address("y", y, "f4", ("N",), counts), address("x", x, "f4", ("N",), counts)
    angles = np.empty_like(y)
    _kernel("arctangents", 3)(len(y), *starts, angles.ctypes.data)
    return angles


@cache
def _kernel(name: str, arrays: int) -> Any:
    function = getattr(library(), f"rendersdg_{name}")
    function.argtypes, function.restype = (c_int64, *[c_void_p] * arrays), None
    return function
