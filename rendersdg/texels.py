"""Texture pixels: as linear light, and the normals of a relief."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rendersdg.colour import linear_from_srgb
from rendersdg.snapshot import Texture

F4 = NDArray[np.float32]


def linear_image(texture: Texture) -> F4:
    """Return a texture's pixels as linear RGBA (H, W, 4), 0..1."""
    pixels = texture.pixels
    if pixels.dtype == np.uint8:
        values = np.arange(256, dtype=np.float32) / 255.0
        table = linear_from_srgb(values) if texture.is_srgb else values
        image = table[pixels[..., :3]]
        alpha = values[pixels[..., 3:4]]
    else:
        image = np.clip(pixels[..., :3], 0.0, 1.0)
        alpha = np.ones((*pixels.shape[:2], 1), np.float32)
    return np.concatenate([image, alpha], axis=-1).astype(np.float32)


def normal_texels(slopes: F4) -> F4:
    """Return the tangent-space normal map (H, W, 3), 0..1, of slopes (H, W, 2), right and up."""
    up = np.dstack([-slopes, np.ones(slopes.shape[:2], np.float32)])
    up /= np.linalg.norm(up, axis=2, keepdims=True)
    return (up * 0.5 + 0.5).astype(np.float32)
