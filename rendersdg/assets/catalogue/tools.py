"""Hand tools that lie on their side along X, and electronics that stand on a desk."""

from __future__ import annotations

import numpy as np

from rendersdg import portable, shapes
from rendersdg.assets.parts import Part, ellipsoid, limb, look, part, profiled, rod, turned
from rendersdg.shapes import Shape, revolved

_STEEL = look((0.60, 0.61, 0.63), rough=0.3, metal=0.9)
_DARK = look((0.03, 0.03, 0.035), rough=0.5)
_SCREEN = look((0.02, 0.05, 0.10), rough=0.08)
_SILVER = look((0.55, 0.56, 0.58), rough=0.35, metal=0.5)


def _lying(shape: Shape) -> Shape:
    """Return a shape about Z laid along X."""
    return turned(shape, 1, 90)


def hammer() -> list[Part]:
    """A hammer, 0.31 m long: a wooden handle, a steel head with a face and a wedge."""
    handle = _lying(
        revolved([(0.0, -0.15), (0.016, -0.148), (0.017, -0.08), (0.011, 0.02), (0.010, 0.14), (0.0, 0.142)], 24)
    )
    head = [rod((0.13, 0.055, 0), (0.13, 0.015, 0), 0.014), shapes.box((0.024, 0.035, 0.024), (0.13, 0.0, 0))]
    head += [profiled([(-0.012, -0.014), (0.012, -0.014), (0.003, 0.040), (-0.003, 0.040)], 0.022)]
    head[-1] = turned(head[-1], 0, 90).moved((0.13, -0.028, 0))
    up = 0.017
    return [
        part("handle", [handle.moved((0, 0, up))], look((0.85, 0.62, 0.38), rough=0.6, texture="wood")),
        part("head", [piece.moved((0, 0, up)) for piece in head], look((0.20, 0.20, 0.21), rough=0.35, metal=0.7)),
    ]


def screwdriver() -> list[Part]:
    """A screwdriver, 0.22 m long: a red handle with a black end, a steel blade."""
    grip = [
        (0.0, -0.11),
        (0.013, -0.108),
        (0.016, -0.09),
        (0.016, -0.03),
        (0.011, -0.015),
        (0.012, -0.005),
        (0.0, -0.004),
    ]
    end = [(0.0, -0.1105), (0.0135, -0.1085), (0.0163, -0.092), (0.0163, -0.085), (0.0, -0.085)]
    blade = [rod((-0.01, 0, 0), (0.10, 0, 0), 0.0033), shapes.box((0.012, 0.008, 0.0018), (0.104, 0, 0))]
    up = 0.0163
    return [
        part("handle", [_lying(revolved(grip, 24)).moved((0, 0, up))], look((0.70, 0.04, 0.02), rough=0.3)),
        part("end", [_lying(revolved(end, 24)).moved((0, 0, up))], _DARK),
        part("blade", [piece.moved((0, 0, up)) for piece in blade], _STEEL),
    ]


def wrench() -> list[Part]:
    """An open-ended wrench, 0.20 m long, lying flat: a jaw at +X, a ring at -X."""
    ring = [(0.017 * portable.cos(a), 0.017 * portable.sin(a)) for a in np.linspace(0, 2 * np.pi, 32, endpoint=False)]
    pieces = [shapes.extruded(ring, 0.009, hole_radius=0.010).moved((-0.083, 0, 0))]
    pieces += [shapes.box((0.135, 0.014, 0.006), (0, 0, 0.0045)), shapes.box((0.02, 0.03, 0.009), (0.070, 0, 0.0045))]
    pieces += [
        turned(shapes.box((0.034, 0.0105, 0.009)), 2, -s * 8).moved((0.088, s * 0.0145, 0.0045)) for s in (-1, 1)
    ]
    mark = shapes.box((0.05, 0.006, 0.0065), (0, 0, 0.0045))
    return [part("wrench", pieces, _STEEL), part("mark", [mark], look((0.06, 0.06, 0.065), rough=0.5))]


def monitor() -> list[Part]:
    """A computer's monitor, 0.60 x 0.20 x 0.50 m, its screen towards -Y."""
    foot = [shapes.box((0.26, 0.20, 0.015), (0, 0.02, 0.0075)), shapes.box((0.05, 0.03, 0.26), (0, 0.05, 0.14))]
    return [
        part("case", [shapes.box((0.60, 0.04, 0.36), (0, 0.015, 0.32))], _DARK),
        part("screen", [shapes.box((0.575, 0.006, 0.325), (0, -0.006, 0.325))], look((0.10, 0.25, 0.45), rough=0.1)),
        part("foot", foot, _SILVER),
    ]


def television() -> list[Part]:
    """A television, 1.20 x 0.26 x 0.75 m, its screen towards -Y."""
    foot = [shapes.box((0.50, 0.26, 0.02), (0, 0.0, 0.01)), shapes.box((0.10, 0.04, 0.12), (0, 0.02, 0.07))]
    return [
        part("case", [shapes.box((1.20, 0.05, 0.69), (0, 0.01, 0.405))], _DARK),
        part("screen", [shapes.box((1.16, 0.006, 0.645), (0, -0.016, 0.41))], look((0.06, 0.10, 0.16), rough=0.08)),
        part("foot", foot, _SILVER),
    ]


def laptop() -> list[Part]:
    """An open laptop, 0.34 x 0.33 x 0.23 m, facing -Y: keys on the base, a bright screen."""
    keys = [
        shapes.box((0.019, 0.017, 0.004), ((column - 6) * 0.0225, 0.06 - row * 0.021, 0.019))
        for row in range(4)
        for column in range(13)
    ]
    lid = turned(shapes.box((0.34, 0.008, 0.225), (0, 0, 0.1125)), 0, -18).moved((0, 0.112, 0.014))
    glass = turned(shapes.box((0.315, 0.004, 0.19), (0, -0.004, 0.12)), 0, -18).moved((0, 0.112, 0.014))
    return [
        part("case", [shapes.box((0.34, 0.235, 0.018), (0, 0, 0.009)), lid], _SILVER),
        part("keys", keys, _DARK),
        part("pad", [shapes.box((0.10, 0.06, 0.002), (0, -0.07, 0.0185))], look((0.30, 0.31, 0.32), rough=0.4)),
        part("screen", [glass], look((0.08, 0.30, 0.55), rough=0.1)),
    ]


def drill() -> list[Part]:
    """A power drill, 0.24 x 0.07 x 0.22 m, standing on its battery, its chuck towards +X."""
    body = _lying(
        revolved([(0.0, -0.09), (0.030, -0.088), (0.033, -0.03), (0.033, 0.05), (0.026, 0.065), (0.0, 0.066)], 32)
    )
    grip = profiled([(-0.055, 0.04), (-0.012, 0.04), (0.008, 0.17), (-0.045, 0.17)], 0.036)
    chuck = [rod((0.06, 0, 0.185), (0.105, 0, 0.185), 0.019), rod((0.10, 0, 0.185), (0.15, 0, 0.185), 0.004)]
    trigger = [shapes.box((0.016, 0.018, 0.03), (0.006, 0, 0.135))]
    return [
        part("body", [body.moved((0, 0, 0.185)), grip], look((0.85, 0.50, 0.02), rough=0.45)),
        part("battery", [shapes.box((0.11, 0.07, 0.05), (-0.03, 0, 0.025)), *trigger], _DARK),
        part("chuck", chuck, look((0.25, 0.25, 0.26), rough=0.35, metal=0.6)),
    ]


def first_aid_kit() -> list[Part]:
    """A first-aid kit, 0.32 x 0.12 x 0.24 m: a red case with a white cross."""
    cross = [shapes.box((0.14, 0.006, 0.045), (0, -0.061, 0.115)), shapes.box((0.045, 0.006, 0.14), (0, -0.061, 0.115))]
    grip = [shapes.box((0.10, 0.02, 0.012), (0, 0, 0.25))] + [
        shapes.box((0.012, 0.02, 0.03), (s * 0.05, 0, 0.238)) for s in (-1, 1)
    ]
    return [
        part("case", [shapes.box((0.32, 0.12, 0.23), (0, 0, 0.115))], look((0.70, 0.03, 0.03), rough=0.45)),
        part("cross", cross, look((0.9, 0.9, 0.88), rough=0.5)),
        part("grip", grip, _DARK),
    ]


def books() -> list[Part]:
    """A pile of four books, 0.24 x 0.17 x 0.14 m."""
    covers, pages = {}, []
    sizes = ((0.24, 0.17, 0.04, 0), (0.23, 0.16, 0.03, 7), (0.22, 0.155, 0.04, -6), (0.20, 0.14, 0.028, 12))
    colours = ((0.45, 0.05, 0.05), (0.05, 0.15, 0.38), (0.08, 0.28, 0.10), (0.70, 0.48, 0.08))
    z = 0.0
    for k, (w, d, h, angle) in enumerate(sizes):
        book = [shapes.box((w, d, 0.004), (0, 0, 0.002)), shapes.box((w, d, 0.004), (0, 0, h - 0.002))]
        book += [shapes.box((w, 0.006, h), (0, -d / 2 + 0.003, h / 2))]
        covers[k] = [turned(piece, 2, angle).moved((0, 0, z)) for piece in book]
        pages.append(
            turned(shapes.box((w - 0.012, d - 0.012, h - 0.008), (0, 0.002, h / 2)), 2, angle).moved((0, 0, z))
        )
        z += h
    named = [part(f"cover {k}", pieces, look(colours[k], rough=0.6)) for k, pieces in covers.items()]
    return [*named, part("pages", pages, look((0.85, 0.82, 0.72), rough=0.9))]


def ball() -> list[Part]:
    """A ball, 0.22 m, in white with dark patches."""
    golden = (1 + float(np.sqrt(5.0))) / 2
    corners = np.array([(0, a, b * golden) for a in (-1, 1) for b in (-1, 1)], float)
    corners = np.concatenate([np.roll(corners, k, axis=1) for k in range(3)])
    corners /= portable.norm(corners, axis=1, keepdims=True)
    patches = [ellipsoid((0.032, 0.032, 0.032), (c * 0.0825 + [0, 0, 0.11]).tolist()) for c in corners]
    return [
        part("ball", [shapes.sphere(0.11, 32, 48).moved((0, 0, 0.11))], look((0.85, 0.85, 0.83), rough=0.4)),
        part("patches", patches, look((0.03, 0.03, 0.03), rough=0.5)),
    ]


def briefcase() -> list[Part]:
    """A briefcase, 0.44 x 0.11 x 0.36 m, standing, with a handle and two locks."""
    grip = [limb((-0.07, 0, 0.352), (0.07, 0, 0.352), 0.009)]
    grip += [limb((s * 0.07, 0, 0.32), (s * 0.07, 0, 0.352), 0.007) for s in (-1, 1)]
    locks = [shapes.box((0.035, 0.113, 0.03), (s * 0.13, 0, 0.285)) for s in (-1, 1)]
    return [
        part("case", [shapes.box((0.44, 0.11, 0.32), (0, 0, 0.16))], look((0.16, 0.07, 0.03), rough=0.45)),
        part("seam", [shapes.box((0.444, 0.008, 0.322), (0, 0, 0.161)), *grip], _DARK),
        part("locks", locks, look((0.75, 0.60, 0.20), rough=0.3, metal=0.9)),
    ]
