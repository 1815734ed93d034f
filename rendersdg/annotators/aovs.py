"""Renderer outputs (AOVs): what surfaces are made of and the parts of the light, at pixel centres, whatever paints the
picture.

Colours and radiances are linear; the radiances are those whose sum ``HdrColor`` is. The fourth channel is 1 where
something is hit (255 in bytes).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rendersdg.annotators import Request
from rendersdg.frame import Surface

_MOST = 65504.0  # that float16 holds

Bytes = NDArray[np.uint8]
Halves = NDArray[np.float16]
Floats = NDArray[np.float32]


def _four(values: NDArray[np.float32], hit: NDArray[np.bool_]) -> Floats:
    """Return (H, W, 4): the values, one or three a pixel, and whether there is anything."""
    out = np.empty((*hit.shape, 4), np.float32)
    out[..., :3] = values if values.ndim == 3 else values[..., None]
    out[..., 3] = hit
    return out


def _halves(values: Floats) -> Halves:
    return np.clip(values, -_MOST, _MOST).astype(np.float16)


def _bytes(values: Floats) -> Bytes:
    return np.round(np.clip(values, 0.0, 1.0) * np.float32(255)).astype(np.uint8)


def _diffuse(surface: Surface) -> Floats:
    return surface.base_colour * (1 - surface.metallic[..., None])


def _specular(surface: Surface) -> Floats:
    metallic = surface.metallic[..., None]
    return surface.base_colour * metallic + surface.reflectance[..., None] * (1 - metallic)


def diffuse_albedo(request: Request) -> Bytes:
    """Colour of the diffuse reflection, (H, W, 4) uint8: base colour times one less metalness, linear 0 to 1 as 0 to
    255.
    """
    surface = request.view.surface
    return _bytes(_four(_diffuse(surface), surface.hit))


def diffuse_filter(request: Request) -> Halves:
    """Colour of the diffuse reflection, (H, W, 4) float16, linear 0 to 1."""
    surface = request.view.surface
    return _halves(_four(_diffuse(surface), surface.hit))


def specular_albedo(request: Request) -> Halves:
    """Colour of the mirror reflection at normal incidence, (H, W, 4) float16, linear 0 to 1."""
    surface = request.view.surface
    return _halves(_four(_specular(surface), surface.hit))


def roughness(request: Request) -> Bytes:
    """Roughness, (H, W, 4) uint8, 0 to 1 as 0 to 255 in three channels alike."""
    surface = request.view.surface
    return _bytes(_four(surface.roughness, surface.hit))


def smooth_normal(request: Request) -> Floats:
    """Interpolated unit normals without normal maps, world space, (H, W, 4) float32."""
    surface = request.view.surface
    return _four(surface.smooth_normal, surface.hit)


def bump_normal(request: Request) -> Floats:
    """Unit normals with normal maps and defects, world space, (H, W, 4) float32."""
    surface = request.view.surface
    return _four(surface.normal, surface.hit)


def ambient_occlusion(request: Request) -> Halves:
    """Share of the sky that is open, (H, W, 4) float16 in three channels alike, 1 where nothing is hit."""
    surface = request.view.surface
    return _halves(_four(np.where(surface.hit, surface.open_sky, np.float32(1)), surface.hit))


def linear_depth(request: Request) -> Floats:
    """Depth along the viewing axis, (H, W) float32 metres, +inf without a hit."""
    return request.view.labels.depth


def direct_diffuse(request: Request) -> Halves:
    """Light of the lamps that is reflected diffusely, (H, W, 4) float16 radiance."""
    surface = request.view.surface
    return _halves(_four(surface.direct_diffuse, surface.hit))


def direct_specular(request: Request) -> Halves:
    """Highlights of the lamps, (H, W, 4) float16 radiance."""
    surface = request.view.surface
    return _halves(_four(surface.direct_specular, surface.hit))


def indirect_diffuse(request: Request) -> Halves:
    """Light of the environment that is reflected diffusely, (H, W, 4) float16 radiance. Light bounces nowhere else in
    ``raster``.
    """
    surface = request.view.surface
    return _halves(_four(surface.indirect_diffuse, surface.hit))


def reflections(request: Request) -> Floats:
    """Mirror image of the environment, (H, W, 4) float32 radiance."""
    surface = request.view.surface
    return _four(surface.reflected, surface.hit)


def direct_illumination(request: Request) -> Halves:
    """Light of the lamps, diffuse and highlights, (H, W, 4) float16 radiance."""
    surface = request.view.surface
    return _halves(_four(surface.direct_diffuse + surface.direct_specular, surface.hit))


def half_reflections(request: Request) -> Halves:
    """Mirror image of the environment, (H, W, 4) float16 radiance."""
    return _halves(reflections(request))


def self_illumination(request: Request) -> Halves:
    """Light that the surface emits, (H, W, 4) float16 radiance."""
    surface = request.view.surface
    return _halves(_four(surface.emission, surface.hit))


def background(request: Request) -> Halves:
    """The environment where nothing is hit, (H, W, 4) float16 radiance, the fourth channel 1 there."""
    surface = request.view.surface
    return _halves(_four(surface.background, ~surface.hit))


def half_normal(request: Request) -> Halves:
    """Unit normals with normal maps and defects, world space, (H, W, 4) float16."""
    return _halves(bump_normal(request))


def world_position(request: Request) -> Halves:
    """World position in stage units, (H, W, 4) float16; ``pointcloud`` has more digits."""
    surface = request.view.surface
    return _halves(_four(surface.position / np.float32(request.view.snapshot.meters_per_unit), surface.hit))


def half_depth(request: Request) -> Halves:
    """Depth along the viewing axis in metres, (H, W, 4) float16 in three channels alike, the largest number without a
    hit.
    """
    surface = request.view.surface
    return _halves(_four(request.view.labels.depth, surface.hit))
