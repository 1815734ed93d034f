"""Dome lights as the shader wants them: spherical harmonics, a prefiltered octahedral pyramid, and a background."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from rendersdg.colour import linear_from_srgb
from rendersdg.snapshot import Light, Snapshot

F4 = NDArray[np.float32]
_SIZES = (128, 32, 32, 16, 16, 8, 8)  # texels a side of the octahedral levels, from mirror to rough
_SAMPLE_WH = (128, 64)  # the map is reduced to this before it is integrated


@dataclass(frozen=True, eq=False)
class Environment:
    """``harmonics`` (9, 3) give diffuse radiance / albedo for a normal; ``pyramid`` (levels, texels, 3) octahedral maps.

    A level of ``sizes`` texels a side, a power of two, fills the first of its texels.

    ``background`` (H, W, 3) times ``tint`` (3,) is what the camera sees, latitude-longitude with the up axis at row 0.
    """

    harmonics: F4
    pyramid: F4
    sizes: NDArray[np.int64]
    background: F4
    tint: F4
    is_lit: bool


class EnvironmentCache:
    """Integrates each dome light once; intensity and colour only scale it."""

    def __init__(self) -> None:
        self._maps: dict[tuple[object, ...], tuple[F4, F4, F4]] = {}
        self._sums: dict[tuple[object, ...], Environment] = {}

    def environment(self, snapshot: Snapshot) -> Environment:
        """Return the sum of the snapshot's dome lights."""
        domes = [light for light in snapshot.lights if light.kind == "dome"]
        key = tuple((self._key(snapshot, d), d.radiance.tobytes()) for d in domes)
        if key not in self._sums:
            if len(self._sums) > 8:
                self._sums.clear()
            self._sums[key] = self._sum(snapshot, domes)
        return self._sums[key]

    def _key(self, snapshot: Snapshot, dome: Light) -> tuple[object, ...]:
        name = snapshot.textures[dome.texture].key if dome.texture >= 0 else ""
        return (name, np.round(dome.world_from_light[:3, :3], 6).tobytes(), snapshot.up_axis)

    def _sum(self, snapshot: Snapshot, domes: list[Light]) -> Environment:
        sizes = np.array(_SIZES, np.int64)
        harmonics = np.zeros((9, 3), np.float32)
        pyramid = np.zeros((len(sizes), int(sizes.max()) ** 2, 3), np.float32)
        background, tint = np.zeros((1, 1, 3), np.float32), np.ones(3, np.float32)
        for dome in domes:
            key = self._key(snapshot, dome)
            if key not in self._maps:
                if len(self._maps) > 16:
                    self._maps.clear()
                self._maps[key] = _integrate(_world_map(snapshot, dome))
            h, p, image = self._maps[key]
            scale = dome.radiance.astype(np.float32)
            harmonics = harmonics + h * scale
            pyramid = pyramid + p * scale
            if len(domes) == 1:  # a large image is not multiplied for every new intensity
                background, tint = image, scale
                continue
            if background.shape[0] > 1 and image.shape != background.shape:
                background = cv2.resize(background, image.shape[1::-1])
            background = background + image * scale
        return Environment(harmonics, pyramid, sizes, np.ascontiguousarray(background), tint, bool(domes))


def _world_map(snapshot: Snapshot, dome: Light) -> F4:
    """Return the dome's radiance factor by world direction, (H, W, 3) latitude-longitude with up at row 0."""
    if dome.texture < 0:
        return np.ones((64, 128, 3), np.float32)
    texture = snapshot.textures[dome.texture]
    pixels = texture.pixels
    image = (
        linear_from_srgb(pixels[..., :3] / np.float32(255))
        if pixels.dtype == np.uint8
        else np.asarray(pixels[..., :3], np.float32)
    )
    height, width = image.shape[:2]
    if height > 1024:
        image = cv2.resize(image, (2048, 1024), interpolation=cv2.INTER_AREA)
        height, width = image.shape[:2]
    direction = _directions(width, height)
    rotation = dome.world_from_light[:3, :3]
    if snapshot.up_axis == "Y":
        rotation = (
            np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]]) @ rotation @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
        )
    if np.allclose(rotation, np.eye(3), atol=1e-6):
        return np.ascontiguousarray(image)
    local = direction @ rotation
    u = (np.arctan2(local[..., 1], local[..., 0]) / (2 * np.pi) + 0.5) * width - 0.5
    v = np.arccos(np.clip(local[..., 2], -1, 1)) / np.pi * height - 0.5
    return cv2.remap(
        image, (u % width).astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    )


def _directions(width: int, height: int) -> F4:
    theta = (np.arange(height) + 0.5) / height * np.pi
    phi = ((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi
    s = np.sin(theta)[:, None]
    return np.stack(
        [s * np.cos(phi), s * np.sin(phi), np.broadcast_to(np.cos(theta)[:, None], (height, width))], -1
    ).astype(np.float32)


def _integrate(image: F4) -> tuple[F4, F4, F4]:
    width, height = _SAMPLE_WH
    small = cv2.resize(image, _SAMPLE_WH, interpolation=cv2.INTER_AREA if image.shape[0] > height else cv2.INTER_LINEAR)
    d = _directions(width, height).reshape(-1, 3).astype(np.float64)
    theta = (np.arange(height) + 0.5) / height * np.pi
    solid = np.repeat(np.sin(theta) * (np.pi / height) * (2 * np.pi / width), width)
    colour = small.reshape(-1, 3).astype(np.float64)
    x, y, z = d.T
    basis = np.stack([np.ones_like(x), y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y])
    norm = np.array([0.282095, 0.488603, 0.488603, 0.488603, 1.092548, 1.092548, 0.315392, 1.092548, 0.546274])
    band = np.array([1.0, 2 / 3, 2 / 3, 2 / 3, 0.25, 0.25, 0.25, 0.25, 0.25])  # cosine lobe, divided by pi
    coefficients = (basis * norm[:, None] * solid) @ colour
    harmonics = coefficients * (band * norm)[:, None]
    levels = np.zeros((len(_SIZES), max(_SIZES) ** 2, 3), np.float32)
    for number, size in enumerate(_SIZES):
        directions = _octahedral_directions(size)
        rough = number / (len(_SIZES) - 1)
        if number == 0:
            sharp = cv2.resize(image, (512, 256), interpolation=cv2.INTER_AREA) if image.shape[0] > 256 else image
            u = ((np.arctan2(directions[:, 1], directions[:, 0]) / (2 * np.pi) + 0.5) * sharp.shape[1] - 0.5).astype(
                np.float32
            )
            v = (np.arccos(np.clip(directions[:, 2], -1, 1)) / np.pi * sharp.shape[0] - 0.5).astype(np.float32)
            level = cv2.remap(sharp, u[:, None], v[:, None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
        else:
            alpha = max(rough * rough, 0.02)
            cosine = np.clip(directions @ d.T, 0, 1)
            half2 = (1 + cosine) / 2  # cos^2 of the half angle
            weight = cosine / (half2 * (alpha**2 - 1) + 1) ** 2 * solid
            level = weight @ colour / np.maximum(weight.sum(1, keepdims=True), 1e-12)
        levels[number, : size * size] = level
    return harmonics.astype(np.float32), levels, image


def _octahedral_directions(size: int) -> NDArray[np.float64]:
    at = (np.arange(size) + 0.5) / size * 2 - 1
    u, v = np.meshgrid(at, at)
    z = 1 - np.abs(u) - np.abs(v)
    x = np.where(z < 0, (1 - np.abs(v)) * np.where(u >= 0, 1, -1), u)
    y = np.where(z < 0, (1 - np.abs(u)) * np.where(v >= 0, 1, -1), v)
    d = np.stack([x, y, z], -1).reshape(-1, 3)
    return d / np.linalg.norm(d, axis=1, keepdims=True)
