"""A workshop's furniture: a bench with its tools on the wall, bins for small parts, a turntable to look at things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rendersdg import portable, shapes
from rendersdg.assets.catalogue.tools import hammer, screwdriver, wrench
from rendersdg.assets.machining import bevelled, bevelled_box, lathed
from rendersdg.assets.parts import Part, look, part, rod, turned
from rendersdg.shapes import Shape

_DARK = look((0.05, 0.05, 0.055), rough=0.5)
_STEEL = look((0.60, 0.61, 0.63), rough=0.3, metal=1.0)
_FACE = 0.302  # metres: the wall that tools hang on


def workbench() -> list[Part]:
    """A workbench, 1.60 x 0.70 x 1.55 m: a beech top with drawers below it, and tools on a perforated wall."""
    top = bevelled_box((1.60, 0.66, 0.05), (0, -0.02, 0.875), 0.004)
    legs = [bevelled_box((0.06, 0.06, 0.85), (x, y, 0.425), 0.004) for x in (-0.74, 0.74) for y in (-0.30, 0.25)]
    rails = [bevelled_box((1.42, 0.04, 0.08), (0, y, 0.20), 0.003) for y in (-0.30, 0.25)]
    posts = [bevelled_box((0.04, 0.03, 0.65), (x, 0.325, 1.225), 0.003) for x in (-0.76, 0.76)]
    case = bevelled_box((0.44, 0.56, 0.46), (0.48, -0.02, 0.61), 0.004)
    fronts = [bevelled_box((0.42, 0.018, 0.136), (0.48, -0.305, 0.46 + 0.15 * k), 0.003) for k in range(3)]
    grips = [bevelled_box((0.16, 0.016, 0.018), (0.48, -0.32, 0.50 + 0.15 * k), 0.003) for k in range(3)]
    wall = shapes.box((1.50, 0.012, 0.60), (0, 0.31, 1.24))
    hung = [
        (hammer, -0.55),
        (wrench, -0.36),
        (screwdriver, -0.22),
        (screwdriver, -0.14),
        (wrench, 0.02),
        (wrench, 0.14),
    ]
    hung += [(hammer, 0.34), (screwdriver, 0.54), (screwdriver, 0.62)]
    return [
        part("top", [top], look((0.92, 0.74, 0.54), rough=0.5, texture="planks", texture_scale=[2.0, 1.0])),
        part("frame", [*legs, *rails, *posts], look((0.06, 0.14, 0.26), rough=0.45)),
        part("drawers", [case, *fronts], look((0.30, 0.33, 0.36), rough=0.45)),
        part("grips", grips, _STEEL),
        part("wall", [wall], look((0.80, 0.80, 0.78), rough=0.6, texture="pegboard", texture_scale=[2.0, 5.0])),
        *(piece for k, (tool, x) in enumerate(hung) for piece in _hung(tool, x, k)),
    ]


def _hung(tool: Callable[[], list[Part]], x: float, number: int) -> list[Part]:
    """Return a tool that lies along X hung on the wall at ``x``, head up."""
    return [
        replace(
            piece,
            name=f"tool {number} {piece.name}",
            shape=turned(turned(piece.shape, 1, -90), 2, 90).moved((x, _FACE, 1.26)),
        )
        for piece in tool()
    ]


def parts_bin() -> list[Part]:
    """A bin for small parts, 0.10 x 0.16 x 0.08 m, its low front towards -Y, with a label."""
    t = 0.003
    side = [(-0.08, 0.0), (0.08, 0.0), (0.08, 0.08), (-0.03, 0.08), (-0.08, 0.04)]
    walls = [_upright(side, t).moved((s * (0.05 - t / 2), 0, 0)) for s in (-1, 1)]
    floor = shapes.box((0.10 - 2 * t, 0.16 - 2 * t, t), (0, 0, t / 2))
    back = shapes.box((0.10 - 2 * t, t, 0.08), (0, 0.08 - t / 2, 0.04))
    front = shapes.box((0.10 - 2 * t, t, 0.04), (0, -0.08 + t / 2, 0.02))
    return [
        part("bin", [*walls, floor, back, front], look((0.02, 0.12, 0.42), rough=0.4)),
        part("label", [shapes.box((0.06, 0.001, 0.022), (0, -0.0803, 0.02))], look((0.88, 0.88, 0.85), rough=0.5)),
    ]


def _upright(outline_yz: list[tuple[float, float]], thickness: float) -> Shape:
    """Return a plate of an outline in Y and Z, counter-clockwise seen from +X, centred on x = 0."""
    outline = np.asarray(outline_yz, float)
    middle = outline.mean(0)
    plate = shapes.extruded(outline - middle, thickness)
    turn = np.array([[0, 0, 1, -thickness / 2], [1, 0, 0, middle[0]], [0, 1, 0, middle[1]], [0, 0, 0, 1.0]])
    return plate.transformed(turn)


def turntable() -> list[Part]:
    """A turntable, 0.42 x 0.42 x 0.09 m: a steel disk of 0.40 m with a scale around it, on a dark case."""
    case = lathed([(0.0, 0.008), (0.195, 0.008), (0.21, 0.02), (0.21, 0.055), (0.20, 0.062), (0.0, 0.062)])
    feet = [
        lathed([(0.0, 0.0), (0.018, 0.0), (0.018, 0.01), (0.0, 0.01)], 24).moved((*p, 0.0)) for p in _circle(0.15, 4)
    ]
    disk = lathed([(0.0, 0.066), (0.196, 0.066), (0.2, 0.068), (0.2, 0.088), (0.198, 0.09), (0.0, 0.09)], across=True)
    ticks = []
    for k in range(72):
        length = 0.016 if k % 6 == 0 else 0.008
        tick = shapes.box((length, 0.0012, 0.0004), (0.193 - length / 2, 0, 0.0901))
        ticks.append(turned(tick, 2, 5.0 * k))
    centre = lathed([(0.0, 0.0895), (0.012, 0.0895), (0.012, 0.0903), (0.0, 0.0903)], 32)
    knob = rod((0.0, -0.205, 0.038), (0.0, -0.216, 0.038), 0.014, 24)
    return [
        part("case", [case, *feet], look((0.045, 0.05, 0.055), rough=0.4)),
        part("disk", [disk], look((0.56, 0.57, 0.59), rough=0.32, metal=1.0, normal="grooves", bump=0.06)),
        part("scale", [*ticks, centre], _DARK),
        part("knob", [knob], look((0.75, 0.10, 0.03), rough=0.4)),
    ]


def toolbox() -> list[Part]:
    """A steel toolbox, 0.42 x 0.20 x 0.22 m, closed: a red body and lid, a grip, two latches towards -Y."""
    lid = bevelled([(0.21, -0.10), (0.21, 0.10), (-0.21, 0.10), (-0.21, -0.10)], 0.045, 0.018).moved((0, 0, 0.135))
    grip = [rod((-0.07, 0, 0.21), (0.07, 0, 0.21), 0.009)]
    grip += [rod((s * 0.07, 0, 0.17), (s * 0.07, 0, 0.215), 0.006) for s in (-1, 1)]
    latches = [bevelled_box((0.03, 0.008, 0.045), (s * 0.12, -0.102, 0.13), 0.002) for s in (-1, 1)]
    return [
        part(
            "box",
            [bevelled_box((0.41, 0.195, 0.135), (0, 0, 0.0675), 0.004), lid],
            look((0.55, 0.03, 0.02), rough=0.35),
        ),
        part("grip", grip, _DARK),
        part("latches", latches, _STEEL),
    ]


def _circle(radius: float, count: int) -> list[tuple[float, float]]:
    angles = (np.arange(count) + 0.5) * 2 * np.pi / count
    return [(radius * portable.cos(a), radius * portable.sin(a)) for a in angles]
