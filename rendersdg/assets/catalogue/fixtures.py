"""What stands in hospitals, offices and washrooms: wheelchairs, mirrors, washbasins, water coolers. Fronts face -Y."""

from __future__ import annotations

from rendersdg import shapes
from rendersdg.assets.parts import Part, ellipsoid, frustum, look, part, rod, turned
from rendersdg.shapes import revolved

_DARK = look((0.04, 0.04, 0.045), rough=0.6)
_WHITE = look((0.86, 0.86, 0.85), rough=0.3)
_CHROME = look((0.60, 0.61, 0.63), rough=0.2, metal=0.8)


def wheelchair() -> list[Part]:
    """A wheelchair, 0.64 x 1.0 x 0.92 m: two large wheels, two castors, seat and back, handles behind."""
    upright = turned(shapes.torus(0.275, 0.022, 48, 14), 1, 90)
    tyres = [upright.moved((s * 0.29, 0.12, 0.297)) for s in (-1, 1)]
    tyres += [turned(shapes.cylinder(0.085, 0.035, 28), 1, 90).moved((s * 0.22, -0.34, 0.085)) for s in (-1, 1)]
    spokes = []
    for s in (-1, 1):
        for k in range(4):
            spoke = turned(rod((0, 0, -0.275), (0, 0, 0.275), 0.006, 8), 0, 45 * k)
            spokes.append(spoke.moved((s * 0.29, 0.12, 0.297)))
    frame = []
    for x in (-0.23, 0.23):
        frame += [rod((x, 0.22, 0.25), (x, 0.22, 0.90), 0.013), rod((x, -0.24, 0.47), (x, 0.22, 0.47), 0.013)]
        frame += [rod((x, 0.22, 0.90), (x, 0.36, 0.91), 0.013), rod((x, -0.24, 0.70), (x, 0.22, 0.70), 0.013)]
        frame += [rod((x, -0.24, 0.70), (x, -0.24, 0.16), 0.013), rod((x, -0.24, 0.30), (x, -0.50, 0.12), 0.012)]
    arms = [shapes.box((0.05, 0.32, 0.03), (s * 0.23, -0.03, 0.72)) for s in (-1, 1)]
    rests = [shapes.box((0.16, 0.16, 0.015), (s * 0.13, -0.53, 0.11)) for s in (-1, 1)]
    axle = [rod((-0.30, 0.12, 0.297), (0.30, 0.12, 0.297), 0.012)]
    return [
        part("tyres", [*tyres, *arms, *rests], _DARK),
        part("frame", [*frame, *axle, *spokes], _CHROME),
        part(
            "seat",
            [shapes.box((0.44, 0.44, 0.04), (0, -0.01, 0.49)), shapes.box((0.44, 0.03, 0.36), (0, 0.21, 0.70))],
            look((0.04, 0.10, 0.28), rough=0.7),
        ),
    ]


def mirror() -> list[Part]:
    """A mirror in a frame, 0.60 x 0.04 x 0.90 m."""
    bars = [shapes.box((0.60, 0.04, 0.05), (0, 0, z)) for z in (0.025, 0.875)]
    bars += [shapes.box((0.05, 0.04, 0.80), (s * 0.275, 0, 0.45)) for s in (-1, 1)]
    return [
        part("frame", bars, look((0.85, 0.62, 0.40), rough=0.5, texture="wood")),
        part("glass", [shapes.box((0.50, 0.02, 0.80), (0, 0, 0.45))], look((0.80, 0.82, 0.84), rough=0.03, metal=1.0)),
    ]


def washbasin() -> list[Part]:
    """A washbasin on a column, 0.55 x 0.50 x 0.95 m, with a tap."""
    bowl = [
        (0.0, 0.68),
        (0.12, 0.68),
        (0.24, 0.76),
        (0.265, 0.83),
        (0.265, 0.85),
        (0.235, 0.85),
        (0.20, 0.77),
        (0.0, 0.74),
    ]
    basin = revolved(bowl, 48).displaced(lambda p: p * [1.0, 0.85, 1.0])
    foot = revolved([(0.0, 0.0), (0.12, 0.0), (0.08, 0.10), (0.075, 0.60), (0.11, 0.70), (0.0, 0.70)], 36)
    ledge = shapes.box((0.46, 0.10, 0.08), (0, 0.20, 0.81))
    tap = [rod((0, 0.20, 0.84), (0, 0.20, 0.94), 0.014), rod((0, 0.20, 0.935), (0, 0.07, 0.915), 0.012)]
    drain = shapes.cylinder(0.022, 0.006, 24).moved((0, 0, 0.742))
    return [part("basin", [basin, foot, ledge], _WHITE), part("tap", [*tap, drain], _CHROME)]


def water_cooler() -> list[Part]:
    """A water cooler, 0.32 x 0.34 x 1.32 m: a blue bottle upside down on a white case with two taps."""
    bottle = [(0.0, 0.93), (0.035, 0.93), (0.04, 0.98), (0.13, 1.04), (0.135, 1.28), (0.12, 1.32), (0.0, 1.32)]
    recess = shapes.box((0.24, 0.02, 0.26), (0, -0.156, 0.72))
    taps = [shapes.box((0.03, 0.05, 0.03), (s * 0.05, -0.18, 0.80)) for s in (-1, 1)]
    return [
        part(
            "case",
            [frustum((0.32, 0.32), (0.30, 0.30), (0.0, 0.96)), shapes.box((0.24, 0.06, 0.02), (0, -0.17, 0.60))],
            _WHITE,
        ),
        part("bottle", [revolved(bottle, 40)], look((0.12, 0.38, 0.70), rough=0.1)),
        part("recess", [recess], look((0.25, 0.26, 0.28), rough=0.6)),
        part("cold tap", [taps[0]], look((0.03, 0.15, 0.65), rough=0.4)),
        part("hot tap", [taps[1]], look((0.70, 0.03, 0.02), rough=0.4)),
    ]


def mop() -> list[Part]:
    """A mop that leans in its yellow bucket on wheels, 0.42 x 0.60 x 1.25 m."""
    bucket = frustum((0.30, 0.40), (0.38, 0.50), (0.07, 0.40))
    water = shapes.box((0.32, 0.44, 0.004), (0, 0, 0.400))
    wheels = [
        turned(shapes.cylinder(0.035, 0.025, 24), 1, 90).moved((sx * 0.13, sy * 0.17, 0.035))
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    wheels += [shapes.box((0.03, 0.03, 0.05), (sx * 0.13, sy * 0.17, 0.06)) for sx in (-1, 1) for sy in (-1, 1)]
    rim = [shapes.box((0.42, 0.03, 0.03), (0, s * 0.255, 0.395)) for s in (-1, 1)]
    rim += [shapes.box((0.03, 0.48, 0.03), (s * 0.195, 0, 0.395)) for s in (-1, 1)]
    strings = [ellipsoid((0.12, 0.10, 0.09), (0, -0.08, 0.42))]
    return [
        part("bucket", [bucket, *rim], look((0.90, 0.64, 0.02), rough=0.45)),
        part("wheels", [*wheels, water], _DARK),
        part(
            "stick",
            [rod((0, -0.08, 0.45), (0, 0.20, 1.24), 0.013)],
            look((0.85, 0.65, 0.42), rough=0.6, texture="wood"),
        ),
        part("strings", strings, _WHITE),
    ]


def towel_dispenser() -> list[Part]:
    """A dispenser of paper towels, 0.30 x 0.13 x 0.40 m, its front towards -Y, a towel hanging out below."""
    return [
        part("case", [shapes.box((0.30, 0.12, 0.36), (0, 0, 0.22))], look((0.82, 0.83, 0.84), rough=0.4)),
        part("window", [shapes.box((0.18, 0.004, 0.10), (0, -0.061, 0.28))], look((0.10, 0.20, 0.30), rough=0.1)),
        part("towel", [shapes.box((0.20, 0.003, 0.08), (0, -0.03, 0.04))], look((0.90, 0.88, 0.82), rough=0.95)),
    ]
