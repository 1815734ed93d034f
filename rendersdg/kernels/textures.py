"""Mip levels of a texture."""

from __future__ import annotations

from ctypes import c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import F4
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel


def sixteen_bit(image: F4) -> NDArray[np.uint16]:
    """Return an image (H, W, C) of 0..1 as whole numbers 0..65535; what lies beyond is cut, NaN is 0.
    Raises BadArgument.
    """
    start = address("image", image, "f4", ("height", "width", "channels"))
    out = np.empty(image.shape, np.uint16)
    _sixteen_bit()(image.size, start, out.ctypes.data)
    return out


def halved(image: F4) -> F4:
    """Return an image (H, W, C) at half the size, each texel the mean of two by two; a side of 1 stays.

    Of an odd side the last row or column is lost.

    Raises:
        BadArgument: the image is of another dtype, shape or layout.
    """
    start = address("image", image, "f4", ("height", "width", "channels"))
    height, width, channels = image.shape
    out = np.empty((height >> (height > 1), width >> (width > 1), channels), np.float32)
    _halved()(height, width, channels, start, out.ctypes.data)
    return out


@cache
def _sixteen_bit() -> Any:
    return kernel("sixteen_bit", None, c_int64, c_void_p, c_void_p)


@cache
def _halved() -> Any:
    return kernel("halved", None, c_int64, c_int64, c_int64, c_void_p, c_void_p)
