"""Mip levels of a texture."""

import numpy as np
from numba import njit

from rendersdg.backends.kernels import OPTIONS

f4, u2 = np.float32, np.uint16


@njit(**OPTIONS)
def sixteen_bit(image):
    """Return an image (H, W, C) of 0..1 as whole numbers 0..65535; what lies beyond is cut."""
    height, width, channels = image.shape
    out = np.empty((height, width, channels), u2)
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                out[y, x, c] = u2(min(max(image[y, x, c], f4(0)), f4(1)) * f4(65535) + f4(0.5))
    return out


@njit(**OPTIONS)
def halved(image):
    """Return an image (H, W, C) of powers of two at half the size, each texel the mean of two by two; a side of 1 stays."""
    down = 1 if image.shape[0] > 1 else 0
    right = 1 if image.shape[1] > 1 else 0
    height, width, channels = image.shape[0] >> down, image.shape[1] >> right, image.shape[2]
    out = np.empty((height, width, channels), f4)
    for y in range(height):
        above = y << down
        below = above + down
        for x in range(width):
            a = x << right
            b = a + right
            for c in range(channels):
                left = (image[above, a, c] + image[below, a, c]) * f4(0.5)
                out[y, x, c] = (left + (image[above, b, c] + image[below, b, c]) * f4(0.5)) * f4(0.5)
    return out
