"""Shapes as machines make them: turned on a lathe, milled with broken edges, drilled, pressed. Closed; metres, Z up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8
from rendersdg.shapes import Shape, joined

_AROUND = 96  # facets of what is round


def around(count: int = _AROUND) -> F8:
    """Return ``count`` directions about Z, radians, from 0 on."""
    return np.linspace(0, 2 * np.pi, count, endpoint=False)


def ring(angles: F8, profile_rz: Sequence[Sequence[float]], *, smooth: bool = False, across: bool = False) -> Shape:
    """Return a surface of revolution about Z through ``angles``, counter-clockwise; each step of its profile of
    (radius, z) is a band with hard edges.

    Args:
        angles: radians, where its corners lie.
        profile_rz: metres, walked with the solid on its left; a closed one ends where it began.
        smooth: blend normals along the profile.
        across: textures run along the profile rather than around: grooves become those of a lathe.
    """
    if not smooth:
        return joined(
            [_band(angles, np.array(step, float), across) for step in pairwise(profile_rz) if step[0] != step[1]]
        )
    return _band(angles, np.asarray(profile_rz, float), across)


def lathed(profile_rz: Sequence[Sequence[float]], segments: int = _AROUND, *, across: bool = False) -> Shape:
    """Return a turned part of a closed profile, or of one that begins and ends on the axis."""
    return ring(around(segments), profile_rz, across=across)


def bevelled(outline_xy: Sequence[Sequence[float]], height: float, bevel: float) -> Shape:
    """Return a prism over a convex outline, z in 0..height, with the edges of both ends broken by ``bevel``."""
    outer = np.asarray(outline_xy, float)
    inner = _inset(outer, bevel)
    levels = [(inner, 0.0), (outer, bevel), (outer, height - bevel), (inner, height)]
    faces = [_strip(low, z0, high, z1) for (low, z0), (high, z1) in pairwise(levels)]
    return joined([*faces, _cap(inner, height, up=True), _cap(inner, 0.0, up=False)])


def bevelled_box(size: Sequence[float], centre: Sequence[float] = (0.0, 0.0, 0.0), bevel: float = 0.002) -> Shape:
    """Return an axis-aligned box whose edges are all broken."""
    (w, d), h, b = (size[0] / 2, size[1] / 2), size[2], bevel
    corners = [(w, b - d), (w, d - b), (w - b, d), (b - w, d), (-w, d - b), (-w, b - d), (b - w, -d), (w - b, -d)]
    return bevelled(corners, h, b).moved((centre[0], centre[1], centre[2] - h / 2))


def hexagon_head(across_flats: float, height: float, *, both: bool = False, bore: float = 0.0) -> Shape:
    """Return the head of a bolt, z in 0..height: six flats that a cone of 30 degrees cuts at the top, or at ``both``
    ends. With ``bore``, a radius, it is a nut, whose hole is countersunk.
    """
    count = 48
    angle = around(count)
    flat = across_flats / 2
    turn = np.mod(angle, np.pi / 3) - np.pi / 6
    reach = flat / portable.cos(turn)
    cut = np.maximum(reach - 0.96 * flat, 0) * float(portable.tan(np.pi / 6))
    low = cut if both else np.zeros(count)
    corners = np.column_stack([reach * portable.cos(angle), reach * portable.sin(angle)])
    sides = []
    for k in range(6):  # the flats meet in hard edges
        own = np.arange(8 * k, 8 * k + 9) % count
        points = np.concatenate([np.column_stack([corners[own], z[own]]) for z in (low, height - cut)])
        normal = [portable.cos((k + 0.5) * np.pi / 3), portable.sin((k + 0.5) * np.pi / 3), 0.0]
        sides.append(_sheet(points, 9, np.tile(normal, (18, 1))))
    circle = 0.96 * flat
    rim = np.column_stack([portable.cos(angle), portable.sin(angle)]) * circle
    upper, lower = np.full(count, height), np.zeros(count)
    ends = [_cone(np.column_stack([corners, height - cut]), np.column_stack([rim, upper]), angle, 1.0)]
    if both:
        ends.append(_cone(np.column_stack([rim, lower]), np.column_stack([corners, low]), angle, -1.0))
        foot = circle
    else:
        foot = 0.0
        ends.append(_cap(corners, 0.0, up=False))
    if bore:
        sink = 0.12 * bore
        inside = [(circle, height), (bore + sink, height), (bore, height - sink), (bore, sink), (bore + sink, 0.0)]
        ends.append(ring(angle, [*inside, (foot, 0.0)]))
    else:
        ends.append(ring(angle, [(circle, height), (0.0, height)]))
    return joined([*sides, *ends])


def pierced(radii: tuple[float, float], height: float, holes: tuple[int, float, float], bevel: float = 0.001) -> Shape:
    """Return a round plate, z in 0..height, with a bore and a circle of holes, all edges broken.

    Args:
        radii: of the bore and of the rim.
        height: of the plate.
        holes: their number, 3 or more, the radius of their circle and their own; the first lies on +X.
        bevel: how far edges are broken.
    """
    (inner, outer), (count, circle, hole) = radii, holes
    half = np.pi / count
    sector = _sector((inner + bevel, outer - bevel), circle, half)
    local = sector - [circle, 0.0]
    spoke = local / portable.norm(local, axis=1, keepdims=True)
    turns = [_turn(2 * half * k) for k in range(count)]
    caps, walls = [], []
    for turn in turns:
        edge = portable.product(sector, turn.T)
        rim = portable.product(spoke * (hole + bevel) + [circle, 0.0], turn.T)
        for z, pair in ((height, (edge, rim)), (0.0, (rim, edge))):
            first, second = (np.column_stack([p, np.full(len(p), z)]) for p in pair)
            caps.append(_flat(first, second, 1.0 if z else -1.0, outer))
        middle = portable.product(np.array([circle, 0.0]), turn.T)
        rotation = portable.product(spoke, turn.T)
        inside = [(hole + bevel, height), (hole, height - bevel), (hole, bevel), (hole + bevel, 0.0)]
        walls.append(_ring_of(rotation, inside).moved((*middle, 0.0)))
    radius = portable.norm(sector, axis=1)
    for far, profile in (
        (outer - bevel, [(outer - bevel, 0.0), (outer, bevel), (outer, height - bevel), (outer - bevel, height)]),
        (inner + bevel, [(inner + bevel, height), (inner, height - bevel), (inner, bevel), (inner + bevel, 0.0)]),
    ):
        arc = sector[np.abs(radius - far) < 1e-9]
        angle = np.sort(portable.arctan2(arc[:, 1], arc[:, 0]))
        whole = np.unique(np.round(np.concatenate([angle[:-1] + 2 * half * k for k in range(count)]), 12))
        walls.append(ring(whole, profile))
    return joined([*caps, *walls])


def _turn(angle: float) -> F8:
    c, s = portable.cos(angle), portable.sin(angle)
    return np.array([[c, -s], [s, c]])


def _sector(radii: tuple[float, float], circle: float, half: float) -> F8:
    """Return the outline (N, 2) of a sector of a ring, counter-clockwise, as it is seen from the hole in its middle."""
    inner, outer = radii
    centre = np.array([circle, 0.0])
    corners = [np.array([r * portable.cos(s * half), r * portable.sin(s * half)]) for r in radii for s in (-1.0, 1.0)]
    seen = [float(portable.arctan2(p[1], p[0] - circle)) for p in corners]
    angles = np.unique(np.round(np.concatenate([np.linspace(-np.pi, np.pi, 49)[:-1], seen]), 12))
    points = []
    for angle in angles:
        d = np.array([portable.cos(angle), portable.sin(angle)])
        along = float(portable.product(d, centre))
        reach = [-along + float(np.sqrt(along * along - circle * circle + outer * outer))]
        under = along * along - circle * circle + inner * inner
        if along < 0 and under > 0:
            reach.append(-along - float(np.sqrt(under)))
        for s in (-1.0, 1.0):
            edge = np.array([portable.cos(s * half), portable.sin(s * half)])
            slant = d[0] * edge[1] - d[1] * edge[0]
            t = -(centre[0] * edge[1] - centre[1] * edge[0]) / slant if abs(slant) > 1e-12 else -1.0
            if t > 0 and float(portable.product(centre + t * d, edge)) > 0:
                reach.append(float(t))
        points.append(centre + min(reach) * d)
    found = np.array(points)
    radius = portable.norm(found, axis=1)
    for far in radii:  # exactly on the arcs, so that walls meet them
        near = np.abs(radius - far) < 1e-6 * outer
        found[near] *= (far / radius[near])[:, None]
    return found


def _band(angles: F8, profile: F8, across: bool) -> Shape:
    shape = _ring_of(np.column_stack([portable.cos(angles), portable.sin(angles)]), profile)
    return Shape(shape.vertices, shape.normals, shape.uvs[:, ::-1], shape.triangles) if across else shape


def _ring_of(directions: F8, profile_rz: Sequence[Sequence[float]] | F8) -> Shape:
    """Return the surface that a profile sweeps through unit directions (N, 2), whose first follows the last."""
    profile = np.asarray(profile_rz, float)
    step = np.gradient(profile, axis=0) if len(profile) > 2 else np.repeat(profile[1:] - profile[:1], 2, axis=0)
    out = np.column_stack([step[:, 1], -step[:, 0]])
    out /= np.maximum(portable.norm(out, axis=1, keepdims=True), 1e-12)
    closed = np.concatenate([directions, directions[:1]])
    columns = len(closed)
    points = np.concatenate([np.column_stack([closed * r, np.full(columns, z)]) for r, z in profile])
    normals = np.concatenate([np.column_stack([closed * r, np.full(columns, z)]) for r, z in out])
    return _sheet(points, columns, normals)


def _cone(low: F8, high: F8, angle: F8, up: float) -> Shape:
    """Return the part of a cone of 30 degrees about Z between two closed rows of points (N, 3)."""
    slope = np.pi / 6
    radial = float(portable.sin(slope)) * np.column_stack([portable.cos(angle), portable.sin(angle)])
    normal = np.column_stack([radial, np.full(len(angle), up * float(portable.cos(slope)))])
    rows = [np.concatenate([row, row[:1]]) for row in (low, high, normal, normal)]
    return _sheet(np.concatenate(rows[:2]), len(rows[0]), np.concatenate(rows[2:]))


def _sheet(points: F8, columns: int, normals: F8) -> Shape:
    """Return rows of ``columns`` points each as a surface; triangles without area are left out."""
    rows = len(points) // columns
    at = np.arange(len(points)).reshape(rows, columns)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, 1:].ravel(), at[1:, :-1].ravel()
    triangles = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    return Shape(points, normals, np.column_stack([u.ravel(), v.ravel()]), _with_area(points, triangles))


def _with_area(points: F8, triangles: I8) -> I8:
    corners = points[triangles]
    area = portable.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    return triangles[area > 1e-16]


def _flat(first: F8, second: F8, up: float, reach: float) -> Shape:
    """Return the flat face between two closed rows (N, 3), its texture laid over ``reach`` on all sides."""
    points = np.concatenate([first, first[:1], second, second[:1]])
    shape = _sheet(points, len(first) + 1, np.tile([0.0, 0.0, up], (len(points), 1)))
    return Shape(points, shape.normals, points[:, :2] / (2 * reach) + 0.5, shape.triangles)


def _inset(outline: F8, by: float) -> F8:
    """Return a convex outline whose edges are moved inwards."""
    edge = np.roll(outline, -1, axis=0) - outline
    inward = np.column_stack([-edge[:, 1], edge[:, 0]]) / portable.norm(edge, axis=1, keepdims=True)
    before = np.roll(inward, 1, axis=0)
    return outline + by * (inward + before) / (1 + (inward * before).sum(1, keepdims=True))


def _strip(low: F8, z0: float, high: F8, z1: float) -> Shape:
    """Return the walls between two outlines, a flat face each."""
    faces = []
    for i in range(len(low)):
        j = (i + 1) % len(low)
        points = np.array([[*low[i], z0], [*low[j], z0], [*high[i], z1], [*high[j], z1]])
        normal = np.cross(points[1] - points[0], points[2] - points[0])
        faces.append(_sheet(points, 2, np.tile(normal / max(float(portable.norm(normal)), 1e-15), (4, 1))))
    return joined(faces)


def _cap(outline: F8, z: float, *, up: bool) -> Shape:
    count = len(outline)
    points = np.column_stack([outline, np.full(count, z)])
    k = np.arange(1, count - 1)
    triangles = np.column_stack([np.zeros_like(k), k, k + 1] if up else [np.zeros_like(k), k + 1, k])
    low, size = outline.min(0), np.maximum(np.ptp(outline, axis=0), 1e-12)
    return Shape(points, np.tile([0.0, 0.0, 1.0 if up else -1.0], (count, 1)), (outline - low) / size, triangles)
