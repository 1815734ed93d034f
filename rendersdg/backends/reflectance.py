"""How much of a beam comes straight back from a surface: its material at the place that a ray hits.

A beam is light from where it is seen, so half-way vector, light and view are one. Of metallic-roughness surfaces there
comes back, with c the cosine between beam and normal, a the squared roughness:

    pi f c = (1 - metallic) base c  +  pi F D G / (4 c)

    F = 0.08 specular (1 - metallic) + base metallic      D = a^2 / (pi (c^2 (a^2 - 1) + 1)^2)
    G = c / (c + (1 - c) k) squared, k = (roughness + 1)^2 / 8

the sum of Lambert's and of the GGX microfacets' (Walter et al., "Microfacet models for refraction through rough
surfaces", 2007) with Schlick's shadowing (1994). It is 1 for a white surface head on. Base is the luminance of the base
colour, which stands in for what the surface does at the laser's wavelength.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8, I4, I8, Mask
from rendersdg.colour import LUMA
from rendersdg.kernels.tracing import Crossings
from rendersdg.snapshot import Material, Snapshot
from rendersdg.texels import linear_image

_LEAST_ROUGHNESS = 0.03  # a mirror would be a spike that no beam meets


@dataclass(frozen=True, eq=False)
class Places:
    """Where rays hit: ``instance`` (N,), the ``corners`` (N, 3) of the triangle in its mesh, their ``weights`` (N, 3)
    float64.
    """

    instance: I4
    corners: I4
    weights: F8


def places_of(snapshot: Snapshot, crossings: Crossings, chosen: I8) -> Places:
    """Return the places of those crossings that are ``chosen`` (N,), which all hit something."""
    instance, triangle = crossings.instance[chosen], crossings.triangle[chosen]
    u, v = (w[chosen].astype(np.float64) for w in (crossings.u, crossings.v))
    corners = np.zeros((len(instance), 3), np.int32)
    for number in np.unique(instance):
        of = instance == number
        corners[of] = snapshot.meshes[snapshot.instances[number].mesh].triangles[triangle[of]]
    return Places(instance, corners, np.stack([1 - u - v, u, v], -1))


def normals_at(snapshot: Snapshot, places: Places) -> F8:
    """Return the interpolated unit normals (N, 3), world space; (0, 0, 0) where a mesh has none."""
    found = np.zeros((len(places.instance), 3))
    for number in np.unique(places.instance):
        of = places.instance == number
        item = snapshot.instances[number]
        local = _between(snapshot.meshes[item.mesh].normals, places, of)
        found[of] = portable.product(local, portable.inverse(item.world_from_mesh[:3, :3]))
    length = portable.norm(found, axis=1, keepdims=True)
    return np.where(length > 1e-12, found / np.where(length > 1e-12, length, 1.0), 0.0)


def returned(snapshot: Snapshot, places: Places, cosine: F8) -> F4:
    """Return the share of light (N,) float32 that comes straight back, at cosines (N,) between beam and normal."""
    base, metallic, roughness, specular = (np.zeros(len(cosine)) for _ in range(4))
    for number in np.unique(places.instance):
        of = places.instance == number
        item = snapshot.instances[number]
        m = snapshot.materials[item.material]
        mesh = snapshot.meshes[item.mesh]
        is_textured = max(m.base_colour_texture, m.metallic_texture, m.roughness_texture) >= 0
        uv = _turned(_between(mesh.uvs, places, of), m) if is_textured else np.zeros((int(of.sum()), 2))
        colour = np.asarray(m.base_colour) * _texel(snapshot, m.base_colour_texture, uv, m)[:, :3]
        if m.use_vertex_colour:
            colour = colour * _between(mesh.colours, places, of)
        base[of] = portable.product(colour, np.asarray(LUMA, np.float64))
        metallic[of] = m.metallic * _texel(snapshot, m.metallic_texture, uv, m)[:, m.metallic_channel]
        roughness[of] = m.roughness * _texel(snapshot, m.roughness_texture, uv, m)[:, m.roughness_channel]
        specular[of] = 0.08 * m.specular
    return _scattered(np.clip(base, 0, 1), np.clip(metallic, 0, 1), np.clip(roughness, 0, 1), specular, cosine)


def _scattered(base: F8, metallic: F8, roughness: F8, specular: F8, cosine: F8) -> F4:
    c = np.clip(cosine, 1e-3, 1.0)
    rough = np.maximum(roughness, _LEAST_ROUGHNESS)
    square = rough**2 * rough**2
    k = (rough + 1) ** 2 / 8
    fresnel = specular * (1 - metallic) + base * metallic
    spread = square / (c**2 * (square - 1) + 1) ** 2
    shadowed = (c / (c + (1 - c) * k)) ** 2
    return np.asarray((1 - metallic) * base * c + fresnel * spread * shadowed / (4 * c), np.float32)


def _between(values: F4, places: Places, of: Mask) -> F8:
    """Return what vertices have, (V, C), at the places that are chosen, (N, C) float64."""
    corners, weights = places.corners[of], places.weights[of]
    found = values[corners[:, 0]] * weights[:, :1]
    found = found + values[corners[:, 1]] * weights[:, 1:2]
    return np.asarray(found + values[corners[:, 2]] * weights[:, 2:], np.float64)


def _turned(uv: F8, m: Material) -> F8:
    """Return texture coordinates under a material's scale, rotation and shift, in that order."""
    angle = float(np.radians(m.uv_rotate))
    c, s = portable.cos(angle), portable.sin(angle)
    u, v = uv[:, 0] * m.uv_scale[0], uv[:, 1] * m.uv_scale[1]
    return np.stack([u * c - v * s + m.uv_translate[0], u * s + v * c + m.uv_translate[1]], -1)


def _texel(snapshot: Snapshot, number: int, uv: F8, m: Material) -> F8:
    """Return the nearest texels (N, 4) of a texture, ones where there is none; of one that is projected its mean."""
    if number < 0:
        return np.ones((len(uv), 4))
    key = (linear_image, number)
    if key not in snapshot.kept:
        snapshot.kept[key] = linear_image(snapshot.textures[number])
    image = snapshot.kept[key]
    if m.project_uvw:
        return np.broadcast_to(image.reshape(-1, 4).mean(0, dtype=np.float64), (len(uv), 4))
    height, width = image.shape[:2]
    at = np.nan_to_num(uv, posinf=0.0, neginf=0.0)
    at = at - np.floor(at)
    x = np.minimum((at[:, 0] * width).astype(np.int64), width - 1)
    y = np.minimum(((1 - at[:, 1]) * height).astype(np.int64), height - 1)
    return np.asarray(image[y, x], np.float64)
