"""Catmull-Clark refinement of polygon meshes, with semi-sharp creases and face-varying data.

The rules are those of Catmull and Clark (1978), with the creases of DeRose, Kass and Truong (1998).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg.arrays import F8, I8
from rendersdg.geometry import distinct_rows

_BOUNDARY = 10.0  # sharpness of an edge that one face alone has


@dataclass(frozen=True, eq=False)
class Cage:
    """A polygon mesh: ``points`` (V, 3), ``counts`` (F,) corners a face, ``indices`` (C,) the corners' points.

    ``data`` (C, K) rides on face corners. ``creases`` map a vertex pair (low, high) to a sharpness, ``corners`` a
    vertex; both lose 1 a level. ``parent`` (F,) says which face of the mesh as authored each face is a part of.
    """

    points: F8
    counts: I8
    indices: I8
    data: F8
    creases: dict[tuple[int, int], float]
    corners: dict[int, float]
    parent: I8


@dataclass(frozen=True, eq=False)
class _Edges:
    """The edges of a cage: ``ends`` (E, 2) as (low, high), the edge that follows each corner ``of_corner`` (C,), how
    many faces have each ``uses`` (E,), their ``sharpness`` (E,) and ``middle`` (E, 3).
    """

    ends: I8
    of_corner: I8
    uses: I8
    sharpness: F8
    middle: F8


def catmull_clark(cage: Cage) -> Cage:
    """Return one refinement: each face with n corners becomes n quads. Boundary edges are sharp.

    Corner data is interpolated linearly.
    """
    indices, counts = cage.indices, cage.counts
    face_of = np.repeat(np.arange(len(counts)), counts)  # of each corner
    # corners run round their face: the last one is followed by the first
    starts = np.cumsum(counts) - counts
    following = np.arange(len(indices)) + 1
    following[starts + counts - 1] = starts
    previous = np.empty_like(following)
    previous[following] = np.arange(len(indices))
    edges = _edges(cage, following)

    face_points = _mean(cage.points[indices], face_of, len(counts))
    edge_points = _edge_points(edges, face_points[face_of])
    vertex_points = _vertex_points(cage, edges, face_points[face_of])

    # the refined mesh numbers old vertices first, then edges, then faces; a quad is made at each corner
    first_edge = len(cage.points)
    first_face = first_edge + len(edges.ends)
    quads = np.column_stack(
        [indices, first_edge + edges.of_corner, first_face + face_of, first_edge + edges.of_corner[previous]]
    )
    data, face_data = cage.data, _mean(cage.data, face_of, len(counts))
    quad_data = np.stack(
        [data, 0.5 * (data + data[following]), face_data[face_of], 0.5 * (data + data[previous])], axis=1
    )
    return Cage(
        points=np.concatenate([vertex_points, edge_points, face_points]),
        counts=np.full(len(quads), 4, np.int64),
        indices=quads.ravel(),
        data=quad_data.reshape(len(quads) * 4, -1),
        creases=_finer_creases(cage.creases, edges.ends, first_edge),
        corners={v: s - 1 for v, s in cage.corners.items() if s > 1},
        parent=cage.parent[face_of],
    )


def _edges(cage: Cage, following: I8) -> _Edges:
    a, b = cage.indices, cage.indices[following]
    low_high = np.column_stack([np.minimum(a, b), np.maximum(a, b)])
    first, of_corner = distinct_rows(low_high)
    ends = low_high[first]
    uses = np.bincount(of_corner, minlength=len(ends))
    sharpness = np.zeros(len(ends))
    if cage.creases:
        sharpness = np.array([cage.creases.get((int(i), int(j)), 0.0) for i, j in ends])
    return _Edges(
        ends=ends,
        of_corner=of_corner,
        uses=uses,
        sharpness=np.where(uses == 1, _BOUNDARY, sharpness),
        middle=0.5 * (cage.points[ends[:, 0]] + cage.points[ends[:, 1]]),
    )


def _edge_points(edges: _Edges, face_points: F8) -> F8:
    """Return the new point of each edge (E, 3): its middle where it is sharp, else that averaged with its faces'."""
    smooth = 0.5 * edges.middle + 0.5 * _mean(face_points, edges.of_corner, len(edges.ends))
    blend = np.clip(edges.sharpness, 0.0, 1.0)[:, None]
    return smooth * (1 - blend) + edges.middle * blend


def _vertex_points(cage: Cage, edges: _Edges, face_points: F8) -> F8:
    """Return where the old vertices move to (V, 3); ``face_points`` (C, 3) are those of each corner's face."""
    points, indices, count = cage.points, cage.indices, len(cage.points)
    ends = np.concatenate([edges.ends[:, 0], edges.ends[:, 1]])  # each edge counts at both of its ends
    other = np.concatenate([edges.ends[:, 1], edges.ends[:, 0]])
    valence = np.bincount(edges.ends.ravel(), minlength=count).astype(float)
    used = np.maximum(np.bincount(indices, minlength=count), 1)
    # smooth rule: (mean of faces + 2 x mean of edges' middles + (n - 3) x the vertex) / n
    face_mean = _sum(face_points, indices, count) / used[:, None]
    edge_mean = _sum(np.concatenate([edges.middle, edges.middle]), ends, count) / np.maximum(valence, 1)[:, None]
    n = np.maximum(valence, 1)[:, None]
    moved = (face_mean + 2 * edge_mean + (n - 3) * points) / n
    # crease rule, where two sharp edges meet: 3/4 the vertex and 1/8 each neighbour along the crease
    twice = np.concatenate([edges.sharpness, edges.sharpness])
    is_sharp = twice > 0
    sharp_count = np.bincount(ends[is_sharp], minlength=count)
    crease_point = 0.75 * points + 0.125 * _sum(points[other[is_sharp]], ends[is_sharp], count)
    # a crease of less than 1 lies between the two rules, by the mean sharpness of its edges
    vertex_sharpness = np.bincount(ends[is_sharp], weights=twice[is_sharp], minlength=count)
    blend = np.clip(vertex_sharpness / np.maximum(sharp_count, 1), 0.0, 1.0)[:, None]
    new_points = np.where((sharp_count == 2)[:, None], moved * (1 - blend) + crease_point * blend, moved)
    # corners stay: authored ones, where three or more sharp edges meet, and those of an open boundary
    pinned = (sharp_count > 2) | (valence == 0)
    if cage.corners:
        pinned[list(cage.corners)] = True
    boundary_corner = (used == 1) & (sharp_count == 2) & (np.bincount(indices, minlength=count) == 1) & (valence == 2)
    return np.where((pinned | boundary_corner)[:, None], points, new_points)


def _finer_creases(creases: dict[tuple[int, int], float], ends: I8, first_edge: int) -> dict[tuple[int, int], float]:
    """Return the creases of the refined mesh: both halves of each edge are 1 less sharp."""
    finer: dict[tuple[int, int], float] = {}
    if creases:
        for k, (i, j) in enumerate(ends.tolist()):
            left = creases.get((i, j), 0.0) - 1.0
            if left > 0:
                finer[i, first_edge + k] = left
                finer[j, first_edge + k] = left
    return finer


def _sum(values: F8, keys: I8, count: int) -> F8:
    total = np.zeros((count, values.shape[1]))
    np.add.at(total, keys, values)
    return total


def _mean(values: F8, keys: I8, count: int) -> F8:
    return _sum(values, keys, count) / np.maximum(np.bincount(keys, minlength=count), 1)[:, None]
