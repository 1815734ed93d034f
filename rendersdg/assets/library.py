"""Procedural assets: things with a plausible size and look that need no file. Metres, Z up, standing on z = 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rendersdg import portable, shapes
from rendersdg.arrays import F8
from rendersdg.assets.catalogue import CATALOGUE, ROOMS
from rendersdg.assets.machining import hexagon_head, lathed
from rendersdg.assets.parts import Lamp, Part, look, turned
from rendersdg.shapes import Shape, joined, revolved
from rendersdg.streams import generator


def _lumpy(shape: Shape, site: str, strength: float, waves: tuple[int, ...] = (2, 3, 5)) -> Shape:
    """Return a shape with smooth random lumps of ``strength`` relative to its size."""
    rng = generator(0, site, 0)
    terms = [(rng.standard_normal(3) * k, rng.uniform(0, 6.28), 1.0 / k) for k in waves]
    size = float(np.ptp(shape.vertices, axis=0).max()) / 2

    def move(points: F8) -> F8:
        unit = points / size
        bump = sum(a * portable.sin(portable.product(unit, d) + p) for d, p, a in terms)
        return points * (1 + strength * np.asarray(bump))[:, None]

    return shape.displaced(move)


def _fruit(radius: float, profile: Callable[[F8], F8], *, lumps: float, site: str, height: float = 1.0) -> Shape:
    """Return a body of revolution: ``profile`` gives the relative radius for the polar angle -pi/2 .. pi/2."""
    a = np.linspace(-np.pi / 2, np.pi / 2, 41)
    r = profile(a) * radius
    body = revolved(np.column_stack([np.maximum(r * portable.cos(a), 0), r * portable.sin(a) * height]), 56)
    body = _lumpy(body, site, lumps)
    return body.moved((0, 0, -body.vertices[:, 2].min()))


def _stem(z: float, length: float, radius: float, *, lean: float = 0.3) -> Shape:
    t = np.linspace(0, 1, 7)
    rod = revolved([*np.column_stack([radius * (1 + 0.4 * t), t * length]).tolist(), [0.0, length]], 10)
    rod = rod.displaced(lambda p: p + np.column_stack([lean * p[:, 2] ** 2 / max(length, 1e-9), np.zeros((len(p), 2))]))
    return rod.moved((0, 0, z))


def _leaf(z: float, length: float, angle: float) -> Shape:
    def place(u: F8, v: F8) -> tuple[F8, F8]:
        width = 0.28 * length * portable.power(portable.sin(np.pi * np.clip(u, 0.02, 1)), 0.8) * (v - 0.5) * 2
        x, y = u * length, width
        height = 0.35 * length * portable.sin(u * 2.2) - 0.5 * np.abs(width)
        c, s = portable.cos(angle), portable.sin(angle)
        points = np.column_stack([c * x - s * y, s * x + c * y, height + z])
        return points, np.tile([0.0, 0.0, 1.0], (len(u), 1))

    return shapes.grid(6, 12, place).smoothed()


_STEM = look((0.16, 0.09, 0.04), rough=0.8)
_LEAF = look((0.06, 0.20, 0.04), rough=0.55)


def apple() -> list[Part]:
    """A red apple with dimples above and below, a stem and a leaf."""
    body = _fruit(
        0.040,
        lambda a: (
            1.0
            - 0.42 * portable.exp(-(((a - np.pi / 2) / 0.33) ** 2))
            - 0.28 * portable.exp(-(((a + np.pi / 2) / 0.28) ** 2))
            + 0.05 * portable.sin(a)
        ),
        lumps=0.018,
        site="apple",
        height=0.95,
    )
    top = float(body.vertices[:, 2].max())
    return [
        Part("body", body, look((0.62, 0.05, 0.05), rough=0.28, texture="speckle")),
        Part("stem", _stem(top - 0.014, 0.024, 0.0013), _STEM),
        Part("leaf", _leaf(top + 0.002, 0.026, 0.6), _LEAF),
    ]


def green_apple() -> list[Part]:
    """A green apple."""
    body, stem, leaf = apple()
    return [Part("body", body.shape, look((0.42, 0.62, 0.10), rough=0.28, texture="speckle")), stem, leaf]


def orange() -> list[Part]:
    """An orange with pores and a navel."""
    body = _fruit(
        0.038,
        lambda a: 1.0 - 0.05 * portable.exp(-(((a - np.pi / 2) / 0.12) ** 2)),
        lumps=0.008,
        site="orange",
        height=0.97,
    )
    top = float(body.vertices[:, 2].max())
    return [
        Part(
            "body",
            body,
            look((0.95, 0.34, 0.02), rough=0.42, texture="citrus", normal="bumps", bump=0.35, texture_scale=[3.0, 2.0]),
        ),
        Part("calyx", _stem(top - 0.003, 0.004, 0.0022, lean=0.0), look((0.13, 0.20, 0.05), rough=0.8)),
    ]


def lemon() -> list[Part]:
    """A lemon: long, with a nipple at each end, lying on its side."""
    a = np.linspace(-np.pi / 2, np.pi / 2, 45)
    z = portable.sin(a) * 0.042
    r = 0.027 * portable.power(portable.cos(a), 0.85)
    z = z + np.sign(a) * 0.008 * np.clip((np.abs(portable.sin(a)) - 0.93) / 0.07, 0, 1)
    body = _lumpy(revolved(np.column_stack([np.maximum(r, 0), z]), 48), "lemon", 0.012)
    turned = body.transformed(np.array([[0, 0, 1, 0], [0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1.0]]))
    turned = turned.moved((0, 0, -turned.vertices[:, 2].min()))
    return [
        Part(
            "body",
            turned,
            look((0.93, 0.72, 0.06), rough=0.4, texture="citrus", normal="bumps", bump=0.3, texture_scale=[3.0, 3.0]),
        )
    ]


def lime() -> list[Part]:
    """A lime."""
    (body,) = lemon()
    return [
        Part(
            "body",
            body.shape.transformed(np.diag([0.78, 0.92, 0.92, 1.0])),
            look((0.20, 0.42, 0.05), rough=0.38, texture="citrus", normal="bumps", bump=0.25, texture_scale=[3.0, 3.0]),
        )
    ]


def pear() -> list[Part]:
    """A pear with a long neck and a stem."""
    t = np.linspace(0, 1, 40)
    z = t * 0.098
    belly = 0.0355 * np.sqrt(np.clip(1 - ((t - 0.34) / 0.345) ** 2, 0, 1))
    upper = 0.0355 * np.sqrt(np.clip(1 - ((0.5 - 0.34) / 0.345) ** 2, 0, 1))
    neck = (
        upper
        * (1 - 0.62 * portable.power(np.clip((t - 0.5) / 0.5, 0, 1), 0.9))
        * np.sqrt(np.clip((1 - t) / 0.10, 0, 1))
    )
    r = np.where(t > 0.5, neck, belly)
    r[0] = 0.0
    body = _lumpy(revolved(np.column_stack([r, z]), 48), "pear", 0.014)
    body = body.moved((0, 0, -body.vertices[:, 2].min()))
    return [
        Part("body", body, look((0.62, 0.60, 0.14), rough=0.45, texture="speckle")),
        Part("stem", _stem(float(body.vertices[:, 2].max()) - 0.004, 0.022, 0.0014), _STEM),
    ]


def banana() -> list[Part]:
    """A banana: a bent, five-sided body with dark ends."""
    t = np.linspace(0, 1, 40)
    radius = 0.0165 * np.clip(portable.power(portable.sin(np.pi * np.clip(t * 0.92 + 0.04, 0, 1)), 0.45), 0, 1)
    radius[0], radius[-1] = 0.0045, 0.006

    def place(u: F8, v: F8) -> tuple[F8, F8]:
        bend = (v - 0.5) * 1.9
        r = np.interp(v, t, radius) * (1 + 0.06 * portable.cos(5 * 2 * np.pi * u))
        centre = np.column_stack([0.10 * portable.sin(bend), 0.10 * (1 - portable.cos(bend)), np.zeros_like(u)])
        across = np.column_stack([-portable.sin(bend), portable.cos(bend), np.zeros_like(u)])
        ring = portable.cos(2 * np.pi * u)[:, None] * across + portable.sin(2 * np.pi * u)[:, None] * np.array(
            [0.0, 0.0, 1.0]
        )
        return centre + r[:, None] * ring, ring

    body = shapes.grid(48, 30, place).smoothed()
    low = -float(body.vertices[:, 2].min())
    caps = []
    for v, r in ((0.0, 0.0045), (1.0, 0.006)):
        bend = (v - 0.5) * 1.9
        ball = shapes.sphere(r * 1.15, 8, 12).moved((0.10 * portable.sin(bend), 0.10 * (1 - portable.cos(bend)), 0))
        caps.append(ball)
    return [
        Part("body", body.moved((0, 0, low)), look((0.90, 0.66, 0.08), rough=0.42, texture="speckle")),
        Part("ends", joined(caps).moved((0, 0, low)), look((0.13, 0.10, 0.05), rough=0.8)),
    ]


def strawberry() -> list[Part]:
    """A strawberry with seeds and a green cap."""
    t = np.linspace(0, 1, 34)
    r = 0.0165 * np.sqrt(np.clip(t, 0, 1)) * np.sqrt(np.clip(1 - ((t - 0.7) / 0.32) ** 2 * (t > 0.7), 0, 1))
    r[0] = r[-1] = 0.0
    body = _lumpy(revolved(np.column_stack([r, t * 0.036]), 36), "strawberry", 0.02)
    body = body.moved((0, 0, -body.vertices[:, 2].min()))
    top = float(body.vertices[:, 2].max())
    leaves = joined([_leaf(top - 0.002, 0.013, k * 1.047) for k in range(6)])
    seeds = []
    rng = generator(0, "strawberry/seeds", 0)
    for _ in range(90):
        place = body.vertices[int(rng.integers(len(body.vertices)))]
        if place[2] < top * 0.93:
            seeds.append(shapes.sphere(0.0007, 4, 6).moved(place))
    return [
        Part("body", body, look((0.60, 0.02, 0.03), rough=0.3)),
        Part("seeds", joined(seeds), look((0.80, 0.62, 0.22), rough=0.5)),
        Part("cap", leaves, _LEAF),
    ]


def avocado() -> list[Part]:
    """An avocado: a dark pebbled pear lying on its side."""
    t = np.linspace(0, 1, 36)
    belly = 0.034 * np.sqrt(np.clip(1 - ((t - 0.40) / 0.41) ** 2, 0, 1))
    neck = 0.034 * 0.93 * np.sqrt(1 - portable.power(np.clip((t - 0.55) / 0.45, 0, 1), 2.2)) * (1 - 0.25 * (t - 0.55))
    r = np.where(t > 0.55, neck, belly)
    r[0] = r[-1] = 0.0
    body = _lumpy(revolved(np.column_stack([r, t * 0.105]), 48), "avocado", 0.012)
    turned = body.transformed(np.array([[0, 0, 1, 0], [0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1.0]]))
    turned = turned.moved((-0.05, 0, -turned.vertices[:, 2].min()))
    return [
        Part("body", turned, look((0.07, 0.10, 0.03), rough=0.5, normal="bumps", bump=0.8, texture_scale=[4.0, 3.0]))
    ]


def kiwi() -> list[Part]:
    """A kiwi: a brown, fuzzy egg lying on its side."""
    body = shapes.sphere(0.026, 24, 40).transformed(np.diag([1.28, 1.0, 0.97, 1.0]))
    body = _lumpy(body, "kiwi", 0.01)
    return [
        Part(
            "body",
            body.moved((0, 0, -body.vertices[:, 2].min())),
            look((0.30, 0.19, 0.09), rough=0.95, texture="speckle", normal="grooves", bump=0.6),
        )
    ]


def onion() -> list[Part]:
    """A brown onion with a papery tip."""
    body = _fruit(
        0.036,
        lambda a: (
            1.0
            + 0.35 * portable.exp(-(((a - np.pi / 2) / 0.16) ** 2))
            + 0.06 * portable.exp(-(((a + np.pi / 2) / 0.2) ** 2))
        ),
        lumps=0.012,
        site="onion",
        height=0.92,
    )
    return [Part("body", body, look((0.62, 0.33, 0.13), rough=0.35, texture="wood", texture_scale=[1.0, 0.5]))]


def tomato() -> list[Part]:
    """A ribbed tomato with a green calyx."""
    body = _fruit(
        0.036,
        lambda a: 1.0 - 0.2 * portable.exp(-(((a - np.pi / 2) / 0.3) ** 2)),
        lumps=0.01,
        site="tomato",
        height=0.82,
    )
    angle = portable.arctan2(body.vertices[:, 1], body.vertices[:, 0])
    ribs = body.displaced(lambda p: p * np.column_stack([1 + 0.02 * portable.cos(6 * angle)] * 2 + [np.ones(len(p))]))
    top = float(ribs.vertices[:, 2].max())
    return [
        Part("body", ribs, look((0.68, 0.04, 0.02), rough=0.18)),
        Part("calyx", joined([_leaf(top - 0.006, 0.017, k * 1.257) for k in range(5)]), _LEAF),
    ]


def crate() -> list[Part]:
    """A slatted wooden crate, 0.60 x 0.40 x 0.22 m, open at the top."""
    w, d, h, t = 0.60, 0.40, 0.22, 0.012
    slats, posts = [], []
    for row in range(3):
        z = 0.035 + row * 0.072
        for sign in (-1, 1):
            slats.append(shapes.box((w, t, 0.056), (0, sign * (d - t) / 2, z)))
            slats.append(shapes.box((t, d - 2 * t, 0.056), (sign * (w - t) / 2, 0, z)))
    for k in range(6):
        slats.append(shapes.box((w - 2 * t, 0.056, t), (0, (k - 2.5) * 0.0625, t / 2)))
    for sx in (-1, 1):
        for sy in (-1, 1):
            posts.append(shapes.box((0.03, 0.03, h), (sx * (w / 2 - t - 0.015), sy * (d / 2 - t - 0.015), h / 2)))
    wood = look((0.95, 0.80, 0.62), rough=0.75, texture="wood")
    return [
        Part("slats", joined(slats), wood),
        Part("posts", joined(posts), look((0.80, 0.62, 0.45), rough=0.75, texture="wood")),
    ]


def crate_about_its_centre() -> list[Part]:
    """The wooden crate on its side: open along +X, long along Z, its origin in the middle, as Marbles has its crate.

    Scripts turn it by 90 degrees about Z, so that it is open at the top of a stage with Y up.
    """
    on_its_side = np.array([[0, 0, 1, -0.11], [0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]], float)
    return [replace(part, shape=part.shape.transformed(on_its_side)) for part in crate()]


def pallet() -> list[Part]:
    """A EUR pallet, 1.20 x 0.80 x 0.144 m."""
    boards, blocks = [], []
    for y, width in ((-0.3275, 0.145), (-0.165, 0.1), (0.0, 0.145), (0.165, 0.1), (0.3275, 0.145)):
        boards.append(shapes.box((1.2, width, 0.022), (0, y, 0.133)))
    for x in (-0.5275, 0.0, 0.5275):
        boards.append(shapes.box((0.145, 0.8, 0.022), (x, 0, 0.111)))
        for y in (-0.3275, 0.0, 0.3275):
            blocks.append(shapes.box((0.145, 0.145, 0.078), (x, y, 0.061)))
    for y in (-0.3275, 0.0, 0.3275):
        boards.append(shapes.box((1.2, 0.1, 0.022), (0, y, 0.011)))
    return [
        Part("boards", joined(boards), look((0.85, 0.72, 0.55), rough=0.85, texture="wood")),
        Part("blocks", joined(blocks), look((0.70, 0.56, 0.40), rough=0.9, texture="wood")),
    ]


def carton(size: tuple[float, float, float] = (0.40, 0.30, 0.25)) -> list[Part]:
    """A closed cardboard box with tape over the flaps."""
    w, d, h = size
    body = shapes.box((w, d, h), (0, 0, h / 2))
    return [Part("box", body, look((1.0, 1.0, 1.0), rough=0.85, texture="cardboard"))]


def can() -> list[Part]:
    """A food can: paper label, rolled rims, bare lid."""
    r, h = 0.0365, 0.11
    label = revolved([(r, 0.008), (r, h - 0.008)], 64)
    rims = joined(
        [
            revolved([(r, z0), (r * 1.03, z0 + 0.002), (r * 1.03, z0 + 0.006), (r, z0 + 0.008)], 64)
            for z0 in (0.0, h - 0.008)
        ]
    )
    lids = []
    for z, s in ((h - 0.003, 1.0), (0.003, -1.0)):
        lid = revolved([(r, 0.003 * s), (r * 0.96, 0.0), (r * 0.7, 0.0), (r * 0.68, 0.0012 * s), (0.0, 0.0012 * s)], 64)
        lids.append(lid if s > 0 else Shape(lid.vertices, -lid.normals, lid.uvs, lid.triangles[:, ::-1]))
        lids[-1] = lids[-1].moved((0, 0, z))
    tin = look((0.80, 0.80, 0.82), rough=0.22, metal=1.0)
    return [
        Part("label", label, look((1.0, 1.0, 1.0), rough=0.38, texture="label")),
        Part("rims", rims, tin),
        Part("lids", joined(lids), tin),
    ]


def bottle() -> list[Part]:
    """A plastic bottle with a cap and a label."""
    body = revolved(
        [(0.0, 0.0), (0.030, 0.0), (0.034, 0.006), (0.034, 0.15), (0.028, 0.185), (0.014, 0.21), (0.0125, 0.225)], 56
    )
    cap = revolved([(0.0145, 0.222), (0.0145, 0.243), (0.0, 0.243)], 40, smooth=False)
    band = revolved([(0.0345, 0.055), (0.0345, 0.125)], 56)
    return [
        Part("body", body, look((0.10, 0.30, 0.45), rough=0.12)),
        Part("cap", cap, look((0.90, 0.90, 0.90), rough=0.4)),
        Part("label", band, look((1.0, 1.0, 1.0), rough=0.4, texture="waves")),
    ]


_STEEL = look((0.62, 0.63, 0.65), rough=0.32, metal=1.0, normal="grooves", bump=0.25)


def _thread(radius: float, length: float, pitch: float) -> Shape:
    """A right-hand helical thread about Z: V profile, depth 0.6 pitch."""
    turns = length / pitch
    depth = 0.6 * pitch

    def place(u: F8, v: F8) -> tuple[F8, F8]:
        phase = (v * turns - u) % 1.0
        r = radius - depth * np.abs(2 * phase - 1)
        angle = 2 * np.pi * u
        points = np.column_stack([r * portable.cos(angle), r * portable.sin(angle), v * length])
        return points, np.column_stack([portable.cos(angle), portable.sin(angle), np.zeros_like(u)])

    return shapes.grid(int(turns * 8), 32, place).displaced(lambda p: p)


def bolt() -> list[Part]:
    """An M8 x 30 hexagon bolt, lying on its side (head across flats 13 mm, pitch 1.25 mm)."""
    over = np.diag([1.0, -1.0, -1.0, 1.0])  # what its cone cuts looks away from the shank
    head = hexagon_head(0.013, 0.0053).transformed(over).moved((0, 0, 0.0053))
    shank = revolved([(0.004, 0.0053), (0.004, 0.0153)], 32)
    thread = _thread(0.004, 0.020, 0.00125).moved((0, 0, 0.0153))
    tip = shapes.disk(0.0034, 32).moved((0, 0, 0.0352))
    whole = joined([head, shank, thread, tip])
    turned = whole.transformed(np.array([[0, 0, 1, 0], [0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1.0]])).moved(
        (-0.0176, 0, 0.0065)
    )
    return [Part("bolt", turned, _STEEL)]


def nut() -> list[Part]:
    """An M8 hexagon nut, 6.5 mm high."""
    return [Part("nut", hexagon_head(0.013, 0.0065, both=True, bore=0.0036), _STEEL)]


def washer() -> list[Part]:
    """An M8 washer, 16 mm wide, 1.6 mm thick."""
    profile = [(0.0042, 0.0), (0.0078, 0.0), (0.008, 0.0002), (0.008, 0.0014), (0.0078, 0.0016), (0.0042, 0.0016)]
    ring = lathed([*profile, profile[0]], 48)
    return [Part("washer", ring, look((0.70, 0.70, 0.72), rough=0.28, metal=1.0))]


def ball_screw() -> list[Part]:
    """A length of a ball screw spindle along X: 40 mm across, pitch 5 mm,
    a round raceway 1.2 mm deep between flat lands.
    """
    radius, pitch, turns, depth = 0.020, 0.005, 12, 0.0012
    rows, columns = turns * 24, 96
    length = pitch * turns

    def place(u: F8, v: F8) -> tuple[F8, F8]:
        phase = (v * turns - u) % 1.0
        across = np.clip((phase - 0.5) / 0.31, -1, 1)  # the raceway takes 62 % of the pitch
        r = radius - depth * np.sqrt(1 - across**2)
        angle = 2 * np.pi * u
        points = np.column_stack([(v - 0.5) * length, r * portable.cos(angle), r * portable.sin(angle) + radius])
        return points, np.column_stack([np.zeros_like(u), portable.cos(angle), portable.sin(angle)])

    return [Part("spindle", shapes.grid(rows, columns, place).displaced(lambda p: p), _STEEL)]


def gear(teeth: int = 18) -> list[Part]:
    """A spur gear of module 2.5 mm with trapezoidal teeth, 10 mm thick, bored."""
    module = 0.0025
    pitch_r = module * teeth / 2
    outline = []
    for k in range(teeth):
        for fraction, r in ((-0.30, -1.25), (-0.17, 1.0), (0.17, 1.0), (0.30, -1.25)):
            a = 2 * np.pi * (k + fraction) / teeth
            radius = pitch_r + r * module
            outline.append((radius * portable.cos(a), radius * portable.sin(a)))
    body = shapes.extruded(outline, 0.010, hole_radius=0.006)
    hub = shapes.extruded(
        [(0.011 * portable.cos(a), 0.011 * portable.sin(a)) for a in np.linspace(0, 2 * np.pi, 40, endpoint=False)],
        0.016,
        hole_radius=0.006,
    )
    return [
        Part("gear", body, look((0.55, 0.56, 0.58), rough=0.35, metal=1.0)),
        Part("hub", hub, look((0.50, 0.51, 0.53), rough=0.3, metal=1.0)),
    ]


def small_gear() -> list[Part]:
    """A spur gear of twelve teeth."""
    return gear(12)


def traffic_cone() -> list[Part]:
    """A traffic cone, 0.70 m."""
    bands = [
        revolved([(0.17 - 0.14 * a / 0.66, 0.04 + a), (0.17 - 0.14 * b / 0.66, 0.04 + b)], 48)
        for a, b in ((0.0, 0.25), (0.37, 0.46), (0.58, 0.66))
    ]
    white = [
        revolved([(0.17 - 0.14 * a / 0.66, 0.04 + a), (0.17 - 0.14 * b / 0.66, 0.04 + b)], 48)
        for a, b in ((0.25, 0.37), (0.46, 0.58))
    ]
    orange_look = look((0.90, 0.16, 0.02), rough=0.5)
    return [
        Part("cone", joined(bands), orange_look),
        Part("stripes", joined(white), look((0.88, 0.88, 0.86), rough=0.4)),
        Part("foot", shapes.box((0.42, 0.42, 0.04), (0, 0, 0.02)), look((0.06, 0.06, 0.06), rough=0.8)),
    ]


def barrel() -> list[Part]:
    """A steel drum, 0.88 m."""
    body = revolved(
        [
            (0.285, 0.0),
            (0.29, 0.02),
            (0.285, 0.04),
            (0.285, 0.29),
            (0.295, 0.30),
            (0.285, 0.31),
            (0.285, 0.57),
            (0.295, 0.58),
            (0.285, 0.59),
            (0.285, 0.84),
            (0.29, 0.86),
            (0.285, 0.88),
        ],
        56,
    )
    lid = shapes.disk(0.285, 56).moved((0, 0, 0.87))
    return [Part("drum", joined([body, lid]), look((0.05, 0.16, 0.42), rough=0.4, metal=0.2))]


def mug() -> list[Part]:
    """A mug with a handle."""
    outer = revolved(
        [
            (0.0, 0.0),
            (0.036, 0.0),
            (0.040, 0.004),
            (0.040, 0.095),
            (0.0385, 0.097),
            (0.037, 0.095),
            (0.036, 0.008),
            (0.0, 0.006),
        ],
        56,
    )
    ring = shapes.torus(0.026, 0.006, 40, 16).transformed(
        np.array([[1, 0, 0, 0.044], [0, 0, 1, 0], [0, -1, 0, 0.05], [0, 0, 0, 1.0]])
    )
    return [Part("mug", joined([outer, ring]), look((0.75, 0.74, 0.70), rough=0.2))]


def shelf() -> list[Part]:
    """A shelf unit, 1.0 x 0.30 x 1.0 m, with three boards at 0.05, 0.45 and 0.85 m, and rails for prices."""
    boards = [shapes.box((1.0, 0.30, 0.02), (0, 0, z)) for z in (0.05, 0.45, 0.85)]
    sides = [shapes.box((0.02, 0.30, 1.0), (s * 0.51, 0, 0.5)) for s in (-1, 1)]
    back = shapes.box((1.0, 0.01, 1.0), (0, 0.145, 0.5))
    rails = [shapes.box((1.0, 0.006, 0.034), (0, -0.153, z)) for z in (0.05, 0.45, 0.85)]
    tags = [
        shapes.box((0.055, 0.002, 0.028), (-0.42 + 0.14 * k + 0.02 * (k % 2), -0.157, z))
        for z in (0.05, 0.45, 0.85)
        for k in range(7)
    ]
    return [
        Part("boards", joined(boards), look((0.80, 0.80, 0.80), rough=0.5)),
        Part("sides", joined(sides), look((0.72, 0.72, 0.73), rough=0.5)),
        Part("back", back, look((0.62, 0.63, 0.65), rough=0.6, texture="pegboard", texture_scale=[5.0, 5.0])),
        Part("rails", joined(rails), look((0.55, 0.04, 0.04), rough=0.4)),
        Part("tags", joined(tags), look((0.90, 0.88, 0.80), rough=0.6)),
    ]


def riser() -> list[Part]:
    """A low stand to show things on: two steps of 2 cm, 1.8 and 1.5 m wide."""
    steps = [shapes.box((1.8, 1.8, 0.02), (0, 0, 0.01)), shapes.box((1.5, 1.5, 0.02), (0, 0, 0.03))]
    return [Part("riser", joined(steps), look((0.62, 0.62, 0.64), rough=0.45))]


def toy_block() -> list[Part]:
    """A wooden toy block of 40 mm."""
    return [
        Part("block", shapes.box((0.04, 0.04, 0.04), (0, 0, 0.02)), look((0.9, 0.75, 0.55), rough=0.55, texture="wood"))
    ]


def room() -> list[Part]:
    """An empty hall: floor and three walls, 12 x 12 x 4 m."""
    floor = shapes.plane(12, 12)
    walls = joined(
        [
            shapes.box((12, 0.1, 4), (0, 6.05, 2)),
            shapes.box((0.1, 12, 4), (-6.05, 0, 2)),
            shapes.box((0.1, 12, 4), (6.05, 0, 2)),
        ]
    )
    return [
        Part("floor", floor, look((1.0, 1.0, 1.0), rough=0.7, texture="concrete", texture_scale=[6.0, 6.0])),
        Part("walls", walls, look((0.72, 0.71, 0.68), rough=0.8)),
    ]


def warehouse_hall() -> list[Part]:
    """A warehouse, 30 x 40 x 8 m: floor, walls, columns, and pallet racks along the long walls."""
    walls = [shapes.box((30, 0.2, 8), (0, s * 20.1, 4)) for s in (-1, 1)]
    walls += [shapes.box((0.2, 40, 8), (s * 15.1, 0, 4)) for s in (-1, 1)]
    columns = [shapes.box((0.4, 0.4, 8), (s * 14.8, y, 4)) for s in (-1, 1) for y in (-15, -5, 5, 15)]
    uprights, boards = [], []
    for side in (-1, 1):
        for y in np.arange(-12.0, 12.1, 3.0):
            uprights += [shapes.box((0.1, 0.1, 4.0), (side * x, float(y), 2.0)) for x in (12.3, 13.4)]
        boards += [shapes.box((1.2, 24.1, 0.1), (side * 12.85, 0, z)) for z in (0.15, 1.6, 3.2)]
    return [
        Part(
            "SM_Floor",
            shapes.plane(30, 40),
            look((1.0, 1.0, 1.0), rough=0.6, texture="concrete", texture_scale=[10.0, 14.0]),
        ),
        Part("SM_Wall", joined(walls), look((0.62, 0.64, 0.66), rough=0.8)),
        Part("SM_Pillar", joined(columns), look((0.75, 0.60, 0.10), rough=0.6)),
        Part("SM_RackFrame", joined(uprights), look((0.05, 0.13, 0.36), rough=0.45)),
        Part("SM_RackShelf", joined(boards), look((0.80, 0.28, 0.04), rough=0.5)),
    ]


def ground() -> list[Part]:
    """A ground of 60 x 60 m, with nothing else."""
    return [
        Part(
            "Ground",
            shapes.plane(60, 60),
            look((0.75, 0.75, 0.76), rough=0.8, texture="concrete", texture_scale=[20.0, 20.0]),
        )
    ]


def pallet_jack() -> list[Part]:
    """A hand pallet truck: two forks of 1.15 m, the pump with its handle, three wheels."""
    red, dark = look((0.65, 0.05, 0.03), rough=0.4), look((0.05, 0.05, 0.055), rough=0.6)
    forks = [shapes.box((1.15, 0.16, 0.06), (0.1, y, 0.10)) for y in (-0.19, 0.19)]
    head = shapes.box((0.16, 0.54, 0.28), (-0.55, 0, 0.24))
    tilt, turn = np.radians(-25), np.eye(4)
    turn[:3, :3] = [
        [portable.cos(tilt), 0, portable.sin(tilt)],
        [0, 1, 0],
        [-portable.sin(tilt), 0, portable.cos(tilt)],
    ]
    turn[:3, 3] = (-0.66, 0, 0.30)
    handle = joined(
        [shapes.box((0.045, 0.045, 0.85), (0, 0, 0.425)), shapes.box((0.045, 0.40, 0.045), (0, 0, 1.02))]
        + [shapes.box((0.04, 0.04, 0.2), (0, y, 0.93)) for y in (-0.17, 0.17)]
        + [shapes.box((0.04, 0.38, 0.04), (0, 0, 0.85))]
    ).transformed(turn)
    lying = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
    steer = shapes.cylinder(0.10, 0.12, 40).transformed(lying).moved((-0.62, 0, 0.10))
    rollers = [shapes.cylinder(0.04, 0.10, 32).transformed(lying).moved((0.55, y, 0.04)) for y in (-0.19, 0.19)]
    return [
        Part("forks", joined([*forks, head]), red),
        Part("SteerAxles", joined([handle]), dark),
        Part("wheels", joined([steer, *rollers]), dark),
    ]


def forklift() -> list[Part]:
    """A fork-lift truck reduced to its masses: body, counterweight, mast, cabin, wheels; its forks towards -Y."""
    yellow = look((0.85, 0.55, 0.03), rough=0.4)
    dark = look((0.05, 0.05, 0.055), rough=0.6)
    body = joined([shapes.box((1.6, 1.0, 0.6), (0, 0, 0.55)), shapes.box((0.5, 1.0, 0.9), (-0.75, 0, 0.75))])
    cabin = joined(
        [shapes.box((0.06, 0.06, 1.46), (x, y, 1.53)) for x in (-0.5, 0.45) for y in (-0.42, 0.42)]
        + [shapes.box((1.1, 0.95, 0.06), (-0.02, 0, 2.28))]  # above a driver's eyes, which scripts put at 1.65 to 2.15
    )
    mast = joined(
        [shapes.box((0.1, 0.1, 2.0), (0.95, y, 1.1)) for y in (-0.3, 0.3)]
        + [shapes.box((1.1, 0.12, 0.05), (1.55, y, 0.12)) for y in (-0.25, 0.25)]
    )
    wheel = shapes.cylinder(0.28, 0.2, 40).transformed(
        np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]])
    )
    wheels = joined([wheel.moved((x, y, 0.28)) for x in (-0.6, 0.6) for y in (-0.5, 0.5)])
    parts = {"body": (body, yellow), "cabin": (cabin, dark), "mast": (mast, dark), "wheels": (wheels, dark)}
    return [Part(name, turned(shape, 2, -90), surface) for name, (shape, surface) in parts.items()]


LIBRARY: dict[str, Callable[[], list[Part]]] = {
    "fruit/apple": apple,
    "fruit/green_apple": green_apple,
    "fruit/orange": orange,
    "fruit/lemon": lemon,
    "fruit/lime": lime,
    "fruit/pear": pear,
    "fruit/banana": banana,
    "fruit/strawberry": strawberry,
    "fruit/avocado": avocado,
    "fruit/kiwi": kiwi,
    "fruit/onion": onion,
    "fruit/tomato": tomato,
    "warehouse/crate": crate,
    "warehouse/crate_about_its_centre": crate_about_its_centre,
    "warehouse/pallet": pallet,
    "warehouse/carton": carton,
    "warehouse/carton_flat": lambda: carton((0.50, 0.40, 0.14)),
    "warehouse/carton_tall": lambda: carton((0.28, 0.28, 0.46)),
    "warehouse/traffic_cone": traffic_cone,
    "warehouse/barrel": barrel,
    "warehouse/shelf": shelf,
    "warehouse/riser": riser,
    "warehouse/forklift": forklift,
    "warehouse/pallet_jack": pallet_jack,
    "household/can": can,
    "household/bottle": bottle,
    "household/mug": mug,
    "household/block": toy_block,
    "hardware/bolt": bolt,
    "hardware/nut": nut,
    "hardware/washer": washer,
    "hardware/ball_screw": ball_screw,
    "hardware/gear": gear,
    "hardware/small_gear": small_gear,
    "environment/room": room,
    "environment/warehouse": warehouse_hall,
    "environment/ground": ground,
    **CATALOGUE,
    **ROOMS,
}
LAMPS: dict[str, list[Lamp]] = {  # those of the environments; one without any is out of doors
    "environment/room": [Lamp((0.0, 0.0, 3.9))],
    "environment/warehouse": [Lamp((x, y, 7.9)) for x in (-7.0, 7.0) for y in (-13.0, 0.0, 13.0)],
    "environment/full_warehouse": [
        Lamp((x, y, 8.9)) for x in (-24.0, -12.0, 0.0, 12.0, 24.0) for y in (-14.0, 1.0, 16.0)
    ],
    "environment/office": [Lamp((x, y, 2.95), 1.2, 6000.0) for x in (-4.0, 0.0, 4.0) for y in (-2.2, 2.2)],
    "environment/hospital": [Lamp((x, y, 2.95), 1.2, 6000.0) for x in (-4.5, 0.0, 4.5) for y in (-2.2, 2.2)],
    "environment/dining_room": [Lamp((0.6, -0.3, 2.65), 1.2, 5000.0)],
    "environment/dining_room_stone": [Lamp((0.9, 0.4, 2.85), 1.2, 5000.0)],
    "environment/dining_room_brick": [Lamp((0.5, -0.5, 2.75), 1.2, 5000.0)],
}
