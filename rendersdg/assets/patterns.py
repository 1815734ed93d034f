"""Procedural textures: tileable images made from arithmetic alone, the same on every machine."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, F8, U1
from rendersdg.assets.interiors import LOUNGE, PHOTO_STUDIO, WORKSHOP, panorama
from rendersdg.streams import generator

Image = U1 | F4
Colour = tuple[int, int, int]  # sRGB levels
_SIDE = 512


def _noise(site: str, cells: int, octaves: int = 5, stretch: int = 1, side: int = _SIDE) -> F8:
    """Return tileable value noise in 0..1, (side, side), smooth between ``cells`` lattice points and their octaves."""
    total = np.zeros((side, side))
    weight = 0.0
    for octave in range(octaves):
        nx, ny = min(cells * 2**octave, side), min(max(cells * 2**octave // stretch, 1), side)
        lattice = generator(0, f"{site}/{octave}", 0).random((ny, nx))
        y, x = np.arange(side) * ny / side, np.arange(side) * nx / side
        y0, x0 = y.astype(int), x.astype(int)
        fy, fx = (y - y0)[:, None], (x - x0)[None]
        fy, fx = fy * fy * (3 - 2 * fy), fx * fx * (3 - 2 * fx)
        y1, x1 = (y0 + 1) % ny, (x0 + 1) % nx
        rows = lattice[:, x0] * (1 - fx) + lattice[:, x1] * fx
        total += 0.5**octave * (rows[y0] * (1 - fy) + rows[y1] * fy)
        weight += 0.5**octave
    low, high = total.min(), total.max()
    return (total - low) / max(high - low, 1e-9)


def _mix(t: NDArray[np.floating], *colours: Colour) -> U1:
    """Return a colour ramp over t in 0..1 as (H, W, 4) uint8 sRGB."""
    stops = np.linspace(0, 1, len(colours))
    rgb = np.stack([np.interp(np.clip(t, 0, 1), stops, [c[i] for c in colours]) for i in range(3)], axis=-1)
    out = np.full((*t.shape, 4), 255, np.uint8)
    out[..., :3] = np.round(rgb).astype(np.uint8)
    return out


def _coordinates(side: int = _SIDE) -> tuple[F8, F8]:
    y, x = np.mgrid[0:side, 0:side] / side
    return x, y


def _wood() -> Image:
    x, y = _coordinates()
    warp = _noise("wood/warp", 3, 3)
    rings = 0.5 + 0.5 * portable.sin(2 * np.pi * (9 * y + 0.25 * portable.sin(2 * np.pi * x) + 0.8 * warp))
    fibre = _noise("wood/fibre", 8, 5, stretch=1).T * 0.4 + _noise("wood/fine", 4, 6, stretch=4)[:, ::-1].T * 0.6
    return _mix(0.40 * rings + 0.60 * fibre, (132, 92, 56), (172, 128, 84), (204, 164, 118))


def _planks() -> Image:
    _, y = _coordinates()
    wood = np.asarray(_wood(), float)
    board = np.floor(y * 4).astype(int)
    shade = np.array([0.92, 1.06, 0.85, 1.0])[board]
    gap = np.minimum((y * 4) % 1, 1 - (y * 4) % 1) < 0.02
    wood[..., :3] *= shade[..., None]
    wood[gap, :3] *= 0.35
    return np.clip(wood, 0, 255).astype(np.uint8)


def _cardboard() -> Image:
    x, y = _coordinates()
    flutes = 0.5 + 0.5 * portable.sin(2 * np.pi * 64 * x)
    t = 0.65 * _noise("cardboard", 6, 6) + 0.1 * flutes + 0.25 * _noise("cardboard/fibre", 64, 3, stretch=8)
    image = _mix(t, (150, 112, 74), (186, 146, 101), (204, 168, 124))
    tape = np.abs(y - 0.5) < 0.055
    image[tape, :3] = (0.6 * image[tape, :3] + 0.4 * np.array([214, 190, 150])).astype(np.uint8)
    return image


def _concrete() -> Image:
    t = 0.6 * _noise("concrete", 4, 7) + 0.4 * _noise("concrete/fine", 96, 3)
    return _mix(t, (112, 110, 106), (150, 148, 143), (176, 174, 169))


def _gravel() -> Image:
    cells = _worley("gravel", 24)
    return _mix(0.7 * cells + 0.3 * _noise("gravel/fine", 64, 3), (58, 53, 47), (121, 112, 100), (168, 158, 144))


def _worley(site: str, count: int, side: int = _SIDE) -> F8:
    """Return a tileable cell pattern: 1 inside a cell, 0 along the borders."""
    jitter = generator(0, site, 0).random((count, count, 2))
    x, y = _coordinates(side)
    gx, gy = x * count, y * count
    cx, cy = np.floor(gx).astype(int), np.floor(gy).astype(int)
    nearest = np.full((2, side, side), 9.0)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            j = jitter[(cy + dy) % count, (cx + dx) % count]
            d = (cx + dx + j[..., 0] - gx) ** 2 + (cy + dy + j[..., 1] - gy) ** 2
            nearest[1] = np.where(d < nearest[0], nearest[0], np.minimum(nearest[1], d))
            nearest[0] = np.minimum(nearest[0], d)
    near, second = np.sqrt(nearest)
    return np.clip((second - near) * 2.2, 0, 1)


def _brick() -> Image:
    x, y = _coordinates()
    row = np.floor(y * 8)
    u = (x * 4 + 0.5 * (row % 2)) % 1
    v = (y * 8) % 1
    mortar = (np.minimum(u, 1 - u) < 0.03) | (np.minimum(v, 1 - v) < 0.06)
    tone = generator(0, "brick", 0).random((8, 8))[
        row.astype(int) % 8, np.floor(x * 4 + 0.5 * (row % 2)).astype(int) % 4
    ]
    image = _mix(0.5 * tone + 0.5 * _noise("brick/fine", 24, 5), (112, 48, 34), (158, 76, 52), (184, 104, 76))
    image[mortar] = _mix(_noise("brick/mortar", 64, 3), (150, 146, 138), (190, 186, 178))[mortar]
    return image


def _tiles(colour: Colour) -> Image:
    """Square tiles of slightly different shades, with light joints."""
    x, y = _coordinates()
    u, v = (x * 8) % 1, (y * 8) % 1
    tone = generator(0, "tiles", 0).random((8, 8))[np.floor(y * 8).astype(int) % 8, np.floor(x * 8).astype(int) % 8]
    image = _mix(0.7 * tone + 0.3 * _noise("tiles/fine", 32, 3), *_shades(colour, 0.82, 1.12))
    joint = (np.minimum(u, 1 - u) < 0.03) | (np.minimum(v, 1 - v) < 0.03)
    image[joint] = _mix(_noise("tiles/joint", 64, 3), (176, 174, 168), (206, 204, 198))[joint]
    return image


def _plaster(colour: Colour) -> Image:
    """A rough coat of one colour."""
    return _mix(0.6 * _noise("plaster", 48, 4) + 0.4 * _noise("plaster/fine", 128, 2), *_shades(colour, 0.80, 1.10))


def _shades(colour: Colour, dark: float, light: float) -> tuple[Colour, Colour]:
    first, second = ([min(round(c * factor), 255) for c in colour] for factor in (dark, light))
    return (first[0], first[1], first[2]), (second[0], second[1], second[2])


def _grass() -> Image:
    blades = 0.6 * _noise("grass", 48, 4, stretch=4) + 0.4 * _noise("grass/patches", 8, 4)
    return _mix(blades, (26, 52, 14), (62, 104, 34), (118, 146, 66))


def _asphalt() -> Image:
    stones = 0.5 * _worley("asphalt", 64) + 0.5 * _noise("asphalt", 96, 3)
    return _mix(stones, (34, 34, 36), (64, 64, 66), (104, 103, 102))


def _checker() -> Image:
    x, y = _coordinates()
    return _mix(((np.floor(x * 8) + np.floor(y * 8)) % 2), (52, 54, 60), (214, 214, 210))


def _wireframe() -> Image:
    x, y = _coordinates()
    line = np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y)) < 0.01
    return _mix(line * 1.0, (38, 42, 48), (72, 150, 220))


def _stripes() -> Image:
    x, _ = _coordinates()
    return _mix((np.floor(x * 8) % 2) * 1.0, (34, 74, 140), (232, 228, 214))


def _dots() -> Image:
    x, y = _coordinates()
    d = portable.hypot((x * 6) % 1 - 0.5, (y * 6) % 1 - 0.5)
    return _mix((d < 0.3) * 1.0, (236, 226, 200), (190, 48, 52))


def _waves() -> Image:
    x, y = _coordinates()
    return _mix(
        0.5 + 0.5 * portable.sin(2 * np.pi * (8 * y + 0.7 * portable.sin(4 * np.pi * x))),
        (20, 96, 92),
        (120, 190, 170),
        (238, 236, 214),
    )


def _marble() -> Image:
    x, y = _coordinates()
    n = _noise("marble", 3, 6)
    vein = portable.power(np.abs(portable.sin(2 * np.pi * (x + y + 1.6 * n))), 0.35)
    return _mix(vein, (72, 76, 86), (206, 206, 208), (240, 240, 238))


def _rust() -> Image:
    t = _noise("rust", 4, 7)
    fine = _noise("rust/fine", 64, 3)
    return _mix(0.8 * t + 0.2 * fine, (54, 30, 20), (128, 62, 28), (156, 92, 52), (132, 130, 128))


def _fabric() -> Image:
    x, y = _coordinates()
    weave = np.where(
        (np.floor(x * 64) + np.floor(y * 64)) % 2 == 0,
        np.abs(portable.sin(np.pi * 64 * x)),
        np.abs(portable.sin(np.pi * 64 * y)),
    )
    return _mix(0.7 * weave + 0.3 * _noise("fabric", 8, 4), (58, 66, 92), (104, 116, 150))


def _steel() -> Image:
    t = _noise("steel", 128, 2, stretch=64) * 0.6 + _noise("steel/large", 4, 4) * 0.4
    return _mix(t, (150, 152, 156), (186, 188, 192), (206, 208, 211))


def _label() -> Image:
    """A can's paper label: a band of colour with a badge."""
    x, y = _coordinates()
    image = _mix(y, (176, 28, 36), (204, 44, 44))
    band = np.abs(y - 0.5) < 0.2
    image[band, :3] = (240, 232, 210)
    badge = portable.hypot((x * 2 % 1 - 0.5) * 1.6, y - 0.5) < 0.15
    image[badge, :3] = (38, 92, 58)
    image[(np.abs(y - 0.08) < 0.02) | (np.abs(y - 0.92) < 0.02), :3] = (226, 190, 96)
    return image


_GLYPHS = {  # rows of four pixels, the highest bit on the left
    "A": "6 9 9 f 9", "B": "e 9 e 9 e", "C": "7 8 8 8 7", "D": "e 9 9 9 e", "E": "f 8 e 8 f", "I": "7 2 2 2 7",
    "L": "8 8 8 8 f", "M": "9 f f 9 9", "N": "9 d b 9 9", "O": "6 9 9 9 6", "P": "e 9 e 8 8", "R": "e 9 e a 9",
    "S": "7 8 6 1 e", "T": "f 6 6 6 6", "Z": "f 1 6 8 f",
}  # fmt: skip


def _lettered(word: str, shape: tuple[int, int], centre: tuple[float, float], height: float) -> NDArray[np.bool_]:
    """Return where the letters of a word stand in an image (H, W), their middle at a share of its width and height."""
    rows = [[int(row, 16) for row in _GLYPHS[letter].split()] for letter in word]
    dots = np.zeros((5, 5 * len(word) - 1), bool)
    for k, glyph in enumerate(rows):
        dots[:, 5 * k : 5 * k + 4] = [[bool(row >> (3 - bit) & 1) for bit in range(4)] for row in glyph]
    tall, wide = (
        round(height * shape[0]),
        round(min(height * dots.shape[1] / 5 * 0.45, 0.36) * shape[1]),
    )  # a label is wide
    top, left = round(centre[1] * shape[0] - tall / 2), round(centre[0] * shape[1] - wide / 2)
    found = np.zeros(shape, bool)
    found[top : top + tall, left : left + wide] = dots[np.arange(tall) * 5 // tall][
        :, np.arange(wide) * dots.shape[1] // wide
    ]
    return found


def _tin_label(word: str, ground: Colour, fruit: Colour, size: float) -> Image:
    """A tin's printed label: its contents' name and picture on two sides, a table and a bar code between them."""
    x, y = _coordinates()
    image = _mix(0.3 + 0.7 * y, *_shades(ground, 0.75, 1.1))
    rng = generator(0, f"label/{word}", 0)
    shine, dark = _shades(fruit, 0.55, 1.25)[::-1]
    for middle in (0.25, 0.75):
        oval = portable.hypot((x - middle) / 0.19, (y - 0.62) / 0.25) < 1
        image[oval, :3] = (244, 238, 220)
        for u, v in rng.uniform(-1, 1, (70, 2)):
            cx, cy = middle + 0.15 * u, 0.66 + 0.17 * v
            near = _window(x.shape, (cx, cy), (0.42 * size, size))
            away = portable.hypot((x[near] - cx) / 0.42, y[near] - cy) / size
            inside = (away < 1) & oval[near]
            image[near][inside] = _mix(1 - away[inside], dark, fruit, shine)
        plate = (np.abs(x - middle) < 0.19) & (np.abs(y - 0.25) < 0.115)
        image[plate, :3] = _shades(ground, 0.45, 1.0)[0]
        image[_lettered(word, x.shape, (middle, 0.25), 0.13), :3] = (250, 246, 232)
    table = (np.abs(x - 0.5) < 0.055) & (np.abs(y - 0.5) < 0.36)
    image[table, :3] = (240, 240, 236)
    lines = table & (np.abs(x - 0.5) < 0.047) & ((y * 40) % 1 < 0.4) & (np.abs(y - 0.5) < 0.33)
    image[lines & (rng.random(512)[np.floor(y * 40).astype(int) * 12] > x * 2 - 0.9), :3] = (70, 70, 72)
    code = (np.minimum(x, 1 - x) < 0.05) & (np.abs(y - 0.7) < 0.2)
    image[code, :3] = (246, 246, 244)
    bars = code & (rng.random(512)[np.floor(x * 300).astype(int) % 512] > 0.5) & (np.abs(y - 0.7) < 0.17)
    image[bars & (np.minimum(x, 1 - x) < 0.042), :3] = (20, 20, 22)
    image[(np.abs(y - 0.04) < 0.018) | (np.abs(y - 0.96) < 0.018), :3] = (214, 178, 92)
    return image


def _window(shape: tuple[int, ...], centre: tuple[float, float], reach: tuple[float, float]) -> tuple[slice, slice]:
    """Return the rows and columns of an image (H, W) within ``reach`` of a place, in shares of its width and height."""
    (cx, cy), (across, down) = centre, reach
    rows, columns = shape[:2]
    return (
        slice(max(int((cy - down) * rows), 0), max(int((cy + down) * rows) + 2, 0)),
        slice(max(int((cx - across) * columns), 0), max(int((cx + across) * columns) + 2, 0)),
    )


def _can_print(word: str, ground: Colour, band: Colour) -> Image:
    """A drink's printed can: a wave of another colour, drops of water, the name on two sides, a bar code."""
    x, y = _coordinates()
    image = _mix(y, *_shades(ground, 0.8, 1.15))
    away = np.abs(y - 0.48 - 0.10 * portable.sin(4 * np.pi * x))
    image[away < 0.20, :3] = band
    image[(away > 0.20) & (away < 0.225), :3] = (246, 244, 238)
    for middle in (0.25, 0.75):
        image[_lettered(word, x.shape, (middle, 0.48), 0.19), :3] = (250, 248, 242)
        small = _lettered(word, x.shape, (middle, 0.88), 0.05)
        image[small, :3] = (250, 248, 242)
    code = (np.minimum(x, 1 - x) < 0.05) & (np.abs(y - 0.78) < 0.13)
    image[code, :3] = (246, 246, 244)
    bars = generator(0, f"print/{word}", 0).random(512)[np.floor(x * 300).astype(int) % 512] > 0.5
    image[code & bars & (np.abs(y - 0.78) < 0.11), :3] = (20, 20, 22)
    return image


def _pegboard() -> Image:
    """A painted board with rows of holes, eight by eight of them."""
    x, y = _coordinates()
    away = portable.hypot((x * 8) % 1 - 0.5, (y * 8) % 1 - 0.5)
    image = _mix(0.5 + 0.5 * _noise("pegboard", 8, 5), (176, 178, 174), (204, 206, 202))
    image[away < 0.17, :3] = (34, 34, 36)
    image[(away >= 0.17) & (away < 0.205), :3] = (150, 152, 148)
    return image


def _citrus() -> Image:
    pores = np.clip(_worley("citrus", 48) * 1.6, 0, 1)
    t = 0.75 * pores + 0.25 * _noise("citrus/large", 4, 4)
    return _mix(t, (206, 206, 206), (255, 255, 255))


def _speckle() -> Image:
    t = _noise("speckle", 48, 4)
    large = _noise("speckle/large", 5, 4)
    return _mix(np.clip(0.5 * large + (t > 0.55) * 0.5, 0, 1), (190, 168, 150), (235, 226, 220), (255, 255, 255))


def _bumps() -> Image:
    """A tangent-space normal map of fine pores."""
    height = _worley("bumps", 48) * 0.5 + _noise("bumps", 64, 3) * 0.3
    return _normal_map(height, 6.0)


def _grooves() -> Image:
    return _normal_map(_noise("grooves", 128, 2, stretch=64), 2.0)


def _normal_map(height: F8, strength: float) -> U1:
    dx = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) * strength
    dy = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) * strength
    n = np.stack([-dx, dy, np.ones_like(dx)], axis=-1)
    n /= portable.norm(n, axis=-1, keepdims=True)
    out = np.full((*height.shape, 4), 255, np.uint8)
    out[..., :3] = np.round((n * 0.5 + 0.5) * 255).astype(np.uint8)
    return out


def _flat_normal() -> Image:
    return _normal_map(np.zeros((8, 8)), 1.0)


def _grain() -> Image:
    return _mix(0.4 + 0.4 * _noise("grain", 16, 5), (0, 0, 0), (255, 255, 255))


def _noise_colour() -> Image:
    return _mix(_noise("noise", 8, 5), (72, 84, 96), (140, 128, 110), (198, 186, 160))


def _sky(clouds: float = 0.35) -> Image:
    """A clear or cloudy sky over ground, latitude-longitude, linear,
    mean near 1 so that intensity keeps its meaning.
    """
    height, width = 256, 512
    theta = (np.arange(height) + 0.5) / height * np.pi
    phi = (np.arange(width) + 0.5) / width * 2 * np.pi
    up = portable.cos(theta)[:, None]
    d = np.stack(
        [
            portable.sin(theta)[:, None] * portable.cos(phi),
            portable.sin(theta)[:, None] * portable.sin(phi),
            np.broadcast_to(up, (height, width)),
        ],
        -1,
    )
    horizon = portable.exp(-np.maximum(up, 0) * 3.5)
    sky = np.array([0.32, 0.52, 0.95]) * (1 - horizon[..., None]) + np.array([0.92, 0.97, 1.05]) * horizon[..., None]
    cover = _noise("sky", 4, 6)[::2, :]
    cover = np.clip((cover - (1 - clouds)) / 0.25, 0, 1) * np.clip(up * 4, 0, 1)
    sky = sky * (1 - cover[..., None] * 0.85) + np.array([1.3, 1.3, 1.32]) * cover[..., None] * 0.85
    sun = portable.product(d, np.array([0.5, 0.35, 0.79]) / portable.norm([0.5, 0.35, 0.79]))
    sky += (portable.exp((sun - 1) * 900) * 60 * (1 - 0.9 * clouds) + portable.exp((sun - 1) * 24) * 0.6)[
        ..., None
    ] * np.array([1.0, 0.94, 0.82])
    ground = np.array([0.30, 0.27, 0.23]) * (0.8 + 0.2 * _noise("sky/ground", 16, 4)[::2, :, None])
    return np.where(up[..., None] > 0, sky, ground).astype(np.float32)


def _studio() -> Image:
    """A dim room with three soft boxes, latitude-longitude, linear."""
    height, width = 256, 512
    v = ((np.arange(height) + 0.5) / height)[:, None]
    u = ((np.arange(width) + 0.5) / width)[None]
    image = np.full((height, width, 3), 0.35) * (1.15 - 0.6 * v[..., None])
    for centre, size, tint in (
        ((0.15, 0.3), (0.09, 0.16), (6.0, 5.8, 5.4)),
        ((0.55, 0.25), (0.13, 0.1), (4.0, 4.1, 4.4)),
        ((0.83, 0.4), (0.05, 0.2), (3.0, 2.8, 2.6)),
    ):
        edge_u = np.clip((size[0] - np.abs(u - centre[0])) / 0.012, 0, 1)
        edge_v = np.clip((size[1] - np.abs(v - centre[1])) / 0.02, 0, 1)
        image += (edge_u * edge_v)[..., None] * np.array(tint)
    return image.astype(np.float32)


def _tunnel() -> Image:
    """A tunnel of light along X to look at paint in: long lamps around a dark arch, latitude-longitude, linear."""
    height, width = 512, 1024
    theta = ((np.arange(height) + 0.5) / height * np.pi)[:, None]
    phi = ((np.arange(width) + 0.5) / width * 2 * np.pi)[None]
    across, up = portable.sin(theta) * portable.sin(phi), portable.cos(theta) + 0.0 * phi
    reach = portable.hypot(across, up)
    along = np.abs(portable.sin(theta) * portable.cos(phi)) / np.maximum(reach, 1e-9)  # in radii of the arch
    angle = np.degrees(portable.arctan2(up, across))
    lamp = np.abs(np.mod(angle + 12.0, 24.0) - 12.0)  # one each 24 degrees
    edge = np.clip((3.6 - lamp) / 1.6, 0, 1) * np.clip((2.6 - along) / 0.2, 0, 1)
    shines = edge * (angle > 8) * (angle < 172)
    grey = 0.22 - 0.06 * np.clip(along / 3, 0, 1) + 0.05 * (up > 0) + 6.5 * shines
    return (grey[..., None] * np.array([0.98, 1.0, 1.03])).astype(np.float32)


def _in_colours(name: str, make: Callable[[Colour], Image]) -> dict[str, Callable[[], Image]]:
    return {f"{name}_{word}": partial(make, colour) for word, colour in COLOURS.items()}


COLOURS: dict[str, Colour] = {  # sRGB of the patterns that come in colours
    "blue": (62, 96, 152),
    "brown": (134, 100, 72),
    "green": (84, 128, 92),
    "grey": (128, 128, 126),
    "red": (158, 72, 60),
    "white": (208, 204, 196),
    "yellow": (196, 160, 76),
}
PRINTED: dict[str, Callable[[], Image]] = {  # labels of tins, and drinks' cans
    "label_peas": partial(_tin_label, "PEAS", (38, 92, 52), (104, 158, 58), 0.055),
    "label_corn": partial(_tin_label, "CORN", (36, 70, 140), (232, 182, 52), 0.045),
    "label_beans": partial(_tin_label, "BEANS", (196, 96, 30), (122, 46, 34), 0.06),
    "label_tomato": partial(_tin_label, "TOMATO", (156, 26, 32), (206, 52, 34), 0.12),
    "can_cola": partial(_can_print, "COLA", (150, 18, 28), (34, 22, 22)),
    "can_lemon": partial(_can_print, "LEMON", (226, 188, 36), (48, 120, 58)),
    "can_seltzer": partial(_can_print, "SELTZER", (150, 186, 206), (28, 74, 132)),
}
PATTERNS: dict[str, Callable[[], Image]] = {
    f"texture/{name}": make
    for name, make in {
        "wood": _wood,
        "planks": _planks,
        "cardboard": _cardboard,
        "concrete": _concrete,
        "gravel": _gravel,
        "brick": _brick,
        "asphalt": _asphalt,
        "grass": _grass,
        "checker": _checker,
        "wireframe": _wireframe,
        "stripes": _stripes,
        "dots": _dots,
        "waves": _waves,
        "marble": _marble,
        "rust": _rust,
        "fabric": _fabric,
        "steel": _steel,
        "label": _label,
        "pegboard": _pegboard,
        **PRINTED,
        "citrus": _citrus,
        "speckle": _speckle,
        "bumps": _bumps,
        "grooves": _grooves,
        "flat_normal": _flat_normal,
        "grain": _grain,
        "noise": _noise_colour,
        "sky": _sky,
        "sky_cloudy": lambda: _sky(0.75),
        "studio": _studio,
        "tunnel": _tunnel,
        "lounge": lambda: panorama(LOUNGE).astype(np.float32),
        "workshop": lambda: panorama(WORKSHOP).astype(np.float32),
        "photo_studio": lambda: panorama(PHOTO_STUDIO).astype(np.float32),
        **_in_colours("tiles", _tiles),
        **_in_colours("plaster", _plaster),
    }.items()
}


@lru_cache(maxsize=64)
def pattern(name: str) -> Image:
    """Return the pixels of a procedural texture: (H, W, 4) uint8 sRGB, or (H, W, 3) float32 linear for skies."""
    image = PATTERNS[name]()
    return image if image.dtype == np.uint8 else _shared_exponent(image)


def _shared_exponent(image: NDArray[Any]) -> F4:
    """Return the nearest image that Radiance's RGBE pixels hold,
    so that a sky can be written out and read without loss.
    """
    _, exponent = np.frexp(image.max(axis=-1, keepdims=True))
    steps = np.minimum(np.round(np.ldexp(image, 8 - exponent)), 255)
    return np.ldexp(steps, exponent - 8).astype(np.float32)
