"""Procedural surfaces: the primitives of ``create`` and the building blocks of our own assets. Z is up, units free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8
from rendersdg.geometry import distinct_rows


@dataclass(frozen=True, eq=False)
class Shape:
    """A triangle surface, split where it has hard edges or UV seams.

    ``vertices``, ``normals`` (V, 3), ``uvs`` (V, 2) float64, ``triangles`` (T, 3) int64 counter-clockwise from outside.
    """

    vertices: F8
    normals: F8
    uvs: F8
    triangles: I8

    def transformed(self, matrix: F8) -> Shape:
        """Return this shape under a 4x4 matrix of positive determinant."""
        linear = matrix[:3, :3]
        normals = portable.product(self.normals, portable.inverse(linear))
        normals /= np.maximum(portable.norm(normals, axis=1, keepdims=True), 1e-12)
        return Shape(portable.product(self.vertices, linear.T) + matrix[:3, 3], normals, self.uvs, self.triangles)

    def moved(self, offset: Sequence[float]) -> Shape:
        """Return this shape moved by ``offset``."""
        return Shape(self.vertices + np.asarray(offset, float), self.normals, self.uvs, self.triangles)

    def displaced(self, move: Callable[[F8], F8]) -> Shape:
        """Return this shape with ``move(vertices)`` as vertices and smooth normals of the result."""
        vertices = move(self.vertices)
        return Shape(vertices, smooth_normals(vertices, self.triangles), self.uvs, self.triangles)

    def smoothed(self) -> Shape:
        """Return this shape with smooth normals."""
        return self.displaced(lambda vertices: vertices)


def joined(shapes: Sequence[Shape]) -> Shape:
    """Return several shapes as one."""
    offsets = np.cumsum([0] + [len(s.vertices) for s in shapes])
    return Shape(
        np.concatenate([s.vertices for s in shapes]),
        np.concatenate([s.normals for s in shapes]),
        np.concatenate([s.uvs for s in shapes]),
        np.concatenate([s.triangles + o for s, o in zip(shapes, offsets)]),
    )


def smooth_normals(vertices: F8, triangles: I8) -> F8:
    """Return area-weighted vertex normals (V, 3); vertices at one place share theirs, so seams do not show."""
    # the cross product is as long as twice the area, so summing it weights by area
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    keys = np.round(vertices / max(float(np.ptp(vertices, axis=0).max()), 1e-12) * 1e6).astype(np.int64)
    _, same = distinct_rows(keys)
    total = np.zeros((int(same.max()) + 1, 3))
    for i in range(3):
        np.add.at(total, same[triangles[:, i]], face)
    length = portable.norm(total, axis=1, keepdims=True)
    return np.where(length > 1e-30, total / np.maximum(length, 1e-30), [0.0, 0.0, 1.0])[same]


def grid(rows: int, columns: int, place: Callable[[F8, F8], tuple[F8, F8]], *, flip: bool = False) -> Shape:
    """Return a surface over the unit square: ``place(u, v)`` gives points and normals, (rows+1)(columns+1) of each."""
    v, u = np.meshgrid(np.linspace(0, 1, rows + 1), np.linspace(0, 1, columns + 1), indexing="ij")
    points, normals = place(u.ravel(), v.ravel())
    # each cell is two triangles; those without area (at a pole) are left out
    at = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, 1:].ravel(), at[1:, :-1].ravel()
    triangles = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    if flip:
        triangles = triangles[:, ::-1]
    corners = points[triangles]
    area = portable.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    return Shape(points, normals, np.column_stack([u.ravel(), v.ravel()]), triangles[area > 1e-14])


def revolved(profile_rz: Sequence[Sequence[float]] | F8, segments: int = 48, *, smooth: bool = True) -> Shape:
    """Return the surface of revolution about Z of a profile of (radius, z), walked with the solid on its left.

    ``smooth`` blends normals along the profile; otherwise every profile segment is its own hard-edged band.
    """
    profile = np.asarray(profile_rz, float)
    if not smooth and len(profile) > 2:
        return joined([revolved(profile[i : i + 2], segments) for i in range(len(profile) - 1)])
    # the outward normal of a profile is its direction turned by a right angle
    step = np.gradient(profile, axis=0) if len(profile) > 2 else np.repeat(profile[1:] - profile[:1], 2, axis=0)
    out = np.column_stack([step[:, 1], -step[:, 0]])
    out /= np.maximum(portable.norm(out, axis=1, keepdims=True), 1e-12)
    length = np.concatenate([[0], np.cumsum(portable.norm(np.diff(profile, axis=0), axis=1))])
    along = length / max(length[-1], 1e-12)

    def place(u: F8, v: F8) -> tuple[F8, F8]:
        row = np.round(v * (len(profile) - 1)).astype(int)
        angle = 2 * np.pi * u
        r, z = profile[row, 0], profile[row, 1]
        n = out[row]
        points = np.column_stack([r * portable.cos(angle), r * portable.sin(angle), z])
        return points, np.column_stack([n[:, 0] * portable.cos(angle), n[:, 0] * portable.sin(angle), n[:, 1]])

    shape = grid(len(profile) - 1, segments, place)
    uvs = shape.uvs.copy()
    uvs[:, 1] = along[np.round(uvs[:, 1] * (len(profile) - 1)).astype(int)]
    return Shape(shape.vertices, shape.normals, uvs, shape.triangles)


def box(size: Sequence[float] = (1.0, 1.0, 1.0), centre: Sequence[float] = (0.0, 0.0, 0.0)) -> Shape:
    """Return an axis-aligned box with a full texture on each face."""
    faces = []
    half = np.asarray(size, float) / 2
    for axis in range(3):
        for sign in (1.0, -1.0):
            u_axis, v_axis = (axis + 1) % 3, (axis + 2) % 3

            def place(
                u: F8, v: F8, axis: int = axis, sign: float = sign, ua: int = u_axis, va: int = v_axis
            ) -> tuple[F8, F8]:
                p = np.zeros((len(u), 3))
                p[:, axis], p[:, ua], p[:, va] = sign, (2 * u - 1) * sign, 2 * v - 1
                n = np.zeros_like(p)
                n[:, axis] = sign
                return p * half + np.asarray(centre, float), n

            faces.append(grid(1, 1, place))
    return joined(faces)


def plane(width: float = 1.0, depth: float = 1.0) -> Shape:
    """Return a rectangle in the XY plane, facing +Z."""

    def place(u: F8, v: F8) -> tuple[F8, F8]:
        zero = np.zeros_like(u)
        return np.column_stack([(u - 0.5) * width, (v - 0.5) * depth, zero]), np.column_stack([zero, zero, zero + 1])

    return grid(1, 1, place)


def disk(radius: float = 0.5, segments: int = 64) -> Shape:
    """Return a disk in the XY plane, facing +Z, with a planar texture."""
    shape = revolved([(radius, 0.0), (0.0, 0.0)], segments)
    return Shape(shape.vertices, shape.normals, shape.vertices[:, :2] / (2 * radius) + 0.5, shape.triangles)


def sphere(radius: float = 0.5, rings: int = 32, segments: int = 64) -> Shape:
    """Return a sphere with a latitude-longitude texture."""
    a = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    shape = revolved(np.column_stack([portable.cos(a) * radius, portable.sin(a) * radius]), segments)
    return Shape(shape.vertices, shape.vertices / radius, shape.uvs, shape.triangles)


def cylinder(radius: float = 0.5, height: float = 1.0, segments: int = 64) -> Shape:
    """Return a closed cylinder about Z, centred."""
    h = height / 2
    top = disk(radius, segments)
    turn = np.diag([1.0, -1.0, -1.0, 1.0])
    return joined(
        [revolved([(radius, -h), (radius, h)], segments), top.moved((0, 0, h)), top.transformed(turn).moved((0, 0, -h))]
    )


def cone(radius: float = 0.5, height: float = 1.0, segments: int = 64) -> Shape:
    """Return a closed cone about Z, centred, tip up."""
    h = height / 2
    turn = np.diag([1.0, -1.0, -1.0, 1.0])
    return joined(
        [revolved([(radius, -h), (0.0, h)], segments), disk(radius, segments).transformed(turn).moved((0, 0, -h))]
    )


def frustum(bottom: float, top: float, height: float, segments: int = 64) -> Shape:
    """Return a closed cylinder about Z, centred, of one radius at its bottom and one at its top, 0 for a tip."""
    if bottom == top:
        return cylinder(bottom, height, segments)
    h = height / 2
    turn = np.diag([1.0, -1.0, -1.0, 1.0])
    parts = [revolved([(bottom, -h), (top, h)], segments)]
    if top > 0:
        parts.append(disk(top, segments).moved((0, 0, h)))
    if bottom > 0:
        parts.append(disk(bottom, segments).transformed(turn).moved((0, 0, -h)))
    return joined(parts)


def tapered_capsule(bottom: float, top: float, height: float, segments: int = 48) -> Shape:
    """Return a capsule about Z of one radius at its bottom and one at its top: the hull of two spheres.

    Their centres are ``height`` apart. Where one sphere lies within the other it is that one.
    """
    if bottom == top:
        return capsule(bottom, height, segments)
    lean = (bottom - top) / height if height > 0 else np.inf
    if abs(lean) >= 1:
        radius, z = (bottom, -height / 2) if bottom > top else (top, height / 2)
        return sphere(radius, segments=segments).moved((0, 0, z))
    edge = portable.arcsin(lean)  # both spheres meet the cone between them at this latitude
    low, high = np.linspace(-np.pi / 2, edge, 13), np.linspace(edge, np.pi / 2, 13)
    angle = np.concatenate([low, high])
    radius_of = np.repeat([bottom, top], 13)
    centre = np.repeat([-height / 2, height / 2], 13)
    profile = np.column_stack([portable.cos(angle) * radius_of, portable.sin(angle) * radius_of + centre])
    shape = revolved(np.maximum(profile, [0.0, -np.inf]), segments)
    row = np.arange(len(shape.vertices)) // (segments + 1)
    ring = np.arange(len(shape.vertices)) % (segments + 1) * (2 * np.pi / segments)
    normals = np.column_stack(
        [
            portable.cos(angle[row]) * portable.cos(ring),
            portable.cos(angle[row]) * portable.sin(ring),
            portable.sin(angle[row]),
        ]
    )
    return Shape(shape.vertices, normals, shape.uvs, shape.triangles)


def torus(major: float = 0.375, minor: float = 0.125, segments: int = 64, sides: int = 32) -> Shape:
    """Return a torus about Z; its outer diameter is 2 (major + minor)."""

    def place(u: F8, v: F8) -> tuple[F8, F8]:
        a, b = 2 * np.pi * u, 2 * np.pi * v
        n = np.column_stack([portable.cos(b) * portable.cos(a), portable.cos(b) * portable.sin(a), portable.sin(b)])
        return np.column_stack([portable.cos(a) * major, portable.sin(a) * major, np.zeros_like(a)]) + minor * n, n

    return grid(sides, segments, place)


def capsule(radius: float = 0.5, height: float = 1.0, segments: int = 48) -> Shape:
    """Return a capsule about Z: a cylinder of ``height`` with two half spheres."""
    a = np.linspace(-np.pi / 2, 0, 13)
    low = np.column_stack([portable.cos(a) * radius, portable.sin(a) * radius - height / 2])
    high = np.column_stack([portable.cos(-a[::-1]) * radius, portable.sin(-a[::-1]) * radius + height / 2])
    return revolved(np.concatenate([low, high]), segments)


def extruded(outline_xy: Sequence[Sequence[float]], height: float, hole_radius: float = 0.0) -> Shape:
    """Return a prism over a star-shaped outline (counter-clockwise about the origin), z in 0..height.

    With ``hole_radius`` a round hole runs through it along Z.
    """
    outline = np.asarray(outline_xy, float)
    count = len(outline)
    following = np.roll(np.arange(count), -1)
    walls = []
    for i, j in zip(range(count), following.tolist()):
        walls.append(_quad([[*outline[i], 0], [*outline[j], 0], [*outline[j], height], [*outline[i], height]]))
    # a cap is a ring of quads between the outline and the hole, a fan of triangles where there is none
    angles = portable.arctan2(outline[:, 1], outline[:, 0])
    inner = np.column_stack([portable.cos(angles), portable.sin(angles)]) * hole_radius
    caps = []
    for z, up in ((height, 1.0), (0.0, -1.0)):
        points = np.concatenate([np.column_stack([r, np.full(count, z)]) for r in (outline, inner)])
        k = np.arange(count)
        triangles = np.concatenate(
            [np.column_stack([k, following, following + count]), np.column_stack([k, following + count, k + count])]
        )
        if not hole_radius:
            triangles = triangles[:count]
        if up < 0:
            triangles = triangles[:, ::-1]
        normals = np.tile([0.0, 0.0, up], (2 * count, 1))
        caps.append(Shape(points, normals, points[:, :2] / (2 * np.abs(outline).max()) + 0.5, triangles))
    if hole_radius:  # its wall looks inwards
        ordered = np.concatenate([inner, inner[:1]])
        points = np.concatenate([np.column_stack([ordered, np.full(count + 1, z)]) for z in (0.0, height)])
        k = np.arange(count)
        t = np.concatenate(
            [np.column_stack([k, k + count + 1, k + count + 2]), np.column_stack([k, k + count + 2, k + 1])]
        )
        normals = -np.column_stack([points[:, :2] / hole_radius, np.zeros(len(points))])
        walls.append(Shape(points, normals, np.zeros((len(points), 2)), t))
    return joined([*walls, *caps])


def _quad(corners: Sequence[Sequence[float]]) -> Shape:
    points = np.asarray(corners, float)
    normal = np.cross(points[1] - points[0], points[3] - points[0])
    normal /= max(float(portable.norm(normal)), 1e-12)
    uvs = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    return Shape(points, np.tile(normal, (4, 1)), uvs, np.array([[0, 1, 2], [0, 2, 3]]))
