"""True displacement: the surface under deep defects is divided finely and moved along its normals by their heights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F4, F8, I4, I8, Mask
from rendersdg.geometry import closest_points
from rendersdg.snapshot import Defect, Mesh
from rendersdg.stage.unfold import Topology

_TEXELS_AN_EDGE = 3.0
_MOST_EDGES = 160  # across a relief
_MOST_PASSES = 40  # each halves what is too long


@dataclass(frozen=True, eq=False)
class Relief:
    """A defect that moves the surface: ``height`` (H, W) metres at its texels, along the outward normal."""

    defect: Defect
    height: F4


@dataclass(eq=False)
class _Pieces:
    """Triangles under division. ``place`` numbers positions: vertices at one place move alike, so nothing tears."""

    points: F8
    rest: F4
    place: I8
    triangles: I8
    parent: I4
    limit: F8  # how long an edge may be, metres


def displaced(mesh: Mesh, topo: Topology, world: F8, reliefs: Sequence[Relief]) -> tuple[Mesh, I4]:
    """Return the mesh with its surface moved, and the triangle of the old one that each of its triangles is a part of.

    Edges near a relief are halved until they are as short as three of its texels; a triangle with a halved edge is cut
    into two, three or four on both sides of it, so the pieces always meet. Normals stay those of the surface as it was:
    the defect's own slopes tilt them, as they do without displacement.
    """
    more = [d for d in (None if mesh.opacities is None else mesh.opacities[:, None], mesh.other_uvs) if d is not None]
    pieces = _Pieces(
        points=portable.product(mesh.vertices.astype(np.float64), world[:3, :3].T) + world[:3, 3],
        rest=np.concatenate([mesh.normals, mesh.uvs, mesh.colours, *more], axis=1),
        place=np.zeros(len(mesh.vertices), np.int64),
        triangles=mesh.triangles.astype(np.int64),
        parent=np.arange(len(mesh.triangles), dtype=np.int32),
        limit=np.full(len(mesh.triangles), np.inf),
    )
    pieces.place[mesh.triangles] = topo.corners
    reach = [_reach(relief) for relief in reliefs]
    fresh = np.ones(len(pieces.triangles), bool)
    for _ in range(_MOST_PASSES):
        corners = pieces.points[pieces.triangles]
        pieces.limit[fresh] = _limits(corners[fresh], reach)
        lengths = portable.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
        wanted = lengths > pieces.limit[:, None]
        if not wanted.any():
            break
        fresh = _divide(pieces, wanted)
    _move(pieces, world, reliefs)
    inverse = portable.inverse(world)
    normals, uvs, colours = pieces.rest[:, :3], pieces.rest[:, 3:5], pieces.rest[:, 5:8]
    fine = Mesh(
        name=mesh.name,
        vertices=(portable.product(pieces.points, inverse[:3, :3].T) + inverse[:3, 3]).astype(np.float32),
        normals=_unit(normals),
        uvs=np.ascontiguousarray(uvs),
        colours=np.ascontiguousarray(colours),
        triangles=pieces.triangles.astype(np.int32),
        opacities=None if mesh.opacities is None else np.ascontiguousarray(pieces.rest[:, 8]),
        other_uvs=None if mesh.other_uvs is None else np.ascontiguousarray(pieces.rest[:, -2:]),
    )
    return fine, pieces.parent


def _reach(relief: Relief) -> tuple[F8, float, float]:
    """Return the centre of a relief, how far from it the surface moves, and how long edges may be there, metres."""
    defect = relief.defect
    rows, columns = np.nonzero(relief.height)
    if not len(rows):
        return defect.centre, -1.0, np.inf
    away = portable.hypot(defect.origin[0] + columns * defect.texel, defect.origin[1] + rows * defect.texel)
    radius = float(away.max()) + defect.texel
    return defect.centre, radius, max(_TEXELS_AN_EDGE * defect.texel, 2 * radius / _MOST_EDGES)


def _limits(corners: F8, reach: Sequence[tuple[F8, float, float]]) -> F8:
    """Return how long the edges of each triangle (T, 3, 3) may be: the finest of the reliefs that it is near to."""
    limits = np.full(len(corners), np.inf)
    for centre, radius, finest in reach:
        near = portable.norm(closest_points(corners, centre) - centre, axis=1) < radius
        limits[near] = np.minimum(limits[near], finest)
    return limits


def _divide(pieces: _Pieces, wanted: Mask) -> Mask:
    """Halve the wanted edges (T, 3: from corner k to k + 1) wherever they occur; return which triangles are new."""
    t = pieces.triangles
    key = _edge_keys(pieces.place[t])
    halved = np.isin(key, key[wanted])
    cut = np.flatnonzero(halved.any(1))
    middle = np.full((len(cut), 3), -1, np.int64)
    rows, sides = np.nonzero(halved[cut])
    ends = np.stack([t[cut[rows], sides], t[cut[rows], (sides + 1) % 3]], 1)
    _, first, which = np.unique(_edge_keys(ends)[:, 0], return_index=True, return_inverse=True)
    a, b = ends[first, 0], ends[first, 1]
    middle[rows, sides] = len(pieces.points) + which.reshape(-1)
    _, place = np.unique(_edge_keys(pieces.place[ends[first]])[:, 0], return_inverse=True)
    pieces.place = np.concatenate([pieces.place, pieces.place.max() + 1 + place.reshape(-1)])
    pieces.points = np.concatenate([pieces.points, (pieces.points[a] + pieces.points[b]) / 2])
    pieces.rest = np.concatenate([pieces.rest, (pieces.rest[a] + pieces.rest[b]) / 2])
    halves, of = _cut(t[cut], middle)
    stays = np.ones(len(t), bool)
    stays[cut] = False
    pieces.triangles = np.concatenate([t[stays], halves])
    pieces.parent = np.concatenate([pieces.parent[stays], pieces.parent[cut][of]])
    pieces.limit = np.concatenate([pieces.limit[stays], np.full(len(halves), np.inf)])
    return np.arange(len(pieces.triangles)) >= int(stays.sum())


def _edge_keys(names: I8) -> I8:
    """Return a number for each edge from column k to the next (N, columns), the same in both directions."""
    other = np.roll(names, -1, axis=1)
    return np.minimum(names, other) << 32 | np.maximum(names, other)


def _cut(t: I8, middle: I8) -> tuple[I8, NDArray[np.intp]]:
    """Return triangles (N, 3) cut at the middles of their edges (-1: not cut), and which of them each piece is of."""
    cut: list[I8] = []
    of: list[NDArray[np.intp]] = []
    count = (middle >= 0).sum(1)

    def add(rows: NDArray[np.intp], *corners: I8) -> None:
        cut.append(np.stack(corners, 1))
        of.append(rows)

    rows = np.flatnonzero(count == 3)
    (a, b, c), (p, q, r) = t[rows].T, middle[rows].T
    for corners in ((a, p, r), (p, b, q), (r, q, c), (p, q, r)):
        add(rows, *corners)
    for side in range(3):  # turned so that the one halved, or the two before the one that is not, come first
        turn = [side, (side + 1) % 3, (side + 2) % 3]
        rows = np.flatnonzero((count == 1) & (middle[:, side] >= 0))
        (a, b, c), p = t[rows][:, turn].T, middle[rows, side]
        add(rows, a, p, c)
        add(rows, p, b, c)
        rows = np.flatnonzero((count == 2) & (middle[:, (side + 2) % 3] < 0))
        (a, b, c), (p, q) = t[rows][:, turn].T, middle[rows][:, turn[:2]].T
        add(rows, p, b, q)
        add(rows, a, p, q)
        add(rows, a, q, c)
    return np.concatenate(cut), np.concatenate(of)


def parts_of(defect: Defect, parent: I4) -> tuple[I4, F8]:
    """Return the triangles that are a part of those that carry a defect, and the rows of each; see
    :func:`displaced`.
    """
    row_of = np.full(int(parent.max(initial=-1)) + 1, -1)
    row_of[defect.triangles] = np.arange(len(defect.triangles))
    triangles = np.flatnonzero(row_of[parent] >= 0).astype(np.int32)
    return triangles, defect.rows[row_of[parent[triangles]]]


def _move(pieces: _Pieces, world: F8, reliefs: Sequence[Relief]) -> None:
    """Move every place along its normal, the mean of its vertices', by the sum of the heights there."""
    lift = np.zeros(int(pieces.place.max()) + 1)
    for relief in reliefs:
        defect = relief.defect
        inside, rows = parts_of(defect, pieces.parent)
        away = pieces.points[pieces.triangles[inside]] - defect.centre
        flat = portable.product(away, rows[:, :, :3].transpose(0, 2, 1)) + rows[:, None, :, 3]
        height = _bilinear(relief.height, ((flat - np.array(defect.origin)) / defect.texel).reshape(-1, 2))
        place, first = np.unique(pieces.place[pieces.triangles[inside]].ravel(), return_index=True)
        lift[place] += height[first]
    turned = _unit(portable.product(pieces.rest[:, :3], portable.inverse(world[:3, :3])))
    normal = np.zeros((len(lift), 3))
    np.add.at(normal, pieces.place, turned)
    pieces.points += lift[pieces.place, None] * _unit(normal)[pieces.place]


def _bilinear(image: F4, at: F8) -> F8:
    """Return an image (H, W) at (x, y) in texels, (N,); beyond its border it is 0."""
    framed = np.pad(image, 1)
    x, y = (np.clip(at[:, k] + 1, 0, framed.shape[1 - k] - 1 - 1e-9) for k in (0, 1))
    i, j = x.astype(int), y.astype(int)
    u, v = x - i, y - j
    upper = framed[j, i] * (1 - u) + framed[j, i + 1] * u
    return np.asarray(upper * (1 - v) + (framed[j + 1, i] * (1 - u) + framed[j + 1, i + 1] * u) * v, float)


def _unit(vectors: NDArray[np.floating]) -> F4:
    return np.asarray(vectors / np.maximum(portable.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)
