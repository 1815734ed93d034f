"""What stands out of doors, and plants: houses, trees, plants in pots. Fronts are towards -Y."""

from __future__ import annotations

import numpy as np

from rendersdg import portable, shapes
from rendersdg.assets.parts import Part, faceted, look, part, profiled, rod, turned
from rendersdg.shapes import Shape, revolved
from rendersdg.streams import generator

_GLASS = look((0.03, 0.05, 0.08), rough=0.1)
_FRAME = look((0.85, 0.85, 0.83), rough=0.5)
_BARK = look((0.20, 0.13, 0.08), rough=0.9, texture="wood")


def _window(x: float, y: float, z: float, size: tuple[float, float]) -> tuple[list[Shape], list[Shape]]:
    """Return the panes and the frame of a window in a wall that faces along Y."""
    w, h = size
    bars = [shapes.box((0.05, 0.12, h), (x, y, z)), shapes.box((w, 0.12, 0.05), (x, y, z))]
    rim = [shapes.box((w + 0.2, 0.10, 0.10), (x, y, z + s * (h / 2 + 0.05))) for s in (-1, 1)]
    rim += [shapes.box((0.10, 0.10, h), (x + s * (w / 2 + 0.05), y, z)) for s in (-1, 1)]
    return [shapes.box((w, 0.06, h), (x, y, z))], [*bars, *rim]


def house() -> list[Part]:
    """A house, 9.0 x 8.2 x 6.6 m: walls, a gable roof, a door, windows, a chimney."""
    gable = turned(profiled([(-3.5, 0.0), (3.5, 0.0), (3.5, 3.2), (0.0, 6.0), (-3.5, 3.2)], 8.6), 2, 90)
    roof = []
    for s in (-1, 1):
        slab = shapes.box((9.0, 5.05, 0.18))
        roof.append(turned(slab, 0, -s * 38.66).moved((0, s * 1.86, 4.68)))
    panes, frames = [], []
    for x, y, z in ((-2.7, -3.52, 1.6), (2.7, -3.52, 1.6), (-2.5, 3.52, 1.6), (0.0, 3.52, 1.6), (2.5, 3.52, 1.6)):
        glass, frame = _window(x, y, z, (1.4, 1.2))
        panes += glass
        frames += frame
    for s in (-1, 1):
        for y, z in ((-1.6, 1.6), (1.6, 1.6), (0.0, 4.3)):
            glass, frame = _window(0, -4.32 * s, 0, (1.2, 1.1))
            panes += [turned(p, 2, 90).moved((0, y, z)) for p in glass]
            frames += [turned(p, 2, 90).moved((0, y, z)) for p in frame]
    chimney = shapes.box((0.6, 0.6, 2.4), (2.6, 1.3, 5.4))
    step = shapes.box((1.6, 0.9, 0.15), (0, -3.9, 0.075))
    return [
        part("walls", [gable], look((0.80, 0.74, 0.62), rough=0.9)),
        part("roof", roof, look((0.45, 0.12, 0.07), rough=0.85)),
        part("chimney", [chimney], look((0.8, 0.6, 0.5), rough=0.9, texture="brick")),
        part("windows", panes, _GLASS),
        part("frames", frames, _FRAME),
        part("door", [shapes.box((1.05, 0.10, 2.1), (0, -3.52, 1.15)), step], look((0.20, 0.09, 0.04), rough=0.6)),
    ]


def building() -> list[Part]:
    """An office building of six floors, 16 x 12 x 20 m."""
    bands = [shapes.box((15.7, 11.7, 1.7), (0, 0, 2.3 + k * 3.2)) for k in range(6)]
    floors = [shapes.box((16.0, 12.0, 1.5), (0, 0, 0.75 + k * 3.2)) for k in range(6)]
    floors += [shapes.box((16.0, 12.0, 1.2), (0, 0, 19.4))]
    posts = [shapes.box((0.35, 0.4, 19.5), (x, s * 5.8, 9.75)) for x in np.linspace(-7.82, 7.82, 9) for s in (-1, 1)]
    posts += [shapes.box((0.4, 0.35, 19.5), (s * 7.8, y, 9.75)) for y in np.linspace(-5.82, 5.82, 7) for s in (-1, 1)]
    return [
        part("walls", [*floors, *posts], look((0.62, 0.61, 0.58), rough=0.8)),
        part("windows", bands, look((0.05, 0.10, 0.16), rough=0.1)),
        part("door", [shapes.box((2.4, 0.2, 2.4), (0, -6.0, 1.2))], look((0.10, 0.05, 0.03), rough=0.5)),
    ]


def _leaf_blade(length: float, width: float, bend: float) -> Shape:
    """Return a long, closed leaf that rises from the origin and bends towards +X."""
    blade = shapes.sphere(0.5, 14, 10)

    def move(points: np.ndarray) -> np.ndarray:
        t = points[:, 2] + 0.5
        keel = 0.25 * np.abs(points[:, 1]) * width
        x = length * bend * t**2 + points[:, 0] * 0.012 + keel
        return np.column_stack([x, points[:, 1] * width, length * t * (1 - 0.45 * bend * t)])

    return blade.displaced(move)


def plant() -> list[Part]:
    """A plant in a pot, 0.9 m: long leaves on all sides."""
    pot = revolved(
        [
            (0.0, 0.0),
            (0.11, 0.0),
            (0.155, 0.26),
            (0.165, 0.26),
            (0.165, 0.30),
            (0.14, 0.30),
            (0.135, 0.26),
            (0.0, 0.26),
        ],
        40,
        smooth=False,
    )
    rng = generator(0, "plant/leaves", 0)
    leaves = []
    for k in range(18):
        inner = k % 3 / 2
        blade = _leaf_blade(0.68 - 0.16 * inner + 0.04 * float(rng.random()), 0.10, 0.18 + 0.55 * inner)
        leaves.append(turned(blade.moved((0.015, 0, 0)), 2, 137.5 * k).moved((0, 0, 0.25)))
    return [
        part("pot", [pot], look((0.60, 0.25, 0.13), rough=0.8)),
        part("leaves", leaves[::2], look((0.05, 0.22, 0.04), rough=0.5)),
        part("light leaves", leaves[1::2], look((0.14, 0.36, 0.07), rough=0.5)),
        part("soil", [shapes.cylinder(0.134, 0.01, 40).moved((0, 0, 0.268))], look((0.06, 0.035, 0.02), rough=0.95)),
    ]


def _foliage(centre: tuple[float, float, float], radius: float, site: str) -> Shape:
    """Return a ball of foliage: a sphere with facets that a random wave dents."""
    rng = generator(0, site, 0)
    waves = [(rng.standard_normal(3) * k, float(rng.uniform(0, 6.28))) for k in (3, 5, 8)]

    def move(points: np.ndarray) -> np.ndarray:
        dents = sum(portable.sin(portable.product(points, wave) + phase) for wave, phase in waves)
        return points * (radius * (1 + 0.06 * np.asarray(dents)))[:, None] + np.asarray(centre)

    return faceted(shapes.sphere(1.0, 12, 18), move)


def tree() -> list[Part]:
    """A tree, 5 m: a trunk with branches and a round crown."""
    trunk = revolved([(0.0, 0.0), (0.22, 0.0), (0.15, 0.35), (0.12, 1.6), (0.08, 3.0), (0.0, 3.6)], 20)
    balls = [(0.0, 0.0, 3.9, 1.05), (0.8, 0.1, 3.1, 0.85), (-0.75, 0.3, 3.2, 0.8), (0.1, -0.8, 3.0, 0.85)]
    balls += [(0.0, 0.8, 3.05, 0.8), (-0.35, -0.45, 3.8, 0.75)]
    branches = [rod((0, 0, 1.7), (x * 0.9, y * 0.9, z - 0.3), 0.045) for x, y, z, _ in balls[1:5]]
    crown = [_foliage((x, y, z), r, f"tree/{k}") for k, (x, y, z, r) in enumerate(balls)]
    return [
        part("trunk", [trunk, *branches], _BARK),
        part("crown", crown[::2], look((0.05, 0.17, 0.03), rough=0.85)),
        part("light crown", crown[1::2], look((0.09, 0.25, 0.04), rough=0.85)),
    ]


def bush() -> list[Part]:
    """A bush, 1.2 m wide and 0.9 m high."""
    balls = [(0.0, 0.0, 0.50, 0.38), (0.28, 0.1, 0.34, 0.30), (-0.28, 0.12, 0.36, 0.31), (0.02, -0.26, 0.33, 0.30)]
    stems = [rod((0, 0, 0.005), (x, y, z), 0.02) for x, y, z, _ in balls]
    leaves = [_foliage((x, y, z), r, f"bush/{k}") for k, (x, y, z, r) in enumerate(balls)]
    low = -min(float(p.vertices[:, 2].min()) for p in [*leaves, *stems])
    return [
        part("stems", [s.moved((0, 0, low)) for s in stems], _BARK),
        part("leaves", [p.moved((0, 0, low)) for p in leaves[::2]], look((0.06, 0.20, 0.04), rough=0.85)),
        part("light leaves", [p.moved((0, 0, low)) for p in leaves[1::2]], look((0.11, 0.29, 0.06), rough=0.85)),
    ]
