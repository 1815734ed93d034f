"""Vehicles that drive towards +X."""

from __future__ import annotations

from rendersdg import shapes
from rendersdg.assets.parts import Part, frustum, look, part, profiled, rod, wheel
from rendersdg.shapes import Shape

_GLASS = look((0.02, 0.03, 0.04), rough=0.08)
_TYRE = look((0.025, 0.025, 0.028), rough=0.85)
_RIM = look((0.55, 0.56, 0.58), rough=0.3, metal=0.7)
_WHITE = look((0.90, 0.90, 0.84), rough=0.2)
_RED = look((0.55, 0.01, 0.01), rough=0.25)
_GREY = look((0.10, 0.10, 0.11), rough=0.6)


def _wheels(places: list[tuple[float, float]], radius: float, width: float) -> list[Part]:
    tyres = [wheel((x, y, radius), radius, width) for x, y in places]
    rims = [wheel((x, y, radius), radius * 0.6, width * 1.06) for x, y in places]
    return [part("tyres", tyres, _TYRE), part("rims", rims, _RIM)]


def _lights(x: float, y: float, z: float, size: tuple[float, float]) -> list[Shape]:
    return [shapes.box((0.06, *size), (x, s * y, z)) for s in (-1, 1)]


def car() -> list[Part]:
    """A car, 4.3 x 1.8 x 1.45 m: red, with dark windows."""
    side = [(-2.10, 0.28), (2.05, 0.28), (2.13, 0.42), (2.10, 0.62), (1.95, 0.74), (0.95, 0.88), (-1.75, 0.92)]
    body = profiled([*side, (-2.05, 0.86), (-2.15, 0.60)], 1.76)
    cabin = frustum((2.75, 1.62), (1.45, 1.28), (0.86, 1.40), shift_x=-0.12).moved((-0.42, 0, 0))
    roof = shapes.box((1.46, 1.29, 0.05), (-0.54, 0, 1.415))
    pillars = [rod((-0.55, s * 0.81, 0.88), (-0.54, s * 0.645, 1.41), 0.035) for s in (-1, 1)]
    pillars += [rod((0.93, s * 0.79, 0.88), (0.17, s * 0.63, 1.41), 0.03) for s in (-1, 1)]
    pillars += [rod((-1.77, s * 0.79, 0.90), (-1.25, s * 0.63, 1.41), 0.035) for s in (-1, 1)]
    mirrors = [shapes.box((0.10, 0.16, 0.11), (0.62, s * 0.88, 0.95)) for s in (-1, 1)]
    trim = [shapes.box((0.05, 1.2, 0.14), (2.11, 0, 0.40)), shapes.box((0.05, 0.5, 0.12), (-2.14, 0, 0.55))]
    return [
        part("body", [body, roof, *pillars, *mirrors], look((0.55, 0.03, 0.03), rough=0.25)),
        part("windows", [cabin], _GLASS),
        part("trim", trim, _GREY),
        *_wheels([(x, y) for x in (-1.35, 1.32) for y in (-0.80, 0.80)], 0.32, 0.21),
        part("headlights", _lights(2.07, 0.68, 0.62, (0.32, 0.13)), _WHITE),
        part("tail lights", _lights(-2.11, 0.70, 0.74, (0.28, 0.14)), _RED),
    ]


def truck() -> list[Part]:
    """A truck, 7.5 x 2.5 x 3.4 m: blue cab, white box."""
    cab = profiled([(1.95, 0.55), (3.70, 0.55), (3.72, 1.45), (3.45, 2.70), (1.95, 2.75)], 2.3)
    glass = [shapes.box((0.80, 2.32, 0.70), (2.95, 0, 2.02))]
    screen = profiled([(3.60, 1.60), (3.705, 1.60), (3.50, 2.55), (3.42, 2.55)], 2.06)
    frame = [shapes.box((7.0, 0.9, 0.25), (0, 0, 0.72)), shapes.box((0.15, 2.3, 0.30), (3.70, 0, 0.55))]
    frame += [shapes.box((0.12, 2.2, 0.12), (-3.60, 0, 0.60))]
    box = [shapes.box((5.5, 2.5, 2.5), (-0.92, 0, 2.15))]
    ribs = [shapes.box((0.06, 2.54, 2.54), (x, 0, 2.15)) for x in (-3.68, 1.82)]
    places = [(2.75, -1.0), (2.75, 1.0), (-2.2, -1.0), (-2.2, 1.0)]
    return [
        part("cab", [cab], look((0.03, 0.14, 0.42), rough=0.3)),
        part("windows", [*glass, screen], _GLASS),
        part("box", box, look((0.80, 0.81, 0.82), rough=0.5)),
        part("frame", [*frame, *ribs], _GREY),
        *_wheels(places, 0.48, 0.32),
        part("headlights", _lights(3.73, 0.90, 0.85, (0.34, 0.18)), _WHITE),
        part("tail lights", _lights(-3.66, 0.95, 0.75, (0.30, 0.14)), _RED),
    ]


def bus() -> list[Part]:
    """A bus, 11 x 2.5 x 3.1 m: yellow, with a row of windows."""
    body = [shapes.box((11.0, 2.5, 2.7), (0, 0, 1.70)), shapes.box((8.5, 1.8, 0.12), (-0.5, 0, 3.06))]
    windows = [shapes.box((1.35, 2.54, 0.95), (-4.6 + k * 1.55, 0, 2.15)) for k in range(6)]
    windows += [shapes.box((0.06, 2.25, 1.25), (5.49, 0, 2.0)), shapes.box((0.06, 2.1, 0.8), (-5.49, 0, 2.2))]
    doors = [shapes.box((1.05, 0.06, 2.05), (4.6, -1.24, 1.55)), shapes.box((1.05, 0.06, 0.95), (4.6, 1.24, 2.15))]
    return [
        part("body", body, look((0.88, 0.55, 0.02), rough=0.4)),
        part("windows", [*windows, *doors], _GLASS),
        part("skirt", [shapes.box((10.9, 2.52, 0.10), (0, 0, 0.80))], _GREY),
        *_wheels([(x, y) for x in (-3.2, 3.3) for y in (-1.12, 1.12)], 0.48, 0.30),
        part("headlights", _lights(5.50, 0.95, 0.75, (0.40, 0.18)), _WHITE),
        part("tail lights", _lights(-5.50, 1.0, 0.85, (0.28, 0.30)), _RED),
    ]
