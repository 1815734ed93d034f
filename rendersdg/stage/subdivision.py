"""Refinement of polygon meshes by Catmull and Clark or by Loop, with semi-sharp creases and face-varying data.

The rules are those of Catmull and Clark (1978) and of Loop (1987), with the creases of DeRose, Kass and Truong (1998),
and the options of OpenSubdiv, which USD's are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8
from rendersdg.geometry import distinct_rows

_BOUNDARY = 10.0  # sharpness of an edge that one face alone has
_SMOOTH_TRIANGLE = 0.47  # share of a triangle's middle in its edges' points (OpenSubdiv's "smooth" rule), not 1/4


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


@dataclass(frozen=True)
class Rules:
    """How a cage is refined, in USD's words: ``scheme`` catmullClark or loop; ``boundary`` is interpolateBoundary,
    ``seams`` faceVaryingLinearInterpolation; ``has_smooth_triangles`` the triangleSubdivisionRule smooth.
    """

    scheme: str = "catmullClark"
    boundary: str = "edgeAndCorner"
    seams: str = "all"
    has_smooth_triangles: bool = False


def refined(cage: Cage, rules: Rules, levels: int, most_corners: int, *, uvs: int = 0) -> tuple[Cage, int]:
    """Return a cage refined up to ``levels`` times, while it has no more than ``most_corners``, and how often it was.

    The first ``uvs`` columns of its data are texture coordinates, which follow the rule for seams.
    """
    step = loop if rules.scheme == "loop" else catmull_clark
    charts = _charts(cage, rules, uvs) if uvs and rules.seams != "all" else None
    of_charts = replace(rules, boundary="edgeOnly" if rules.seams == "none" else "edgeAndCorner")
    done = 0
    while done < levels and len(cage.indices) <= most_corners:
        cage, done = step(cage, rules), done + 1
        if charts is not None:
            charts = step(charts, of_charts)
            data = cage.data.copy()
            data[:, :uvs] = charts.points[charts.indices]
            cage = replace(cage, data=data)
    return cage, done


def _charts(cage: Cage, rules: Rules, uvs: int) -> Cage:
    """Return the texture coordinates of a cage as a cage of their own: flat, with a boundary wherever there is a seam.

    What the rule pins is a corner of it: ``cornersPlus1`` where three charts or more meet, ``boundaries`` every seam.
    """
    flat = cage.data[:, :uvs]
    first, index = distinct_rows(np.concatenate([cage.indices[:, None].astype(float), flat], axis=1))
    points, owner = flat[first], cage.indices[first]
    charts = replace(cage, points=points, indices=index, data=np.zeros((len(index), 0)), creases={}, corners={})
    pinned = np.zeros(len(points), bool)
    if rules.seams in ("cornersPlus1", "cornersPlus2"):
        pinned = np.bincount(owner, minlength=len(cage.points))[owner] > 2
    elif rules.seams == "boundaries":
        edges = _edges(charts, _following(charts))
        pinned[edges.ends[edges.uses == 1].ravel()] = True
    return replace(charts, corners=dict.fromkeys(np.flatnonzero(pinned).tolist(), _BOUNDARY))


def boundary_faces(cage: Cage) -> list[int]:
    """Return the faces that have a point of an open boundary: those that ``interpolateBoundary`` none leaves out."""
    edges = _edges(cage, _following(cage))
    is_open = np.zeros(len(cage.points), bool)
    is_open[edges.ends[edges.uses == 1].ravel()] = True
    face_of = np.repeat(np.arange(len(cage.counts)), cage.counts)
    return [int(face) for face in np.unique(face_of[is_open[cage.indices]])]


def _following(cage: Cage) -> I8:
    """Return the corner after each corner of a cage, round its face."""
    starts = np.cumsum(cage.counts) - cage.counts
    following = np.arange(len(cage.indices)) + 1
    whole = cage.counts > 0
    following[(starts + cage.counts)[whole] - 1] = starts[whole]
    return following


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


def catmull_clark(cage: Cage, rules: Rules = Rules()) -> Cage:
    """Return one refinement: each face with n corners becomes n quads. Boundary edges are sharp.

    Corner data is interpolated linearly.
    """
    indices, counts = cage.indices, cage.counts
    face_of = np.repeat(np.arange(len(counts)), counts)  # of each corner
    following = _following(cage)
    previous = np.empty_like(following)
    previous[following] = np.arange(len(indices))
    edges = _edges(cage, following)

    face_points = _mean(cage.points[indices], face_of, len(counts))
    weights = np.full(len(indices), 0.25)
    if rules.has_smooth_triangles:
        weights[counts[face_of] == 3] = _SMOOTH_TRIANGLE
    edge_points = _edge_points(edges, face_points[face_of], weights)
    sharp = _sharp_rules(cage, edges)
    vertex_points = _settled(_smooth_points(cage, edges, face_points[face_of]), cage, sharp, rules)

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


def _edge_points(edges: _Edges, face_points: F8, weights: F8) -> F8:
    """Return the new point of each edge (E, 3): its middle where it is sharp, else that and its faces' middles.

    ``weights`` (C,) are the shares of the middles of each corner's face.
    """
    share = _mean(weights[:, None], edges.of_corner, len(edges.ends))
    middles = _mean(face_points, edges.of_corner, len(edges.ends))
    smooth = (1 - 2 * share) * edges.middle + 2 * share * middles
    blend = np.clip(edges.sharpness, 0.0, 1.0)[:, None]
    return smooth * (1 - blend) + edges.middle * blend


def _smooth_points(cage: Cage, edges: _Edges, face_points: F8) -> F8:
    """Return where Catmull-Clark's rule moves old vertices to (V, 3); ``face_points`` (C, 3) are of corners' faces."""
    points, indices, count = cage.points, cage.indices, len(cage.points)
    ends = np.concatenate([edges.ends[:, 0], edges.ends[:, 1]])  # each edge counts at both of its ends
    valence = np.bincount(edges.ends.ravel(), minlength=count).astype(float)
    used = np.maximum(np.bincount(indices, minlength=count), 1)
    # smooth rule: (mean of faces + 2 x mean of edges' middles + (n - 3) x the vertex) / n
    face_mean = _sum(face_points, indices, count) / used[:, None]
    edge_mean = _sum(np.concatenate([edges.middle, edges.middle]), ends, count) / np.maximum(valence, 1)[:, None]
    n = np.maximum(valence, 1)[:, None]
    return (face_mean + 2 * edge_mean + (n - 3) * points) / n


@dataclass(frozen=True, eq=False)
class _Sharp:
    """What sharp edges do to old vertices: where the rule of creases puts each (V, 3), how much of it counts (V, 1),
    how many sharp edges (V,) and how many at all (V,) it has, and how many faces (V,).
    """

    places: F8
    blend: F8
    sharp_count: I8
    valence: I8
    faces: I8


def _sharp_rules(cage: Cage, edges: _Edges) -> _Sharp:
    points, count = cage.points, len(cage.points)
    ends = np.concatenate([edges.ends[:, 0], edges.ends[:, 1]])
    other = np.concatenate([edges.ends[:, 1], edges.ends[:, 0]])
    # crease rule, where two sharp edges meet: 3/4 the vertex and 1/8 each neighbour along the crease
    twice = np.concatenate([edges.sharpness, edges.sharpness])
    is_sharp = twice > 0
    sharp_count = np.bincount(ends[is_sharp], minlength=count)
    # a crease of less than 1 lies between the two rules, by the mean sharpness of its edges
    vertex_sharpness = np.bincount(ends[is_sharp], weights=twice[is_sharp], minlength=count)
    return _Sharp(
        places=0.75 * points + 0.125 * _sum(points[other[is_sharp]], ends[is_sharp], count),
        blend=np.clip(vertex_sharpness / np.maximum(sharp_count, 1), 0.0, 1.0)[:, None],
        sharp_count=sharp_count,
        valence=np.bincount(edges.ends.ravel(), minlength=count),
        faces=np.bincount(cage.indices, minlength=count),
    )


def _settled(moved: F8, cage: Cage, sharp: _Sharp, rules: Rules) -> F8:
    """Return where old vertices go (V, 3): where they are ``moved`` to, unless a crease or a corner says otherwise."""
    creased = moved * (1 - sharp.blend) + sharp.places * sharp.blend
    settled = np.where((sharp.sharp_count == 2)[:, None], creased, moved)
    # corners stay: authored ones, where three or more sharp edges meet, and those of an open boundary
    pinned = (sharp.sharp_count > 2) | (sharp.valence == 0)
    if cage.corners:
        pinned[list(cage.corners)] = True
    if rules.boundary != "edgeOnly":
        pinned |= (sharp.faces == 1) & (sharp.sharp_count == 2) & (sharp.valence == 2)
    return np.where(pinned[:, None], cage.points, settled)


def loop(cage: Cage, rules: Rules = Rules()) -> Cage:
    """Return one refinement by Loop's scheme: each triangle becomes four. Boundary edges are sharp."""
    indices, count = cage.indices, len(cage.points)
    following = _following(cage)
    edges = _edges(cage, following)
    opposite = cage.points[indices[following[following]]]  # of the edge that follows each corner
    smooth = 0.75 * edges.middle + 0.25 * _mean(opposite, edges.of_corner, len(edges.ends))
    blend = np.clip(edges.sharpness, 0.0, 1.0)[:, None]
    edge_points = smooth * (1 - blend) + edges.middle * blend
    # Loop's weights of the neighbours: (5/8 - (3/8 + cos(2 pi / n) / 4)^2) / n
    sharp = _sharp_rules(cage, edges)
    n = np.maximum(sharp.valence, 1)
    beta = (0.625 - (0.375 + 0.25 * portable.cos(2 * np.pi / n)) ** 2) / n
    ends = np.concatenate([edges.ends[:, 0], edges.ends[:, 1]])
    other = np.concatenate([edges.ends[:, 1], edges.ends[:, 0]])
    around = _sum(cage.points[other], ends, count)
    moved = (1 - n * beta)[:, None] * cage.points + beta[:, None] * around
    vertex_points = _settled(moved, cage, sharp, rules)

    # old vertices come first, then edges; corners of the middle triangle lie on the edges
    at = (count + edges.of_corner).reshape(-1, 3)  # of the edges after each corner
    a, b, c = indices.reshape(-1, 3).T
    ab, bc, ca = at.T
    triangles = np.stack([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]).transpose(2, 0, 1)
    data = cage.data.reshape(len(at), 3, -1)
    half = 0.5 * (data + np.roll(data, -1, axis=1))
    rows = [(data[:, 0], half[:, 0], half[:, 2]), (half[:, 0], data[:, 1], half[:, 1])]
    rows += [(half[:, 2], half[:, 1], data[:, 2]), (half[:, 0], half[:, 1], half[:, 2])]
    return Cage(
        points=np.concatenate([vertex_points, edge_points]),
        counts=np.full(4 * len(at), 3, np.int64),
        indices=triangles.ravel(),
        data=np.stack([np.stack(row, axis=1) for row in rows], axis=1).reshape(triangles.size, cage.data.shape[1]),
        creases=_finer_creases(cage.creases, edges.ends, count),
        corners={v: s - 1 for v, s in cage.corners.items() if s > 1},
        parent=np.repeat(cage.parent, 4),
    )


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
