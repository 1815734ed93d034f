"""What stands on kitchen shelves and tables: packed food in the sizes of the YCB object set, dishes, small tools.

Sizes: Calli et al., Benchmarking in Manipulation Research (2015), table of objects.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from rendersdg import portable, shapes
from rendersdg.assets.parts import Part, ellipsoid, limb, look, part, rod, turned
from rendersdg.shapes import Shape, revolved

Size = tuple[float, float, float]
Colour = tuple[float, float, float]
_WHITE = look((0.88, 0.87, 0.84), rough=0.45)
_DARK = look((0.05, 0.05, 0.055), rough=0.6)
_TIN = look((0.80, 0.80, 0.82), rough=0.22, metal=1.0)
_PRINT = 0.0004  # metres that a printed panel stands out from its box


def printed_box(size: Size, colour: Colour, panel: Colour) -> list[Part]:
    """Return a closed box with a panel and a stripe printed on its large sides and its narrow ones."""
    w, d, h = size
    wide = [shapes.box((w * 0.86, d + _PRINT * 2, h * 0.42), (0, 0, h * 0.62))]
    wide += [shapes.box((w + _PRINT * 2, d * 0.7, h * 0.3), (0, 0, h * 0.62))]
    stripes = [shapes.box((w + _PRINT * 4, d + _PRINT * 4, h * 0.07), (0, 0, h * z)) for z in (0.16, 0.30)]
    seal = [shapes.box((w * 0.5, d * 0.6, _PRINT * 2), (0, 0, h))]
    return [
        part("box", [shapes.box(size, (0, 0, h / 2))], look(colour, rough=0.5)),
        part("panel", [*wide, *seal], look(panel, rough=0.5)),
        part("stripes", stripes, look((0.12, 0.09, 0.07), rough=0.5)),
    ]


def cracker_box() -> list[Part]:
    """A box of crackers, 0.158 x 0.060 x 0.210 m: red, with a yellow panel."""
    return printed_box((0.158, 0.060, 0.210), (0.62, 0.03, 0.03), (0.86, 0.66, 0.25))


def sugar_box() -> list[Part]:
    """A box of sugar, 0.089 x 0.038 x 0.175 m: yellow and white."""
    return printed_box((0.089, 0.038, 0.175), (0.90, 0.72, 0.04), (0.92, 0.92, 0.90))


def pudding_box() -> list[Part]:
    """A box of pudding powder, 0.110 x 0.035 x 0.089 m: brown, with a white panel."""
    return printed_box((0.110, 0.035, 0.089), (0.24, 0.10, 0.04), (0.90, 0.86, 0.78))


def gelatin_box() -> list[Part]:
    """A box of gelatin, 0.085 x 0.028 x 0.073 m: red and white."""
    return printed_box((0.085, 0.028, 0.073), (0.72, 0.05, 0.10), (0.92, 0.90, 0.88))


def potted_meat_can() -> list[Part]:
    """A tin of potted meat, 0.097 x 0.050 x 0.082 m: blue, with rounded corners."""
    turn = np.linspace(0, np.pi / 2, 7)
    corner = [(0.0485 - 0.016 + 0.016 * portable.cos(a), 0.025 - 0.016 + 0.016 * portable.sin(a)) for a in turn]
    outline = [
        *corner,
        *[(-x, y) for x, y in corner[::-1]],
        *[(-x, -y) for x, y in corner],
        *[(x, -y) for x, y in corner[::-1]],
    ]
    rim = [(x * 1.02, y * 1.02) for x, y in outline]
    return [
        part("label", [shapes.extruded(outline, 0.070).moved((0, 0, 0.006))], look((0.04, 0.09, 0.34), rough=0.35)),
        part("rims", [shapes.extruded(rim, 0.006).moved((0, 0, z)) for z in (0.0, 0.076)], _TIN),
        part("print", [shapes.box((0.06, 0.0508, 0.03), (0, 0, 0.045))], look((0.90, 0.78, 0.10), rough=0.4)),
    ]


def _drum(radius: float, low: float, high: float) -> Shape:
    """Return a closed cylinder about Z between two heights."""
    return revolved([(0.0, low), (radius, low), (radius, high), (0.0, high)], 64, smooth=False)


def _tin(radius: float, height: float, colour: Colour) -> list[Part]:
    label = _drum(radius, 0.006, height - 0.006)
    rims = [_drum(radius * 1.02, z, z + 0.006) for z in (0.0, height - 0.006)]
    band = _drum(radius + _PRINT, height * 0.3, height * 0.7)
    return [
        part("label", [label], look(colour, rough=0.4)),
        part("rims", rims, _TIN),
        part("band", [band], look((1.0, 1.0, 1.0), rough=0.4, texture="label")),
    ]


def coffee_can() -> list[Part]:
    """A can of coffee, 0.102 m wide and 0.139 m high: blue."""
    return _tin(0.051, 0.139, (0.03, 0.10, 0.36))


def tuna_can() -> list[Part]:
    """A flat can of tuna, 0.085 m wide and 0.033 m high."""
    return _tin(0.0425, 0.033, (0.05, 0.26, 0.50))


def mustard_bottle() -> list[Part]:
    """A squeeze bottle of mustard, 0.095 x 0.058 x 0.190 m: yellow, with a label and a pointed cap."""
    flat = np.diag([1.0, 0.61, 1.0, 1.0])
    profile = [(0.0, 0.0), (0.042, 0.0), (0.047, 0.006), (0.047, 0.10), (0.040, 0.135), (0.020, 0.150), (0.0, 0.150)]
    body = revolved(profile, 56)
    label = _drum(0.0474, 0.03, 0.095).transformed(flat)
    cap = revolved([(0.0, 0.148), (0.019, 0.148), (0.019, 0.164), (0.008, 0.170), (0.004, 0.190), (0.0, 0.190)], 40)
    return [
        part("body", [body.transformed(flat)], look((0.90, 0.62, 0.02), rough=0.3)),
        part("label", [label], look((0.95, 0.88, 0.30), rough=0.4)),
        part("cap", [cap], look((0.75, 0.04, 0.03), rough=0.35)),
    ]


def cleanser_bottle() -> list[Part]:
    """A bottle of bleach cleanser, 0.098 x 0.065 x 0.250 m: white, with a blue label and cap."""
    flat = np.diag([1.0, 0.66, 1.0, 1.0])
    profile = [(0.0, 0.0), (0.045, 0.0), (0.049, 0.008), (0.049, 0.15), (0.030, 0.20), (0.014, 0.225), (0.0, 0.225)]
    body = revolved(profile, 56)
    label = _drum(0.0494, 0.03, 0.14).transformed(flat)
    cap = _drum(0.018, 0.222, 0.250)
    return [
        part("body", [body.transformed(flat)], look((0.90, 0.90, 0.90), rough=0.35)),
        part("label", [label], look((0.05, 0.16, 0.50), rough=0.4)),
        part("cap", [cap], look((0.06, 0.25, 0.60), rough=0.4)),
    ]


def bowl() -> list[Part]:
    """A bowl, 0.16 m wide and 0.055 m high, hollow."""
    angle = np.linspace(0.42, np.pi / 2, 14)
    outer = [(0.080 * portable.sin(a), 0.004 + 0.051 * (1 - portable.cos(a))) for a in angle]
    inner = [(r - 0.004, z + 0.003) for r, z in outer[:-1]]
    profile = [(0.0, 0.0), (0.034, 0.0), *outer, (0.077, 0.0565), *inner[::-1], (0.0, inner[0][1])]
    foot = _drum(0.036, 0.0, 0.006)
    return [
        part("bowl", [revolved(profile, 64)], look((0.62, 0.06, 0.05), rough=0.2)),
        part("foot", [foot], look((0.30, 0.04, 0.04), rough=0.4)),
    ]


def plate() -> list[Part]:
    """A dinner plate, 0.26 m wide and 0.025 m high."""
    profile = [(0.0, 0.0), (0.075, 0.0), (0.085, 0.004), (0.128, 0.021), (0.130, 0.024), (0.127, 0.025)]
    profile += [(0.085, 0.009), (0.078, 0.006), (0.0, 0.006)]
    ring = shapes.torus(0.128, 0.0022, 64, 10).moved((0, 0, 0.0235))
    return [part("plate", [revolved(profile, 64)], _WHITE), part("ring", [ring], look((0.05, 0.15, 0.42), rough=0.2))]


def pitcher() -> list[Part]:
    """A pitcher, 0.108 m wide and 0.235 m high, with a handle at +X."""
    body = [(0.0, 0.0), (0.046, 0.0), (0.050, 0.01), (0.054, 0.235), (0.051, 0.235), (0.047, 0.012), (0.0, 0.012)]
    grip = [(0.050, 0, 0.20), (0.095, 0, 0.19), (0.098, 0, 0.08), (0.049, 0, 0.06)]
    handle = [limb(a, b, 0.007) for a, b in pairwise(grip)]
    return [
        part("pitcher", [revolved(body, 64)], look((0.05, 0.22, 0.62), rough=0.35)),
        part("handle", handle, look((0.04, 0.16, 0.46), rough=0.4)),
    ]


def wood_block() -> list[Part]:
    """A wooden block, 0.085 x 0.085 x 0.200 m."""
    ends = [shapes.box((0.083, 0.083, 0.001), (0, 0, z)) for z in (0.0005, 0.2)]
    return [
        part("block", [shapes.box((0.085, 0.085, 0.199), (0, 0, 0.100))], look((0.85, 0.62, 0.40), texture="wood")),
        part("ends", ends, look((0.55, 0.36, 0.20), rough=0.8)),
    ]


def foam_brick() -> list[Part]:
    """A brick of foam, 0.078 x 0.053 x 0.051 m: red, with holes marked on its top."""
    holes = [rod((x, 0, 0.045), (x, 0, 0.0512), 0.008) for x in (-0.024, 0.0, 0.024)]
    return [
        part("brick", [shapes.box((0.078, 0.053, 0.051), (0, 0, 0.0255))], look((0.55, 0.09, 0.05), rough=0.95)),
        part("holes", holes, look((0.22, 0.04, 0.03), rough=1.0)),
    ]


def marker() -> list[Part]:
    """A marker pen, 0.121 m long and 0.018 m thick, lying along X."""
    return [
        part("pen", [rod((-0.060, 0, 0.009), (0.020, 0, 0.009), 0.009)], _WHITE),
        part("cap", [rod((0.018, 0, 0.009), (0.061, 0, 0.009), 0.0092)], look((0.04, 0.05, 0.30), rough=0.4)),
    ]


def scissors() -> list[Part]:
    """A pair of scissors, 0.20 m long, lying along X, a little open."""
    blades = [
        turned(shapes.box((0.11, 0.013, 0.003), (0.055, 0, 0)), 2, s * 7).moved((0, 0, 0.005 + s * 0.0015))
        for s in (-1, 1)
    ]
    rings = [shapes.torus(0.019, 0.005, 36, 14).moved((-0.065, s * 0.019, 0.005)) for s in (-1, 1)]
    arms = [limb((0.0, 0.0, 0.005), (-0.045, s * 0.012, 0.005), 0.005) for s in (-1, 1)]
    return [part("blades", blades, _TIN), part("grips", [*rings, *arms], look((0.75, 0.18, 0.03), rough=0.5))]


def clamp() -> list[Part]:
    """A spring clamp, 0.115 x 0.09 x 0.027 m, lying on its side."""
    jaws = [limb((0.0, s * 0.008, 0.0135), (0.055, s * 0.030, 0.0135), 0.010) for s in (-1, 1)]
    grips = [limb((0.0, s * 0.008, 0.0135), (-0.055, s * 0.034, 0.0135), 0.011) for s in (-1, 1)]
    pads = [shapes.box((0.014, 0.014, 0.024), (0.058, s * 0.022, 0.0135)) for s in (-1, 1)]
    return [
        part("jaws", [*jaws, rod((0, 0, 0.0), (0, 0, 0.027), 0.012)], _DARK),
        part("grips", grips, look((0.85, 0.28, 0.03), rough=0.6)),
        part("pads", pads, look((0.85, 0.28, 0.03), rough=0.6)),
    ]


def carrot() -> list[Part]:
    """A carrot, 0.18 m long, lying along X, with leaves."""
    root = revolved(
        [(0.0, 0.0), (0.003, 0.004), (0.010, 0.06), (0.016, 0.14), (0.017, 0.165), (0.010, 0.175), (0.0, 0.176)], 32
    )
    leaves = [limb((0.088, 0, 0.017), (0.135, y, 0.030), 0.0025) for y in (-0.02, 0.0, 0.02)]
    return [
        part("root", [turned(root, 1, 90).moved((-0.088, 0, 0.017))], look((0.90, 0.30, 0.03), rough=0.6)),
        part("leaves", leaves, look((0.10, 0.32, 0.05), rough=0.7)),
    ]


def bell_pepper() -> list[Part]:
    """A bell pepper, 0.08 m wide: green, with four lobes and a stem."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, 33)
    radius = 0.038 * portable.power(portable.cos(angle), 0.7) * (1 + 0.12 * portable.sin(angle))
    radius[[0, -1]] = 0.0
    body = revolved(np.column_stack([radius, 0.042 * portable.sin(angle)]), 56)
    turn = portable.arctan2(body.vertices[:, 1], body.vertices[:, 0])
    lobed = body.displaced(lambda p: p * np.column_stack([1 + 0.06 * portable.cos(4 * turn)] * 2 + [np.ones(len(p))]))
    return [
        part("body", [lobed.moved((0, 0, 0.042))], look((0.07, 0.30, 0.04), rough=0.2)),
        part("stem", [rod((0, 0, 0.075), (0.004, 0, 0.103), 0.005)], look((0.16, 0.26, 0.06), rough=0.7)),
    ]


def potato() -> list[Part]:
    """A potato, 0.10 m long."""
    body = shapes.sphere(0.5, 24, 36).transformed(np.diag([0.100, 0.068, 0.058, 1.0]))
    bumps = body.displaced(
        lambda p: p * (1 + 0.06 * portable.sin(portable.product(p, np.array([70.0, 110.0, 90.0]))))[:, None]
    )
    low = -float(bumps.vertices[:, 2].min())
    eyes = [ellipsoid((0.004, 0.004, 0.003), (x, y, z)) for x, y, z in ((0.02, 0.028, 0.04), (-0.025, -0.02, 0.048))]
    return [
        part("potato", [bumps.moved((0, 0, low))], look((0.62, 0.44, 0.22), rough=0.85, texture="speckle")),
        part("eyes", eyes, look((0.20, 0.13, 0.07), rough=0.9)),
    ]
