"""Furniture; backs are towards +Y, so one sits or stands before it at -Y."""

from __future__ import annotations

from rendersdg import shapes
from rendersdg.assets.parts import OmniPbrInputs, Part, ellipsoid, look, part, rod, turned, wheel
from rendersdg.shapes import Shape, revolved

_WOOD = look((0.90, 0.70, 0.48), rough=0.55, texture="wood")
_STEEL = look((0.45, 0.46, 0.48), rough=0.35, metal=0.8)
_DARK = look((0.05, 0.05, 0.055), rough=0.6)
_WHITE = look((0.82, 0.82, 0.80), rough=0.6)


def _cloth(colour: tuple[float, float, float]) -> OmniPbrInputs:
    return look(colour, rough=0.9, texture="fabric", texture_scale=[4.0, 4.0])


def _legs(width: float, depth: float, height: float, thickness: float) -> list[Shape]:
    x, y = (width - thickness) / 2, (depth - thickness) / 2
    size = (thickness, thickness, height)
    return [shapes.box(size, (sx * x, sy * y, height / 2)) for sx in (-1, 1) for sy in (-1, 1)]


def table() -> list[Part]:
    """A table, 1.40 x 0.80 x 0.75 m: a wooden top on steel legs."""
    rails = [shapes.box((1.26, 0.03, 0.07), (0, s * 0.345, 0.675)) for s in (-1, 1)]
    rails += [shapes.box((0.03, 0.66, 0.07), (s * 0.645, 0, 0.675)) for s in (-1, 1)]
    return [
        part("top", [shapes.box((1.40, 0.80, 0.04), (0, 0, 0.73))], _WOOD),
        part("legs", [*_legs(1.34, 0.74, 0.71, 0.055), *rails], _STEEL),
    ]


def side_table() -> list[Part]:
    """A side table, 0.50 x 0.45 x 0.55 m, with a drawer."""
    return [
        part("body", [shapes.box((0.46, 0.42, 0.20), (0, 0, 0.43)), *_legs(0.46, 0.42, 0.33, 0.035)], _WHITE),
        part("top", [shapes.box((0.50, 0.45, 0.025), (0, 0, 0.5375))], _WOOD),
        part("handle", [shapes.box((0.12, 0.02, 0.015), (0, -0.22, 0.44))], _DARK),
    ]


def desk() -> list[Part]:
    """A desk, 1.50 x 0.75 x 0.74 m: a side panel, and drawers under the other end."""
    drawers = [shapes.box((0.37, 0.02, 0.20), (0.51, -0.345, 0.125 + k * 0.225)) for k in range(3)]
    handles = [shapes.box((0.14, 0.02, 0.015), (0.51, -0.365, 0.17 + k * 0.225)) for k in range(3)]
    body = [shapes.box((0.40, 0.66, 0.70), (0.51, 0.01, 0.35)), shapes.box((0.03, 0.66, 0.70), (-0.695, 0.01, 0.35))]
    return [
        part("top", [shapes.box((1.50, 0.75, 0.03), (0, 0, 0.725))], _WOOD),
        part("body", [*body, shapes.box((1.0, 0.02, 0.40), (-0.185, 0.30, 0.50))], look((0.35, 0.36, 0.38), rough=0.6)),
        part("drawers", drawers, _WHITE),
        part("handles", handles, _DARK),
    ]


def chair() -> list[Part]:
    """A wooden chair, 0.45 x 0.50 x 0.90 m, with a padded seat."""
    legs = [shapes.box((0.04, 0.04, 0.43), (s * 0.20, -0.21, 0.215)) for s in (-1, 1)]
    legs += [shapes.box((0.04, 0.04, 0.90), (s * 0.20, 0.22, 0.45)) for s in (-1, 1)]
    rails = [shapes.box((0.36, 0.025, 0.07), (0, 0.22, z)) for z in (0.58, 0.71, 0.84)]
    rails += [shapes.box((0.03, 0.40, 0.03), (s * 0.20, 0, 0.22)) for s in (-1, 1)]
    return [
        part("frame", [*legs, *rails, shapes.box((0.44, 0.46, 0.03), (0, 0, 0.425))], _WOOD),
        part("seat", [shapes.box((0.42, 0.42, 0.04), (0, -0.015, 0.46))], look((0.42, 0.06, 0.05), rough=0.8)),
    ]


def office_chair() -> list[Part]:
    """An office chair, 0.65 x 0.65 x 1.0 m: five castors, a column, a padded seat and back, arm rests."""
    cloth = look((0.06, 0.10, 0.22), rough=0.85, texture="fabric", texture_scale=[4.0, 4.0])
    feet, castors = [], []
    for k in range(5):
        foot = rod((0.03, 0, 0.10), (0.29, 0, 0.075), 0.018)
        feet.append(turned(foot, 2, 72 * k + 18))
        castors.append(turned(wheel((0.29, 0, 0.03), 0.03, 0.045), 2, 72 * k + 18))
    arms = [shapes.box((0.05, 0.26, 0.03), (s * 0.27, -0.02, 0.68)) for s in (-1, 1)]
    arms += [shapes.box((0.035, 0.05, 0.22), (s * 0.27, 0.02, 0.57)) for s in (-1, 1)]
    stem = [rod((0, 0, 0.08), (0, 0, 0.44), 0.028), shapes.box((0.56, 0.30, 0.025), (0, 0.02, 0.45))]
    back = turned(shapes.box((0.44, 0.06, 0.46), (0, 0, 0.25)), 0, -8).moved((0, 0.22, 0.54))
    return [
        part("seat", [shapes.box((0.49, 0.48, 0.07), (0, 0, 0.495)), back], cloth),
        part("frame", [*feet, *stem, *arms, shapes.box((0.07, 0.03, 0.30), (0, 0.245, 0.58))], _DARK),
        part("castors", castors, look((0.25, 0.25, 0.26), rough=0.4)),
    ]


def stool() -> list[Part]:
    """A round stool, 0.38 m wide and 0.48 m high, on four legs."""
    legs = [rod((sx * 0.16, sy * 0.16, 0.0), (sx * 0.09, sy * 0.09, 0.44), 0.015) for sx in (-1, 1) for sy in (-1, 1)]
    seat = revolved([(0.0, 0.43), (0.17, 0.43), (0.19, 0.445), (0.19, 0.465), (0.17, 0.48), (0.0, 0.48)], 40)
    return [part("legs", [leg.moved((0, 0, 0.0034)) for leg in legs], _STEEL), part("seat", [seat], _WOOD)]


def sofa() -> list[Part]:
    """A sofa for three, 2.0 x 0.90 x 0.85 m."""
    arms = [shapes.box((0.20, 0.88, 0.52), (s * 0.90, 0, 0.34)) for s in (-1, 1)]
    back = turned(shapes.box((1.62, 0.16, 0.58)), 0, -8).moved((0, 0.33, 0.555))
    cushions = [shapes.box((0.52, 0.62, 0.15), (x * 0.532, -0.12, 0.415)) for x in (-1, 0, 1)]
    cushions += [turned(shapes.box((0.50, 0.12, 0.36)), 0, -14).moved((x * 0.532, 0.20, 0.66)) for x in (-1, 0, 1)]
    feet = [shapes.box((0.06, 0.06, 0.08), (sx * 0.92, sy * 0.38, 0.04)) for sx in (-1, 1) for sy in (-1, 1)]
    return [
        part("frame", [shapes.box((1.64, 0.84, 0.27), (0, 0, 0.215)), *arms, back], _cloth((0.20, 0.32, 0.30))),
        part("cushions", cushions, _cloth((0.34, 0.48, 0.45))),
        part("feet", feet, _DARK),
    ]


def armchair() -> list[Part]:
    """An armchair, 0.88 x 0.88 x 0.95 m."""
    leather = look((0.24, 0.11, 0.05), rough=0.45)
    arms = [shapes.box((0.17, 0.82, 0.52), (s * 0.355, -0.02, 0.34)) for s in (-1, 1)]
    back = turned(shapes.box((0.56, 0.17, 0.70)), 0, -10).moved((0, 0.30, 0.595))
    feet = [shapes.box((0.06, 0.06, 0.08), (sx * 0.37, sy * 0.36, 0.04)) for sx in (-1, 1) for sy in (-1, 1)]
    cushions = [shapes.box((0.53, 0.60, 0.15), (0, -0.12, 0.42))]
    return [
        part("frame", [shapes.box((0.70, 0.78, 0.27), (0, 0, 0.215)), *arms, back], leather),
        part("cushion", cushions, look((0.36, 0.18, 0.09), rough=0.5)),
        part("feet", feet, _DARK),
    ]


def bed() -> list[Part]:
    """A single bed, 1.0 x 2.1 x 0.95 m, its head towards +Y: frame, mattress, blanket, pillow."""
    frame = [shapes.box((1.0, 0.05, 0.95), (0, 1.025, 0.475)), shapes.box((1.0, 0.05, 0.55), (0, -1.025, 0.275))]
    frame += [shapes.box((0.04, 2.0, 0.18), (s * 0.48, 0, 0.30)) for s in (-1, 1)]
    blanket = [shapes.box((0.95, 1.35, 0.05), (0, -0.31, 0.545))]
    return [
        part("frame", frame, _WOOD),
        part("mattress", [shapes.box((0.90, 1.98, 0.26), (0, 0, 0.40))], _WHITE),
        part("blanket", blanket, look((0.16, 0.30, 0.52), rough=0.9, texture="fabric", texture_scale=[6.0, 6.0])),
        part("pillow", [ellipsoid((0.34, 0.20, 0.085), (0, 0.75, 0.57))], look((0.88, 0.88, 0.86), rough=0.9)),
    ]


def cabinet() -> list[Part]:
    """A cabinet, 0.90 x 0.45 x 1.80 m, with two doors."""
    doors = [shapes.box((0.435, 0.02, 1.66), (s * 0.222, -0.215, 0.93)) for s in (-1, 1)]
    handles = [rod((s * 0.05, -0.25, 0.85), (s * 0.05, -0.25, 1.10), 0.012) for s in (-1, 1)]
    return [
        part("body", [shapes.box((0.90, 0.41, 1.80), (0, 0.0, 0.90))], look((0.42, 0.44, 0.46), rough=0.5)),
        part("doors", doors, look((0.70, 0.72, 0.73), rough=0.5)),
        part("handles", handles, _DARK),
    ]


def lamp() -> list[Part]:
    """A floor lamp, 1.6 m: foot, pole, shade."""
    foot = shapes.cylinder(0.15, 0.03, 48).moved((0, 0, 0.015))
    shade = revolved([(0.0, 1.30), (0.23, 1.30), (0.15, 1.60), (0.0, 1.60)], 48, smooth=False)
    return [
        part("foot", [foot, rod((0, 0, 0.02), (0, 0, 1.35), 0.013)], _DARK),
        part("shade", [shade], look((0.90, 0.80, 0.58), rough=0.8)),
    ]
