"""Interiors as skies: rooms with lamps, windows and what stands along their walls, latitude-longitude, linear.

Walls and floors are as bright as a picture shows well; small lamps give the rest of the light, so that the mean is near
1 and a dome's intensity keeps its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8, Mask

_HEIGHT = 512  # pixels
_EYE = 1.5  # metres above the floor
_GROUND = 0.33  # mean radiance of what does not shine
_MEAN = 0.95  # of everything
_COLUMN, _BOARD = 1.1, 0.42  # metres: what stands along walls, and the boards of shelves

Rgb = tuple[float, float, float]  # albedo, linear


@dataclass(frozen=True)
class Interior:
    """A room about an eye: half its length and width, its height, metres; albedos; lamps and windows.

    ``lamps`` are (x, y, half x, half y) on the ceiling, ``boxes`` soft boxes: (wall, across, half width, low, high) of
    walls 0 to 3; ``windows`` likewise. ``goods`` are colours of what stands along the walls, which ``filled`` of the
    columns have. Floors are laid of pieces of ``laid`` metres.
    """

    half: tuple[float, float]
    height: float
    floor: tuple[Rgb, Rgb]
    laid: tuple[float, float]
    wall: Rgb
    goods: tuple[Rgb, ...]
    filled: float
    lamps: tuple[tuple[float, float, float, float], ...] = ()
    windows: tuple[tuple[int, float, float, float, float], ...] = ()
    boxes: tuple[tuple[int, float, float, float, float], ...] = ()


LOUNGE = Interior(
    half=(3.6, 2.8),
    height=2.8,
    floor=((0.23, 0.12, 0.06), (0.36, 0.21, 0.11)),
    laid=(1.4, 0.16),
    wall=(0.62, 0.56, 0.47),
    goods=((0.30, 0.16, 0.08), (0.14, 0.20, 0.26), (0.42, 0.10, 0.07), (0.50, 0.44, 0.33), (0.10, 0.22, 0.14)),
    filled=0.6,
    lamps=((-1.6, 0.9, 0.28, 0.28), (1.5, -0.8, 0.28, 0.28)),
    windows=((0, -0.9, 0.6, 0.9, 2.3), (0, 1.1, 0.6, 0.9, 2.3), (3, 0.4, 0.7, 0.9, 2.3)),
)
WORKSHOP = Interior(
    half=(6.5, 5.0),
    height=4.6,
    floor=((0.24, 0.24, 0.23), (0.30, 0.30, 0.29)),
    laid=(2.0, 2.0),
    wall=(0.46, 0.48, 0.48),
    goods=((0.52, 0.30, 0.05), (0.06, 0.14, 0.36), (0.45, 0.06, 0.04), (0.10, 0.11, 0.12), (0.38, 0.28, 0.17)),
    filled=0.85,
    lamps=tuple((x, y, 1.3, 0.11) for x in (-3.6, 0.2, 4.0) for y in (-2.6, 2.2)),
    windows=((1, -2.4, 0.9, 2.6, 4.0), (1, 0.3, 0.9, 2.6, 4.0), (1, 3.0, 0.9, 2.6, 4.0)),
)
PHOTO_STUDIO = Interior(
    half=(3.4, 3.4),
    height=3.2,
    floor=((0.40, 0.40, 0.41), (0.41, 0.41, 0.42)),
    laid=(4.0, 4.0),
    wall=(0.44, 0.44, 0.46),
    goods=((0.06, 0.06, 0.07), (0.12, 0.12, 0.13)),
    filled=0.3,
    lamps=((1.6, 1.3, 0.35, 0.35), (-1.5, -1.6, 0.35, 0.35)),
    boxes=((0, -1.4, 0.5, 1.4, 2.4), (2, 1.0, 0.4, 1.2, 2.4), (3, -1.8, 0.3, 1.0, 2.3)),
)


def panorama(room: Interior) -> F8:
    """Return the (512, 1024, 3) radiance that is seen from a room's middle, Z up."""
    seen = _cast(room)
    colours = np.where(seen.is_wall[..., None], _walls(room, seen), _floor(room, seen))
    colours[seen.is_ceiling] = (0.72, 0.72, 0.70)
    dim = colours * _light(room, seen)[..., None]
    window, frame = _openings(room.windows, seen)
    box, _ = _openings(room.boxes, seen)
    lamp = seen.is_ceiling & np.any(
        [(abs(seen.x - x) < a) & (abs(seen.y - y) < b) for x, y, a, b in room.lamps], axis=0
    )
    shines = lamp | box
    share = np.broadcast_to(portable.sin((np.arange(_HEIGHT) + 0.5) / _HEIGHT * np.pi)[:, None], shines.shape)
    share = share / share.sum()
    dim *= _GROUND / (dim.mean(-1) * share).sum()
    dim[window] = np.array([0.95, 1.05, 1.2]) * np.clip(0.5 + 0.5 * seen.z[window, None], 0.8, 1.6)
    dim[frame] = 0.3
    rest = (dim.mean(-1) * share)[~shines].sum()
    dim[shines] = np.array([1.04, 1.0, 0.96]) * (_MEAN - rest) / share[shines].sum()
    return dim


@dataclass(frozen=True, eq=False)
class _Seen:
    """Where the look through each pixel ends, metres, (H, W) each: which surface, and how far along its wall."""

    x: F8
    y: F8
    z: F8
    across: F8
    wall: I8
    is_wall: Mask
    is_ceiling: Mask


def _cast(room: Interior) -> _Seen:
    theta = ((np.arange(_HEIGHT) + 0.5) / _HEIGHT * np.pi)[:, None]
    phi = ((np.arange(2 * _HEIGHT) + 0.5) / _HEIGHT * np.pi)[None]
    dx, dy, dz = (
        portable.sin(theta) * portable.cos(phi),
        portable.sin(theta) * portable.sin(phi),
        portable.cos(theta) + 0.0 * phi,
    )
    far_x, far_y = room.half[0] / np.maximum(abs(dx), 1e-9), room.half[1] / np.maximum(abs(dy), 1e-9)
    far_z = np.where(dz > 0, room.height - _EYE, _EYE) / np.maximum(abs(dz), 1e-9)
    far = np.minimum(np.minimum(far_x, far_y), far_z)
    x, y, z = dx * far, dy * far, _EYE + dz * far
    by_x = far_x <= far_y
    wall = np.where(by_x, np.where(dx > 0, 0, 2), np.where(dy > 0, 1, 3))
    is_wall = far < far_z
    return _Seen(x, y, z, np.where(by_x, y, x), wall, is_wall, ~is_wall & (dz > 0))


def _light(room: Interior, seen: _Seen) -> F8:
    """Return how bright it is at each point: by the lamps above, and by what all surfaces throw back."""
    light = np.full(seen.x.shape, 0.5)
    lamps = [(x, y) for x, y, _, _ in room.lamps]
    for x, y in lamps:
        squared = (seen.x - x) ** 2 + (seen.y - y) ** 2 + (room.height - seen.z) ** 2
        light += 1.2 / len(lamps) * (room.height / np.maximum(squared, 0.6 * room.height)) * ~seen.is_ceiling
    corner = np.minimum(room.half[0] - abs(seen.x), room.half[1] - abs(seen.y))
    edge = np.where(seen.is_wall, np.minimum(seen.z, room.height - seen.z), corner)
    return light * (1 - 0.35 * portable.exp(-edge / 0.25))


def _floor(room: Interior, seen: _Seen) -> F8:
    long, wide = room.laid
    row = np.floor(seen.y / wide)
    along = seen.x / long + 0.5 * (row % 2)
    chance = _chance(np.floor(along), row, 1)
    low, high = (np.array(colour) for colour in room.floor)
    gap = np.minimum(abs(along - np.round(along)) * long, abs(seen.y / wide - np.round(seen.y / wide)) * wide)
    pixel = (seen.x**2 + seen.y**2 + _EYE**2) / _EYE * np.pi / _HEIGHT  # metres of floor that one shows, lengthwise
    width = np.maximum(0.008, pixel)
    dark = 1 - 0.5 * 0.008 / width * np.clip(2 - gap / width, 0, 1)
    return (low + (high - low) * chance[..., None]) * dark[..., None]


def _walls(room: Interior, seen: _Seen) -> F8:
    """Return colours of walls, and of the cupboards and shelves that stand along them."""
    colours = np.broadcast_to(np.array(room.wall), (*seen.x.shape, 3)).copy()
    colours[seen.z < 0.1] *= 0.5  # skirting
    column = np.floor(seen.across / _COLUMN)
    top = 0.7 + 1.3 * _chance(column, seen.wall, 2)
    stands = (_chance(column, seen.wall, 3) < room.filled) & (seen.z < top)
    goods = np.array(room.goods)
    number = np.floor(_chance(column, seen.wall, 4) * len(goods)).astype(int) % len(goods)
    is_shelf = _chance(column, seen.wall, 5) < 0.5
    board = np.floor(seen.z / _BOARD)
    thing = np.floor(seen.across / (0.12 + 0.2 * _chance(column, board, 6)))
    own = np.floor(_chance(thing, board + 8 * seen.wall, 7) * len(goods)).astype(int) % len(goods)
    free = seen.z % _BOARD > _BOARD * (0.5 + 0.45 * _chance(thing, board, 8))
    side = np.minimum(seen.across % _COLUMN, _COLUMN - seen.across % _COLUMN) < 0.03
    shelf = np.where(free[..., None], np.array(room.wall) * 0.45, goods[own])
    shelf[seen.z % _BOARD < 0.03] = np.array(goods[0]) * 0.8
    found = np.where(is_shelf[..., None], shelf, goods[number])
    found[side] = found[side] * 0.4
    colours[stands] = found[stands]
    return colours


def _openings(openings: tuple[tuple[int, float, float, float, float], ...], seen: _Seen) -> tuple[Mask, Mask]:
    """Return where openings in walls are, and where their frames."""
    inside, frame = np.zeros(seen.x.shape, bool), np.zeros(seen.x.shape, bool)
    for wall, across, half, low, high in openings:
        on = seen.is_wall & (seen.wall == wall)
        off, up = abs(seen.across - across), abs(seen.z - (low + high) / 2)
        pane = on & (off < half) & (up < (high - low) / 2)
        frame |= on & (off < half + 0.06) & (up < (high - low) / 2 + 0.06) & ~pane
        frame |= pane & (off < 0.025)
        inside |= pane
    return inside & ~frame, frame


def _chance(a: F8 | I8, b: F8 | I8, salt: int) -> F8:
    """Return a number in [0, 1) for each pair of whole numbers, the same each time."""
    mixed = (np.asarray(a, np.int64) * 73856093) ^ (np.asarray(b, np.int64) * 19349663) ^ (salt * 83492791)
    mixed = (mixed ^ (mixed >> 13)) * 1274126177 & 0x7FFFFFFF
    mixed = (mixed ^ (mixed >> 16)) * 668265263 & 0x7FFFFFFF
    return np.asarray((mixed >> 7) % 4096 / 4096.0)
