"""Texture pixels: as linear light, and the normals of a relief."""

from __future__ import annotations

import numpy as np

from rendersdg.arrays import F4
from rendersdg.colour import linear_from_eight_bit
from rendersdg.snapshot import Texture


def linear_image(texture: Texture) -> F4:
    """Return a texture's pixels as linear RGBA (H, W, 4), 0..1."""
    image = linear_pixels(texture)
    return image if texture.pixels.dtype == np.uint8 else np.clip(image, 0.0, 1.0, out=image)


def linear_pixels(texture: Texture) -> F4:
    """Return a texture's pixels as linear RGBA (H, W, 4), beyond 0..1 too where they are floats."""
    pixels = texture.pixels
    out = np.empty((*pixels.shape[:2], 4), np.float32)
    if pixels.dtype == np.uint8:
        values = np.arange(256, dtype=np.float32) / 255.0
        out[..., :3] = (
            linear_from_eight_bit(np.asarray(pixels[..., :3], np.uint8)) if texture.is_srgb else values[pixels[..., :3]]
        )
        out[..., 3] = values[pixels[..., 3]]
    else:
        out[..., 3] = 1.0
        out[..., : pixels.shape[2]] = pixels
    return out


def normal_texels(slopes: F4) -> F4:
    """Return the tangent-space normal map (H, W, 3), 0..1, of slopes (H, W, 2), right and up."""
    right, up = np.asarray(slopes[..., 0], np.float32), np.asarray(slopes[..., 1], np.float32)
    half = np.float32(0.5) / np.sqrt(right * right + up * up + np.float32(1))
    out = np.empty((*slopes.shape[:2], 3), np.float32)
    out[..., 0], out[..., 1], out[..., 2] = 0.5 - right * half, 0.5 - up * half, 0.5 + half
    return out
