"""Dome lights as the shader wants them: spherical harmonics, a prefiltered octahedral pyramid, and a background."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8, I8
from rendersdg.backends.suns import Sun, reduced, without_suns
from rendersdg.colour import linear_from_eight_bit
from rendersdg.kernels.resampling import sampled, scaled
from rendersdg.kernels.structs import Environment as KernelEnvironment
from rendersdg.snapshot import Light, Snapshot

_SIZES = (128, 32, 32, 16, 16, 8, 8)  # texels a side of the octahedral levels, from mirror to rough
_SAMPLE_WH = (128, 64)  # the map is reduced to this before it is integrated
_ROWS = 8  # directions at a time: their weights stay in the cache, and numpy multiplies so little without its threads


# UsdLux's rule for latitude and longitude, by the stage's up: the middle of an image lies where +Z (Y up) or -Y (Z up)
# points, and its left, seen from within, on the left. In a map's own frame the first column is at -X, and columns run
# by way of -Y about +Z, so images are turned round as well.
_MAP_FROM_Z_UP = np.array([[0, -1.0, 0], [1, 0, 0], [0, 0, 1]])
_MAP_FROM_UP = {"Z": _MAP_FROM_Z_UP, "Y": portable.product(_MAP_FROM_Z_UP, [[1, 0, 0], [0, 0, -1], [0, 1, 0]])}


@dataclass(frozen=True, eq=False)
class Environment:
    """What dome lights give. ``harmonics`` (9, 3) are diffuse radiance / albedo for a normal in world space.

    ``pyramid`` (levels, texels, 4) holds octahedral maps (RGB and a 0), of which ``sizes`` texels a side, a power of
    two, fill the first texels of a level; ``background`` (H, W, 3) is what the camera sees, latitude-longitude with +Z
    at row 0. Both are in the frame to which ``frame_from_world`` (3, 3) turns, and to be multiplied by ``tint`` (3,).
    ``suns`` are distant lights for what is in the background and not in the others: see :mod:`.suns`.
    """

    harmonics: F4
    pyramid: F4
    sizes: I8
    background: F4
    frame_from_world: F4
    tint: F4
    is_lit: bool
    suns: tuple[Light, ...] = ()

    @cached_property
    def for_kernels(self) -> KernelEnvironment:
        """The environment as the kernels take it."""
        return KernelEnvironment(
            harmonics=self.harmonics,
            pyramid=self.pyramid,
            sides=self.sizes,
            background=self.background,
            frame_from_world=self.frame_from_world,
            tint=self.tint,
            is_lit=int(self.is_lit),
        )


@dataclass(frozen=True, eq=False)
class _Map:
    """A map integrated in its own frame."""

    harmonics: F4
    pyramid: F4
    image: F4
    suns: tuple[Sun, ...] = ()


class EnvironmentCache:
    """Integrates each map once: intensity, colour and rotation of a single dome light only scale and turn it."""

    def __init__(self) -> None:
        self._maps: dict[tuple[object, ...], _Map] = {}
        self._last: tuple[object, Environment] | None = None

    def environment(self, snapshot: Snapshot) -> Environment:
        """Return the sum of the snapshot's dome lights."""
        domes = [light for light in snapshot.lights if light.kind == "dome"]
        upright = _MAP_FROM_UP[snapshot.up_axis]
        key = (
            snapshot.up_axis,
            *((_name(snapshot, d), d.radiance.tobytes(), d.world_from_light.tobytes()) for d in domes),
        )
        if self._last is None or self._last[0] != key:
            make = self._of_one if len(domes) == 1 else self._sum
            self._last = key, make(snapshot, domes, upright, np.array(_SIZES, np.int64))
        return self._last[1]

    def _of_one(self, snapshot: Snapshot, domes: list[Light], upright: F8, sizes: I8) -> Environment:
        """Return what the only dome gives, in its own frame."""
        dome_map = self._map(snapshot, domes[0], None)
        frame = portable.product(upright, _rotation(domes[0]).T)
        tint = domes[0].radiance.astype(np.float32)
        harmonics = _turned(dome_map.harmonics, frame) * tint
        suns = tuple(_light_of(sun, domes[0], frame) for sun in dome_map.suns)
        return Environment(
            harmonics, dome_map.pyramid, sizes, dome_map.image, frame.astype(np.float32), tint, is_lit=True, suns=suns
        )

    def _sum(self, snapshot: Snapshot, domes: list[Light], upright: F8, sizes: I8) -> Environment:
        """Return the sum of several domes, or of none, in a frame with Z up."""
        harmonics = np.zeros((9, 3), np.float32)
        pyramid = np.zeros((len(sizes), int(sizes.max()) ** 2, 4), np.float32)
        background = np.zeros((1, 1, 3), np.float32)
        suns: list[Light] = []
        for dome in domes:
            dome_map = self._map(snapshot, dome, portable.product(upright, _rotation(dome), upright.T))
            scale = dome.radiance.astype(np.float32)
            harmonics = harmonics + dome_map.harmonics * scale
            pyramid = pyramid + dome_map.pyramid * np.append(scale, np.float32(0))
            suns += [_light_of(sun, dome, upright) for sun in dome_map.suns]
            image = dome_map.image
            if background.shape[0] > 1 and image.shape != background.shape:
                background = scaled(background, (image.shape[1], image.shape[0]))
            background = background + image * scale
        return Environment(
            _turned(harmonics, upright),
            pyramid,
            sizes,
            np.ascontiguousarray(background),
            upright.astype(np.float32),
            np.ones(3, np.float32),
            bool(domes),
            tuple(suns),
        )

    def _map(self, snapshot: Snapshot, dome: Light, rotation: F8 | None) -> _Map:
        """Return a dome's map, turned where a rotation is given."""
        key = (_name(snapshot, dome), None if rotation is None else np.round(rotation, 6).tobytes())
        if key not in self._maps:
            if len(self._maps) > 16:
                self._maps.clear()
            image = _image(snapshot, dome)
            self._maps[key] = _integrate(image if rotation is None else _turned_image(image, rotation))
        return self._maps[key]


def _name(snapshot: Snapshot, dome: Light) -> object:
    if dome.texture < 0:
        return ""
    texture = snapshot.textures[dome.texture]
    return texture.key, texture.is_srgb


def _rotation(dome: Light) -> F8:
    axes = dome.world_from_light[:3, :3]
    return np.asarray(axes / portable.norm(axes, axis=0), np.float64)


def _image(snapshot: Snapshot, dome: Light) -> F4:
    """Return the dome's radiance factor by direction in its own frame, (H, W, 3)
    latitude-longitude with up at row 0, columns from right to left as seen from within.
    """
    if dome.texture < 0:
        return np.ones((64, 128, 3), np.float32)
    texture = snapshot.textures[dome.texture]
    pixels = texture.pixels
    image = np.asarray(pixels[..., :3], np.float32)
    if pixels.dtype == np.uint8:
        bytes_ = np.asarray(pixels[..., :3], np.uint8)
        image = linear_from_eight_bit(bytes_) if texture.is_srgb else np.asarray(image / 255, np.float32)
    if image.shape[0] > 1024:
        image = scaled(image, (2048, 1024))
    return np.ascontiguousarray(image[:, ::-1], np.float32)


def _turned_image(image: F4, rotation: F8) -> F4:
    if np.allclose(rotation, np.eye(3), atol=1e-6):
        return image
    height, width = image.shape[:2]
    local = portable.product(_directions(width, height), rotation)
    u = (portable.arctan2(local[..., 1], local[..., 0]) / (2 * np.pi) + 0.5) * width - 0.5
    v = np.clip(
        portable.arccos(np.clip(local[..., 2], -1, 1)) / np.pi * height - 0.5, 0, height - 1
    )  # the poles do not meet
    return sampled(image, (u % width).astype(np.float32), v.astype(np.float32), border="wrap")


def _harmonic_basis(directions: F8) -> F8:
    """Return the nine polynomials (9, N) of unit directions (N, 3) that ``kernels.lighting.ambient`` sums."""
    x, y, z = directions.T
    return np.stack([np.ones_like(x), y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y])


def _turned(harmonics: F4, frame_from_world: F8) -> F4:
    """Return coefficients that give for a normal what ``harmonics`` give for that normal turned into their frame."""
    radiance = portable.product(
        _harmonic_basis(portable.product(_SPREAD, frame_from_world.T)).T, harmonics.astype(np.float64)
    )
    return np.asarray(portable.product(_FROM_SPREAD, radiance), np.float32)


def _spread(count: int) -> F8:
    """Return directions (count, 3) on a spiral over the sphere."""
    z = (np.arange(count) + 0.5) / count * 2 - 1
    turn = np.arange(count) * np.pi * (3 - np.sqrt(5.0))
    r = np.sqrt(1 - z * z)
    return np.stack([r * portable.cos(turn), r * portable.sin(turn), z], -1)


def _directions(width: int, height: int) -> F4:
    theta = (np.arange(height) + 0.5) / height * np.pi
    phi = ((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi
    s = portable.sin(theta)[:, None]
    return np.stack(
        [s * portable.cos(phi), s * portable.sin(phi), np.broadcast_to(portable.cos(theta)[:, None], (height, width))],
        -1,
    ).astype(np.float32)


def _light_of(sun: Sun, dome: Light, frame_from_world: F8) -> Light:
    """Return a dome's sun as a distant light."""
    towards = portable.product(frame_from_world.T, sun.towards)
    side, _ = portable.at_right_angles(towards)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([side, np.cross(towards, side), towards], -1)
    return Light(
        prim_path=dome.prim_path,
        kind="distant",
        radiance=sun.irradiance * dome.radiance,
        world_from_light=pose,
        size=(sun.angle, 0.0),
        casts_shadow=dome.casts_shadow,
    )


def _rows_of(height: int, width: int) -> F8:
    """Return the solid angle of a texel of each row (H,), steradians."""
    theta = (np.arange(height) + 0.5) / height * np.pi
    return np.asarray(portable.sin(theta) * (np.pi / height) * (2 * np.pi / width), np.float64)


def _integrate(whole: F4) -> _Map:
    small = reduced(whole)
    height, width = small.shape[:2]
    image, suns = without_suns(small, _directions(width, height), _rows_of(height, width))
    width, height = _SAMPLE_WH
    small = scaled(image, _SAMPLE_WH)
    d = _directions(width, height).reshape(-1, 3).astype(np.float64)
    solid = np.repeat(_rows_of(height, width), width)
    colour = small.reshape(-1, 3).astype(np.float64)
    basis = _harmonic_basis(d)
    norm = np.array([0.282095, 0.488603, 0.488603, 0.488603, 1.092548, 1.092548, 0.315392, 1.092548, 0.546274])
    band = np.array([1.0, 2 / 3, 2 / 3, 2 / 3, 0.25, 0.25, 0.25, 0.25, 0.25])  # cosine lobe, divided by pi
    coefficients = portable.product(basis * norm[:, None] * solid, colour)
    harmonics = coefficients * (band * norm)[:, None]
    levels = np.zeros((len(_SIZES), max(_SIZES) ** 2, 4), np.float32)
    for number, size in enumerate(_SIZES):
        directions = _octahedral_directions(size)
        rough = number / (len(_SIZES) - 1)
        if number == 0:
            sharp = scaled(image, (512, 256)) if image.shape[0] > 256 else image
            u = (
                (portable.arctan2(directions[:, 1], directions[:, 0]) / (2 * np.pi) + 0.5) * sharp.shape[1] - 0.5
            ).astype(np.float32)
            v = (portable.arccos(np.clip(directions[:, 2], -1, 1)) / np.pi * sharp.shape[0] - 0.5).astype(np.float32)
            level = sampled(np.ascontiguousarray(sharp), u, v, border="edge")
        else:
            level = np.concatenate(
                [
                    _blurred(directions[k : k + _ROWS], d, max(rough * rough, 0.02), solid, colour)
                    for k in range(0, len(directions), _ROWS)
                ]
            )
        levels[number, : size * size, :3] = level
    return _Map(harmonics.astype(np.float32), levels, whole, suns)


def _blurred(
    directions: F8,
    samples: F8,
    alpha: float,
    solid: F8,
    colour: F8,
) -> F8:
    """Return what is reflected towards ``directions`` (N, 3): the mean colour of the samples,
    weighed by the lobe and ``solid``.
    """
    weight = portable.product(directions, samples.T)
    np.clip(weight, 0, 1, out=weight)  # cosines
    fall = 1 + weight
    fall /= 2  # cos^2 of the half angle
    fall *= alpha * alpha - 1
    fall += 1
    np.square(fall, out=fall)
    weight /= fall
    weight *= solid
    return np.asarray(portable.product(weight, colour) / np.maximum(weight.sum(1, keepdims=True), 1e-12))


def _octahedral_directions(size: int) -> F8:
    at = (np.arange(size) + 0.5) / size * 2 - 1
    u, v = np.meshgrid(at, at)
    z = 1 - np.abs(u) - np.abs(v)
    x = np.where(z < 0, (1 - np.abs(v)) * np.where(u >= 0, 1, -1), u)
    y = np.where(z < 0, (1 - np.abs(u)) * np.where(v >= 0, 1, -1), v)
    d = np.stack([x, y, z], -1).reshape(-1, 3)
    return d / portable.norm(d, axis=1, keepdims=True)


_SPREAD = _spread(32)
_FROM_SPREAD = portable.pseudo_inverse(_harmonic_basis(_SPREAD).T)
