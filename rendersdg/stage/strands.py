"""Lines and points as solid things: tubes, ribbons and balls, of as many triangles as there is room for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8
from rendersdg.shapes import Shape

MOST_TRIANGLES = 600_000  # of one prim's curves or points: fur and point clouds lose detail, then every other one
TUBES = ((8, 16), (8, 8), (6, 5), (4, 3), (3, 2), (3, 1))  # sides, and samples a segment, from fine to coarse
_SMALL = 1e-12


@dataclass(frozen=True, eq=False)
class Lines:
    """Curves of one number of samples: ``places`` (K, S, 3), ``radii`` (K, S), ``colours`` (K, S, C).

    ``normals`` (K, S, 3) make ribbons that look along them; None tubes. Closed ones run from the last sample to the
    first.
    """

    places: F8
    radii: F8
    colours: F8
    normals: F8 | None
    is_closed: bool


def tubes(lines: Lines, sides: int) -> tuple[Shape, F8]:
    """Return curves as one surface, and its vertices' colours: tubes of ``sides`` with flat ends, or ribbons."""
    along = _tangents(lines.places, closed=lines.is_closed)
    if lines.normals is not None:
        return _ribbons(lines, along)
    across = _frames(along)
    up = np.cross(along, across)
    angle = 2 * np.pi * np.arange(sides + 1) / sides
    angle[-1] = 0.0  # the seam is where texture coordinates jump
    out = across[..., None, :] * portable.cos(angle)[:, None] + up[..., None, :] * portable.sin(angle)[:, None]
    vertices = lines.places[..., None, :] + lines.radii[..., None, None] * out
    shape, colours = _woven(vertices, out, lines)
    if lines.is_closed:
        return shape, colours
    return _with_ends(shape, colours, vertices, along, lines.colours)


def _ribbons(lines: Lines, along: F8) -> tuple[Shape, F8]:
    assert lines.normals is not None
    across = np.cross(along, lines.normals)
    across /= np.maximum(portable.norm(across, axis=-1, keepdims=True), _SMALL)
    facing = np.cross(across, along)
    reach = lines.radii[..., None] * across
    vertices = np.stack([lines.places - reach, lines.places + reach], axis=2)
    return _woven(vertices, np.stack([facing, facing], axis=2), lines)


def _woven(vertices: F8, normals: F8, lines: Lines) -> tuple[Shape, F8]:
    """Return the surface between neighbours of vertices (K, S, N, 3) along and across."""
    count, samples, wide, _ = vertices.shape
    if lines.is_closed:  # the first sample once more, where v has come to its end
        vertices, normals = (np.concatenate([a, a[:, :1]], axis=1) for a in (vertices, normals))
    colours = np.concatenate([lines.colours, lines.colours[:, :1]], axis=1) if lines.is_closed else lines.colours
    samples = vertices.shape[1]
    u = np.broadcast_to(np.linspace(0, 1, wide), (count, samples, wide))
    v = np.broadcast_to(np.linspace(0, 1, samples)[:, None], (count, samples, wide))
    number = np.arange(count * samples * wide).reshape(count, samples, wide)
    a, b, c, d = number[:, :-1, :-1], number[:, :-1, 1:], number[:, 1:, 1:], number[:, 1:, :-1]
    triangles = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], axis=-2).reshape(-1, 3)
    spread = np.broadcast_to(colours[:, :, None], (count, samples, wide, colours.shape[-1]))
    shape = Shape(
        vertices.reshape(-1, 3), normals.reshape(-1, 3), np.stack([u, v], -1).reshape(-1, 2), triangles.astype(np.int64)
    )
    return shape, spread.reshape(-1, colours.shape[-1])


def _with_ends(shape: Shape, colours: F8, vertices: F8, along: F8, of_lines: F8) -> tuple[Shape, F8]:
    """Return tubes closed by a flat face at each end."""
    count, _, wide, _ = vertices.shape
    sides = wide - 1
    parts, paints, triangles = [shape], [colours], []
    for end, sign in ((0, -1.0), (-1, 1.0)):
        ring = vertices[:, end, :sides]
        fan = np.array([[0, k, k + 1] for k in range(1, sides - 1)], np.int64)
        fan = fan if sign > 0 else fan[:, ::-1]
        triangles = (np.arange(count)[:, None, None] * sides + fan).reshape(-1, 3)
        normals = np.broadcast_to(sign * along[:, end, None], ring.shape)
        parts.append(Shape(ring.reshape(-1, 3), normals.reshape(-1, 3), np.zeros((count * sides, 2)), triangles))
        paints.append(np.repeat(of_lines[:, end], sides, axis=0))
    offsets = np.cumsum([0] + [len(p.vertices) for p in parts])
    whole = Shape(
        np.concatenate([p.vertices for p in parts]),
        np.concatenate([p.normals for p in parts]),
        np.concatenate([p.uvs for p in parts]),
        np.concatenate([p.triangles + o for p, o in zip(parts, offsets)]),
    )
    return whole, np.concatenate(paints)


def _tangents(places: F8, *, closed: bool) -> F8:
    """Return the unit directions (K, S, 3) of curves at their samples; those of points on one place are another's."""
    if closed:
        step = np.roll(places, -1, axis=1) - np.roll(places, 1, axis=1)
    else:
        step = np.gradient(places, axis=1)
    length = portable.norm(step, axis=-1, keepdims=True)
    whole = places[:, -1:] - places[:, :1]
    size = portable.norm(whole, axis=-1, keepdims=True)
    spare = np.where(size > _SMALL, whole / np.maximum(size, _SMALL), [0.0, 0.0, 1.0])
    return np.where(length > _SMALL, step / np.maximum(length, _SMALL), spare)


def _frames(along: F8) -> F8:
    """Return unit vectors (K, S, 3) across the curves that turn as little as may be from sample to sample."""
    first = along[:, 0]
    least = np.eye(3)[np.argmin(np.abs(first), axis=1)]
    across = np.cross(first, least)
    across /= np.maximum(portable.norm(across, axis=1, keepdims=True), _SMALL)
    found = [across]
    for k in range(1, along.shape[1]):
        # without what lies along the curve now; where that is all of it, any way across
        left = found[-1] - along[:, k] * (found[-1] * along[:, k]).sum(1, keepdims=True)
        length = portable.norm(left, axis=1, keepdims=True)
        other = np.cross(along[:, k], np.eye(3)[np.argmin(np.abs(along[:, k]), axis=1)])
        other /= np.maximum(portable.norm(other, axis=1, keepdims=True), _SMALL)
        found.append(np.where(length > 1e-6, left / np.maximum(length, _SMALL), other))
    return np.stack(found, axis=1)


def balls(places: F8, radii: F8) -> tuple[Shape, I8]:
    """Return a ball at each of ``places`` (N, 3), as round as there is room for, and the point of each vertex."""
    template = _ball(max(MOST_TRIANGLES // max(len(places), 1), 8))
    size = len(template.vertices)
    vertices = places[:, None] + radii[:, None, None] * template.vertices
    triangles = (np.arange(len(places))[:, None, None] * size + template.triangles).reshape(-1, 3)
    shape = Shape(
        vertices.reshape(-1, 3),
        np.tile(template.normals, (len(places), 1)),
        np.zeros((len(places) * size, 2)),
        triangles,
    )
    return shape, np.repeat(np.arange(len(places)), size)


def _ball(most: int) -> Shape:
    """Return a ball of radius 1 of at most ``most`` triangles, 8 at least: an octahedron, each face in four, ..."""
    points = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
    faces = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
    while len(faces) * 4 <= min(most, 512):
        ends = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        edges, which = np.unique(ends, axis=0, return_inverse=True)
        middles = points[edges].sum(1)
        middle = which.reshape(-1, 3) + len(points)
        points = np.concatenate([points, middles / portable.norm(middles, axis=1, keepdims=True)])
        a, b, c = faces.T
        ab, bc, ca = middle.T
        rows = [np.stack(r, 1) for r in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        faces = np.concatenate(rows)
    return Shape(points, points, np.zeros((len(points), 2)), faces.astype(np.int64))
