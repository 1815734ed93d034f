"""Equipment of workplaces: bins, buckets, signs, carts, ladders, totes, conveyors, fire extinguishers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from rendersdg import portable, shapes
from rendersdg.assets.parts import Part, beam, frustum, look, open_box, part, profiled, rod, turned, wheel
from rendersdg.shapes import Shape, revolved

_DARK = look((0.05, 0.05, 0.055), rough=0.6)
_STEEL = look((0.50, 0.51, 0.53), rough=0.35, metal=0.8)
_YELLOW = look((0.92, 0.66, 0.02), rough=0.45)
_WHITE = look((0.85, 0.85, 0.83), rough=0.4)


def trash_can() -> list[Part]:
    """A round bin for rubbish, 0.42 m wide and 0.70 m high, with a swing lid."""
    body = revolved([(0.0, 0.0), (0.165, 0.0), (0.20, 0.55), (0.0, 0.55)], 48, smooth=False)
    lid = revolved([(0.0, 0.53), (0.21, 0.53), (0.21, 0.57), (0.17, 0.65), (0.10, 0.69), (0.0, 0.70)], 48)
    flap = turned(shapes.box((0.17, 0.11, 0.05)), 0, 48).moved((0, -0.146, 0.646))
    foot = revolved([(0.0, 0.0), (0.175, 0.0), (0.175, 0.03), (0.0, 0.03)], 48, smooth=False)
    return [
        part("body", [body], look((0.36, 0.38, 0.40), rough=0.5)),
        part("lid", [lid, foot], look((0.04, 0.16, 0.08), rough=0.5)),
        part("flap", [flap], _DARK),
    ]


def waste_container() -> list[Part]:
    """A bin on two wheels for the street, 0.58 x 0.72 x 1.05 m, green, its lid hinged at +Y."""
    body = frustum((0.46, 0.50), (0.56, 0.66), (0.04, 0.98))
    lid = [shapes.box((0.58, 0.70, 0.05), (0, -0.01, 1.0)), shapes.box((0.46, 0.54, 0.03), (0, -0.01, 1.035))]
    rim = [shapes.box((0.58, 0.69, 0.05), (0, 0, 0.945))]
    grip = [rod((-0.22, 0.36, 0.97), (0.22, 0.36, 0.97), 0.018)]
    wheels = [turned(shapes.cylinder(0.10, 0.05, 32), 1, 90).moved((s * 0.26, 0.24, 0.10)) for s in (-1, 1)]
    foot = [shapes.box((0.40, 0.08, 0.06), (0, -0.19, 0.03)), rod((-0.26, 0.24, 0.10), (0.26, 0.24, 0.10), 0.015)]
    return [
        part("body", [body, *rim], look((0.03, 0.20, 0.07), rough=0.55)),
        part("lid", [*lid, *grip], look((0.02, 0.13, 0.05), rough=0.5)),
        part("wheels", [*wheels, *foot], _DARK),
    ]


def bucket() -> list[Part]:
    """A bucket, 0.32 m wide and 0.30 m high, open, with a handle of wire."""
    wall = [(0.0, 0.0), (0.105, 0.0), (0.145, 0.27), (0.155, 0.27), (0.155, 0.285), (0.138, 0.285), (0.098, 0.012)]
    body = revolved([*wall, (0.0, 0.012)], 48, smooth=False)
    angles = np.linspace(0.0, np.pi, 13)
    arc = np.column_stack(
        [0.158 * portable.cos(angles), -0.155 * portable.sin(angles) * 0.55, 0.26 + 0.155 * portable.sin(angles) * 0.8]
    )
    wire = [rod(a, b, 0.004, 10) for a, b in pairwise(arc.tolist())]
    grip = [rod(arc[5].tolist(), arc[7].tolist(), 0.012)]
    ears = [shapes.box((0.015, 0.04, 0.05), (s * 0.155, 0, 0.26)) for s in (-1, 1)]
    return [
        part("bucket", [body, *ears], look((0.04, 0.20, 0.52), rough=0.4)),
        part("handle", wire, _STEEL),
        part("grip", grip, _DARK),
    ]


def wet_floor_sign() -> list[Part]:
    """A yellow sign that warns of a wet floor, 0.30 x 0.38 x 0.62 m: two panels that lean together, with a warning
    triangle and lines of text.
    """
    panel = frustum((0.30, 0.012), (0.20, 0.012), (0.0, 0.62))
    lines = [shapes.box((w, 0.004, 0.028), (0, -0.007, z)) for w, z in ((0.17, 0.30), (0.17, 0.25), (0.12, 0.20))]
    triangle = profiled([(-0.075, 0.36), (0.075, 0.36), (0.0, 0.49)], 0.004).moved((0, -0.007, 0))
    inside = profiled([(-0.05, 0.373), (0.05, 0.373), (0.0, 0.462)], 0.005).moved((0, -0.008, 0))
    mark = [shapes.box((0.010, 0.006, h), (0, -0.0085, z)) for h, z in ((0.040, 0.415), (0.010, 0.383))]
    return [
        part("panels", [*_on_both_sides([panel]), shapes.box((0.18, 0.06, 0.05), (0, 0, 0.592))], _YELLOW),
        part("marks", _on_both_sides([triangle, *lines, *mark]), _DARK),
        part("triangles", _on_both_sides([inside]), _YELLOW),
    ]


def _on_both_sides(pieces: list[Shape]) -> list[Shape]:
    """Return what is on a panel in the plane y = 0 for both panels of a sign that leans together."""
    leant = [turned(piece, 0, -16).moved((0, -0.185, 0.0017)) for piece in pieces]
    return leant + [turned(piece, 2, 180) for piece in leant]


def _castors(places: list[tuple[float, float]], radius: float) -> list[Shape]:
    castors = [wheel((x, y, radius), radius, 0.035) for x, y in places]
    return castors + [shapes.box((0.05, 0.05, radius), (x, y, radius * 2)) for x, y in places]


def push_cart() -> list[Part]:
    """A platform cart, 1.0 x 0.60 x 0.95 m: a deck on four castors, a handle at -X."""
    bars = [rod((-0.47, s * 0.25, 0.2), (-0.47, s * 0.25, 0.93), 0.017) for s in (-1, 1)]
    bars += [
        rod((-0.47, -0.265, 0.93), (-0.47, 0.265, 0.93), 0.017),
        rod((-0.47, -0.25, 0.55), (-0.47, 0.25, 0.55), 0.012),
    ]
    castors = _castors([(x, y) for x in (-0.38, 0.38) for y in (-0.22, 0.22)], 0.065)
    rim = [shapes.box((1.0, 0.60, 0.03), (0, 0, 0.185))]
    return [
        part(
            "deck", [shapes.box((0.96, 0.56, 0.02), (0, 0, 0.205))], look((0.85, 0.66, 0.45), rough=0.7, texture="wood")
        ),
        part("frame", [*rim, *bars], look((0.04, 0.16, 0.44), rough=0.4)),
        part("castors", castors, _DARK),
    ]


def shelf_cart() -> list[Part]:
    """A cart with three shelves, 0.85 x 0.50 x 0.95 m, as hospitals and offices have them."""
    trays = [shapes.box((0.80, 0.48, 0.02), (0, 0, z)) for z in (0.20, 0.52, 0.84)]
    rims = [shapes.box((0.80, 0.015, 0.05), (0, s * 0.235, z + 0.025)) for s in (-1, 1) for z in (0.20, 0.52, 0.84)]
    posts = [rod((sx * 0.39, sy * 0.23, 0.13), (sx * 0.39, sy * 0.23, 0.90), 0.014) for sx in (-1, 1) for sy in (-1, 1)]
    grip = [rod((-0.45, -0.23, 0.93), (-0.45, 0.23, 0.93), 0.016)]
    grip += [rod((-0.39, s * 0.23, 0.86), (-0.45, s * 0.23, 0.93), 0.014) for s in (-1, 1)]
    castors = _castors([(x, y) for x in (-0.36, 0.36) for y in (-0.20, 0.20)], 0.055)
    return [
        part("trays", [*trays, *rims], look((0.70, 0.74, 0.76), rough=0.4)),
        part("frame", [*posts, *grip], _STEEL),
        part("castors", castors, _DARK),
    ]


def ladder() -> list[Part]:
    """A step ladder, 0.50 x 1.05 x 1.80 m, five steps towards -Y and a support behind."""
    rails = [beam((s * 0.24, -0.50, 0.02), (s * 0.17, -0.02, 1.76), (0.025, 0.06)) for s in (-1, 1)]
    struts = [beam((s * 0.23, 0.50, 0.02), (s * 0.17, 0.04, 1.72), (0.02, 0.035)) for s in (-1, 1)]
    steps = []
    for k in range(1, 6):
        t = k / 6.2
        steps.append(shapes.box((0.48 - 0.14 * t, 0.09, 0.025), (0, -0.50 + 0.48 * t, 1.76 * t)))
    braces = [
        rod((-0.21, 0.50 - 0.46 * t, 0.02 + 1.70 * t), (0.21, 0.50 - 0.46 * t, 0.02 + 1.70 * t), 0.01)
        for t in (0.25, 0.6)
    ]
    feet = [
        shapes.box((0.035, 0.07, 0.05), (s * x, y, 0.025)) for s in (-1, 1) for x, y in ((0.24, -0.50), (0.23, 0.50))
    ]
    top = [shapes.box((0.40, 0.20, 0.05), (0, 0.0, 1.775))]
    return [
        part("rails", [*rails, *struts, *braces], look((0.62, 0.63, 0.65), rough=0.35, metal=0.6)),
        part("steps", steps, look((0.50, 0.51, 0.53), rough=0.45, metal=0.4)),
        part("top", [*top, *feet], look((0.75, 0.10, 0.02), rough=0.5)),
    ]


def tote() -> list[Part]:
    """A tote of blue plastic, 0.60 x 0.40 x 0.30 m, open, with ribs and handles."""
    outer = open_box((0.58, 0.38, 0.29), 0.012)
    rim = [shapes.box((0.60, 0.022, 0.025), (0, s * 0.189, 0.285)) for s in (-1, 1)]
    rim += [shapes.box((0.022, 0.356, 0.025), (s * 0.289, 0, 0.285)) for s in (-1, 1)]
    ribs = [shapes.box((0.012, 0.012, 0.26), (x, s * 0.193, 0.14)) for s in (-1, 1) for x in (-0.27, -0.13, 0.13, 0.27)]
    grips = [shapes.box((0.014, 0.13, 0.035), (s * 0.287, 0, 0.235)) for s in (-1, 1)]
    labels = [shapes.box((0.12, 0.006, 0.07), (0, s * 0.191, 0.16)) for s in (-1, 1)]
    return [
        part("tote", [outer, *rim, *ribs], look((0.03, 0.15, 0.50), rough=0.45)),
        part("grips", grips, _DARK),
        part("labels", labels, _WHITE),
    ]


def conveyor() -> list[Part]:
    """A belt conveyor along X, 2.0 x 0.70 x 0.85 m."""
    belt = [shapes.box((1.90, 0.56, 0.09), (0, 0, 0.785))]
    belt += [turned(shapes.cylinder(0.045, 0.56, 32), 0, 90).moved((s * 0.95, 0, 0.785)) for s in (-1, 1)]
    rails = [shapes.box((2.0, 0.05, 0.16), (0, s * 0.315, 0.77)) for s in (-1, 1)]
    legs = [shapes.box((0.06, 0.05, 0.70), (x, s * 0.315, 0.35)) for s in (-1, 1) for x in (-0.8, 0.8)]
    legs += [shapes.box((0.04, 0.60, 0.05), (x, 0, 0.25)) for x in (-0.8, 0.8)]
    guides = [rod((-0.98, s * 0.315, 0.88), (0.98, s * 0.315, 0.88), 0.012) for s in (-1, 1)]
    motor = [
        turned(shapes.cylinder(0.09, 0.26, 32), 1, 90).moved((0.3, 0, 0.62)),
        shapes.box((0.14, 0.2, 0.16), (0.1, 0, 0.64)),
    ]
    return [
        part("belt", belt, look((0.03, 0.03, 0.033), rough=0.8)),
        part("frame", [*rails, *legs], look((0.55, 0.57, 0.60), rough=0.4, metal=0.3)),
        part("guides", guides, _YELLOW),
        part("motor", motor, look((0.05, 0.20, 0.45), rough=0.45)),
    ]


def fire_extinguisher() -> list[Part]:
    """A fire extinguisher, 0.60 m: a red cylinder with a valve, a lever, a hose and a label."""
    body = revolved(
        [(0.0, 0.0), (0.070, 0.0), (0.078, 0.015), (0.078, 0.40), (0.065, 0.45), (0.03, 0.475), (0.0, 0.48)], 40
    )
    valve = [rod((0, 0, 0.46), (0, 0, 0.54), 0.022), shapes.box((0.05, 0.06, 0.03), (0, 0, 0.525))]
    levers = [
        beam((0, 0.01, 0.55), (0, -0.13, 0.59), (0.022, 0.012)),
        beam((0, 0.0, 0.53), (0, -0.12, 0.525), (0.022, 0.012)),
    ]
    bend = [(0.02, 0.0, 0.53), (0.075, 0.0, 0.52), (0.098, 0.0, 0.46), (0.098, 0.0, 0.20)]
    hose = [rod(a, b, 0.011) for a, b in pairwise(bend)] + [rod((0.098, 0, 0.21), (0.098, 0, 0.12), 0.018)]
    label = revolved([(0.0, 0.20), (0.0795, 0.20), (0.0795, 0.33), (0.0, 0.33)], 40, smooth=False)
    ring = revolved([(0.0, 0.0), (0.080, 0.0), (0.080, 0.03), (0.0, 0.03)], 40, smooth=False)
    return [
        part("body", [body], look((0.72, 0.02, 0.02), rough=0.25)),
        part("valve", [*valve, *levers, *hose, ring], _DARK),
        part("label", [label], look((0.85, 0.83, 0.72), rough=0.5)),
    ]


def whiteboard() -> list[Part]:
    """A whiteboard, 1.50 x 0.06 x 1.0 m, its face towards -Y."""
    frame = [shapes.box((1.50, 0.025, 0.03), (0, 0, z)) for z in (0.015, 0.985)]
    frame += [shapes.box((0.03, 0.025, 1.0), (s * 0.735, 0, 0.5)) for s in (-1, 1)]
    lines = [shapes.box((w, 0.002, 0.012), (-0.25, -0.0075, z)) for w, z in ((0.7, 0.82), (0.5, 0.74), (0.62, 0.66))]
    return [
        part("board", [shapes.box((1.46, 0.012, 0.96), (0, 0, 0.5))], _WHITE),
        part("frame", [*frame, shapes.box((0.5, 0.06, 0.015), (0, -0.025, 0.0075))], _STEEL),
        part("writing", lines, look((0.04, 0.08, 0.35), rough=0.7)),
    ]
