"""Images laid out anew: what a sampler with another wrap mode or transform would read, as an image that repeats."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F8, I8, U1

Wrap = Literal["repeat", "mirror", "clamp"]
_LARGEST = 4096  # pixels a side


def unrolled(
    pixels: U1, low: NDArray[np.int_], count: NDArray[np.int_], wrap: tuple[Wrap, Wrap], own_from_uv: F8
) -> U1:
    """Return the image that covers texture coordinates ``low`` to ``low + count``, v down, as (H, W, 4).

    ``own_from_uv`` (3, 2) leads from there, as ``(u, v, 1) @ own_from_uv``, to the coordinates that ``pixels`` lie by.
    """
    height, width = pixels.shape[:2]
    # as many texels as the finest axis asks for, so that nothing is lost where the image is made smaller
    detail = np.maximum(np.abs(own_from_uv[:2] * [width, height]).max(1), 1.0)
    size = np.clip(np.ceil(detail * count - 1e-6).astype(int), 1, _LARGEST)
    u = low[0] + (np.arange(size[0]) + 0.5) / size[0] * count[0]
    v = low[1] + (np.arange(size[1]) + 0.5) / size[1] * count[1]
    own = portable.product(np.stack(np.broadcast_arrays(u[None, :], v[:, None]), -1), own_from_uv[:2]) + own_from_uv[2]
    return pixels[_texels(own[..., 1], wrap[1], height), _texels(own[..., 0], wrap[0], width)]


def _texels(coordinates: F8, wrap: Wrap, side: int) -> I8:
    """Return the texel of 0..side - 1 in which each coordinate lies."""
    if wrap == "mirror":
        turn = coordinates - 2 * np.floor(coordinates / 2)
        within = np.minimum(turn, 2 - turn)
    elif wrap == "clamp":
        within = np.clip(coordinates, 0, 1)
    else:
        within = coordinates - np.floor(coordinates)
    return np.minimum((within * side).astype(np.int64), side - 1)
