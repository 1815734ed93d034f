"""Renderer outputs (AOVs): what surfaces are made of and the parts of the light, at pixel centres,
whatever paints the picture.

Colours and radiances are linear; the radiances are those whose sum ``HdrColor`` is. The fourth channel is 1 where
something is hit (255 in bytes).
"""

from __future__ import annotations

import numpy as np

from rendersdg.annotators import Request
from rendersdg.arrays import F2, F4, U1, Mask
from rendersdg.frame import SurfaceBuffers

_MOST = 65504.0  # that float16 holds


def _four(values: F4, hit: Mask) -> F4:
    """Return (H, W, 4): the values, one or three a pixel, and whether there is anything."""
    out = np.empty((*hit.shape, 4), np.float32)
    out[..., :3] = values if values.ndim == 3 else values[..., None]
    out[..., 3] = hit
    return out


def _halves(values: F4) -> F2:
    return np.clip(values, -_MOST, _MOST).astype(np.float16)


def _bytes(values: F4) -> U1:
    return np.round(np.clip(values, 0.0, 1.0) * np.float32(255)).astype(np.uint8)


def _diffuse(surface: SurfaceBuffers) -> F4:
    return surface.base_colour * (1 - surface.metallic[..., None])


def _specular(surface: SurfaceBuffers) -> F4:
    metallic = surface.metallic[..., None]
    return surface.base_colour * metallic + surface.reflectance[..., None] * (1 - metallic)


def diffuse_albedo(request: Request) -> U1:
    """Colour of the diffuse reflection, (H, W, 4) uint8: base colour times one less metalness,
    linear 0 to 1 as 0 to 255.
    """
    surface = request.view.surface
    return _bytes(_four(_diffuse(surface), surface.hit))


def diffuse_filter(request: Request) -> F2:
    """Colour of the diffuse reflection, (H, W, 4) float16, linear 0 to 1."""
    surface = request.view.surface
    return _halves(_four(_diffuse(surface), surface.hit))


def specular_albedo(request: Request) -> F2:
    """Colour of the mirror reflection at normal incidence, (H, W, 4) float16, linear 0 to 1."""
    surface = request.view.surface
    return _halves(_four(_specular(surface), surface.hit))


def roughness(request: Request) -> U1:
    """Roughness, (H, W, 4) uint8, 0 to 1 as 0 to 255 in three channels alike."""
    surface = request.view.surface
    return _bytes(_four(surface.roughness, surface.hit))


def smooth_normal(request: Request) -> F4:
    """Interpolated unit normals without normal maps, world space, (H, W, 4) float32."""
    surface = request.view.surface
    return _four(surface.smooth_normal, surface.hit)


def bump_normal(request: Request) -> F4:
    """Unit normals with normal maps and defects, world space, (H, W, 4) float32."""
    surface = request.view.surface
    return _four(surface.normal, surface.hit)


def ambient_occlusion(request: Request) -> F2:
    """Share of the sky that is open, (H, W, 4) float16 in three channels alike, 1 where nothing is hit."""
    surface = request.view.surface
    return _halves(_four(np.where(surface.hit, surface.open_sky, np.float32(1)), surface.hit))


def linear_depth(request: Request) -> F4:
    """Depth along the viewing axis, (H, W) float32 metres, +inf without a hit."""
    return request.view.labels.depth


def direct_diffuse(request: Request) -> F2:
    """Light of the lamps that is reflected diffusely, (H, W, 4) float16 radiance."""
    surface = request.view.surface
    return _halves(_four(surface.direct_diffuse, surface.hit))


def direct_specular(request: Request) -> F2:
    """Highlights of the lamps, (H, W, 4) float16 radiance."""
    surface = request.view.surface
    return _halves(_four(surface.direct_specular, surface.hit))


def indirect_diffuse(request: Request) -> F2:
    """Light of the environment that is reflected diffusely, (H, W, 4) float16 radiance.
    Light bounces nowhere else in ``raster``.
    """
    surface = request.view.surface
    return _halves(_four(surface.indirect_diffuse, surface.hit))


def reflections(request: Request) -> F4:
    """Mirror image of the environment, (H, W, 4) float32 radiance."""
    surface = request.view.surface
    return _four(surface.reflected, surface.hit)


def direct_illumination(request: Request) -> F2:
    """Light of the lamps, diffuse and highlights, (H, W, 4) float16 radiance."""
    surface = request.view.surface
    return _halves(_four(surface.direct_diffuse + surface.direct_specular, surface.hit))


def half_reflections(request: Request) -> F2:
    """Mirror image of the environment, (H, W, 4) float16 radiance."""
    return _halves(reflections(request))


def self_illumination(request: Request) -> F2:
    """Light that the surface emits, (H, W, 4) float16 radiance."""
    surface = request.view.surface
    return _halves(_four(surface.emission, surface.hit))


def background(request: Request) -> F2:
    """The environment where nothing is hit, (H, W, 4) float16 radiance, the fourth channel 1 there."""
    surface = request.view.surface
    return _halves(_four(surface.background, ~surface.hit))


def half_normal(request: Request) -> F2:
    """Unit normals with normal maps and defects, world space, (H, W, 4) float16."""
    return _halves(bump_normal(request))


def world_position(request: Request) -> F2:
    """World position in stage units, (H, W, 4) float16; ``pointcloud`` has more digits."""
    surface = request.view.surface
    return _halves(_four(surface.position / np.float32(request.view.snapshot.meters_per_unit), surface.hit))


def half_depth(request: Request) -> F2:
    """Depth along the viewing axis in metres, (H, W, 4) float16 in three channels alike,
    the largest number without a hit.
    """
    surface = request.view.surface
    return _halves(_four(request.view.labels.depth, surface.hit))
