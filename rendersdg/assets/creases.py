"""Normals for surfaces that come without: smooth where faces meet at a small angle, sharp at the edges of a part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.arrays import F8, I8, Mask
from rendersdg.geometry import distinct_rows
from rendersdg.kernels.elementary import arctangents
from rendersdg.kernels.rows import numbered_rows

CREASE = 30.0  # degrees between the normals of two faces, above which their edge is sharp: Blender's, too
_SLACK = 0.01  # degrees: a part of twelve facets, which meet at 30, is the same whichever way it is turned
_NEAR = 1e-6  # of a mesh's size: how far apart the points of open edges may lie that are to be one
_THIN = 2.0**-22  # of its coordinates: a triangle that is lower has its normal from their rounding as float32
_USUAL = 8  # corners at a point, at most at nearly all
_MOST_FACES = 64  # at one edge, that partners are looked for among


def merged_points(points: NDArray[np.floating]) -> tuple[I8, I8]:
    """Return the first of each set of equal points (V, 3), in the order of the points, and for each point which of
    these it is, (V,). Zero and minus zero are equal.
    """
    rows = np.ascontiguousarray(points + points.dtype.type(0)).view(np.int32)
    rows = rows.reshape(len(points), points.dtype.itemsize * 3 // 4)
    first, which = numbered_rows(rows)
    return first.astype(np.int64), which.astype(np.int64)


def creased(points: F8, triangles: I8, *, angle: float = CREASE, groups: I8 | None = None) -> tuple[Mask, F8]:
    """Return which triangles (T, 3) are to be wound the other way, as :func:`wound_against` says, and the normals
    (T, 3, 3) of the corners of all, once these are, as :func:`creased_normals` makes them.
    """
    joints = _joints(points, triangles)
    against = _against(points, triangles, joints)
    if against.any():
        turned = np.where(against[:, None], triangles[:, ::-1], triangles)
        return against, creased_normals(points, turned, angle=angle, groups=groups)
    return against, _normals(points, triangles, joints, angle, groups)


def creased_normals(points: F8, triangles: I8, *, angle: float = CREASE, groups: I8 | None = None) -> F8:
    """Return the unit normals (T, 3, 3) of the corners of triangles (T, 3) over ``points`` (V, 3).

    The faces round a point share a normal as far as one is reached from the next over edges at which their normals
    differ by ``angle`` degrees at most. Each counts by its angle there times its area: so it makes no difference how a
    polygon is cut into triangles, and a wide flat face is not tilted by the narrow facets of a round beside it. Points
    are joined by their place, whatever their number.

    With ``groups`` (T,), OBJ's smoothing groups, those decide instead of the angle: an edge is smooth between faces of
    one group, except of group 0. Where more than two faces meet at an edge, those that continue each other best are
    partners. Faces without area take after a neighbour; a normal that nothing tells is +Z.
    """
    return _normals(points, triangles, _joints(points, triangles), angle, groups)


def _normals(points: F8, triangles: I8, joints: _Joints, angle: float, groups: I8 | None) -> F8:
    """Return what :func:`creased_normals` does for triangles that join by ``joints``."""
    if not len(triangles):
        return np.zeros((0, 3, 3))
    if len(joints.crowded) and (repeats := _repeats(joints.corners)) is not None:
        first, which, turns = repeats
        once = creased_normals(
            points,
            np.take_along_axis(triangles[first], turns[first], 1),
            angle=angle,
            groups=None if groups is None else groups[first],
        )
        spread = np.empty((len(triangles), 3, 3))
        np.put_along_axis(spread, turns[..., None], once[which], 1)
        return spread
    faces = _faces(points, triangles)
    _pair_crowded(joints, faces.normals)
    normals = _with_thin(faces, joints)
    twins = joints.twins
    columns = [np.repeat(normals[:, axis], 3) for axis in range(3)]
    other = np.maximum(twins, 0)
    if groups is None:
        limit = float(portable.cos(np.radians(min(angle + _SLACK, 180.0))))
        x, y, z = (column * column[other] for column in columns)
        is_smooth = (twins >= 0) & (x + y + z >= limit)
    else:
        group = np.repeat(groups, 3)
        is_smooth = (twins >= 0) & (group == group[other]) & (group != 0)
    fans = _fans(np.where(is_smooth, twins, -1), joints.corners)
    weights = faces.weights.ravel()
    total = np.asarray(np.stack([np.bincount(fans, weights * column, len(fans)) for column in columns], 1), float)
    length = np.sqrt(portable.dots(total, total))
    is_known = length > 1e-100
    total *= np.where(is_known, 1.0 / np.where(is_known, length, 1.0), 0.0)[:, None]
    corners = total[fans]
    unknown = ~is_known[fans]
    corners[unknown] = np.repeat(normals, 3, axis=0)[unknown]
    corners[~corners.any(1)] = (0.0, 0.0, 1.0)
    return corners.reshape(-1, 3, 3)


def _repeats(corners: I8) -> tuple[I8, I8, I8] | None:
    """Return where faces (T, 3) are there more than once, wound alike: the first of each, for each face which of these
    it is, and the order (T, 3) of its corners from the one of the lowest number on. None where all are different.
    """
    turns = (corners.argmin(1)[:, None] + np.arange(3)) % 3
    first, which = distinct_rows(np.take_along_axis(corners, turns, 1))
    return None if len(first) == len(corners) else (first, which, turns)


def wound_against(points: F8, triangles: I8) -> Mask:
    """Return which triangles (T, 3) are wound against those that they join, (T,): of each piece the smaller part by
    area, none where it agrees with itself. A surface with one side, as Moebius' strip, has a seam where it starts.
    """
    return _against(points, triangles, _joints(points, triangles))


def _against(points: F8, triangles: I8, joints: _Joints) -> Mask:
    against = np.zeros(len(triangles), bool)
    if not len(joints.same_way):
        return against
    run = np.flatnonzero(joints.twins >= 0)
    one = np.concatenate([joints.same_way.ravel(), run]) // 3
    other = np.concatenate([joints.same_way[:, ::-1].ravel(), joints.twins[run]]) // 3
    differs = np.arange(len(one)) < joints.same_way.size
    order = np.argsort(one, kind="stable")
    other, differs = other[order], differs[order]
    starts = np.searchsorted(one[order], np.arange(len(triangles) + 1))
    areas = _faces(points, triangles).weights.sum(1)
    reached = np.zeros(len(triangles), bool)
    for seed in np.unique(joints.same_way // 3).tolist():
        if not reached[seed]:
            piece = _spread(seed, starts, other, differs, (reached, against))
            if areas[piece][against[piece]].sum() > areas[piece].sum() / 2:
                against[piece] = ~against[piece]
    return against


def _spread(seed: int, starts: I8, other: I8, differs: Mask, marks: tuple[Mask, Mask]) -> I8:
    """Return the faces of a piece, marked as reached and as wound against ``seed``; ring by ring from there."""
    reached, against = marks
    reached[seed] = True
    rings = [ring := np.array([seed])]
    while len(ring):
        counts = starts[ring + 1] - starts[ring]
        links = np.repeat(starts[ring] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        faces, turns = other[links], against[np.repeat(ring, counts)] ^ differs[links]
        fresh = ~reached[faces]
        ring, first = np.unique(faces[fresh], return_index=True)
        reached[ring], against[ring] = True, turns[fresh][first]
        rings.append(ring)
    return np.concatenate(rings)


@dataclass(eq=False)
class _Faces:
    """Of triangles: ``normals`` (T, 3) of unit length, 0 where they are too thin to tell; ``weights`` (T, 3) of their
    corners; ``longest`` (T,), the edge of each that is.
    """

    normals: F8
    weights: F8
    longest: I8


@dataclass(eq=False)
class _Joints:
    """How triangles join. Half edge 3t + k runs from corner k of triangle t to the next; ``twins`` (3T,) is the one
    that runs back along it, -1 for none. ``corners`` (T, 3) are numbers of points, the same at one place.
    ``same_way`` (N, 2) are pairs that run the same way, ``crowded`` (M, 2) what might be partners at edges of more than
    two faces.
    """

    twins: I8
    corners: I8
    same_way: I8
    crowded: I8


def _faces(points: F8, triangles: I8) -> _Faces:
    p = [points[triangles[:, k]] for k in range(3)]
    sides = [p[(k + 1) % 3] - p[k] for k in range(3)]
    normals = np.cross(sides[0], sides[1])
    doubled = np.sqrt(portable.dots(normals, normals))
    squares = np.stack([portable.dots(side, side) for side in sides], 1)
    longest = squares.argmax(1)
    reaches = np.maximum(np.maximum(np.abs(points[:, 0]), np.abs(points[:, 1])), np.abs(points[:, 2]))
    largest = np.maximum(np.maximum(*(reaches[triangles[:, k]] for k in (0, 1))), reaches[triangles[:, 2]])
    is_thin = doubled <= np.sqrt(np.maximum(np.maximum(squares[:, 0], squares[:, 1]), squares[:, 2])) * np.maximum(
        largest * _THIN, 1e-150
    )
    scale = np.where(is_thin, 0.0, 1.0 / np.where(is_thin, 1.0, doubled))
    dots = [-portable.dots(sides[k], sides[k - 1]) for k in range(3)]
    weights = np.empty((len(triangles), 3))
    for k in range(3):
        reach = np.maximum(np.sqrt(doubled**2 + dots[k] ** 2), 1e-300)  # so that no length is lost as float32
        weights[:, k] = arctangents((doubled / reach).astype(np.float32), (dots[k] / reach).astype(np.float32))
    weights *= np.where(is_thin, 0.0, doubled)[:, None]
    return _Faces(normals * scale[:, None], weights, longest)


def _joints(points: F8, triangles: I8) -> _Joints:
    """Return how triangles join by the places of their points. Where edges are open, points that lie so near that only
    rounding can part them are joined, too.
    """
    first, which = merged_points(points)
    corners = which[triangles]
    joints, is_open = _paired(corners)
    if is_open.any():
        seams = np.unique(np.concatenate([corners.ravel()[is_open], np.roll(corners, -1, 1).ravel()[is_open]]))
        places = points[first[seams]]
        size = float(np.ptp(points, axis=0).max())
        start, which = distinct_rows(np.round(places / max(size * _NEAR, 1e-300)).astype(np.int64))
        if len(start) < len(seams):
            joined = np.arange(len(first))
            joined[seams] = seams[start][which]
            joints, _ = _paired(joined[corners])
    return joints


def _paired(corners: I8) -> tuple[_Joints, Mask]:
    """Return the joints of triangles (T, 3), and which half edges (3T,) no other triangle has."""
    start, end = corners.ravel(), np.roll(corners, -1, axis=1).ravel()
    half = np.flatnonzero(start != end)
    a, b = start[half].astype(np.int32), end[half].astype(np.int32)
    first, edge = numbered_rows(np.stack([np.minimum(a, b), np.maximum(a, b)], 1))
    lengths = np.bincount(edge, minlength=len(first))
    two = np.flatnonzero(lengths == 2)
    # of two numbers, the sum less the first is the second
    sums = np.bincount(edge, np.arange(len(half), dtype=float), len(first))
    i, j = half[first[two]], half[sums[two].astype(np.int64) - first[two]]
    is_back = start[i] == end[j]
    twins = np.full(len(start), -1)
    twins[i[is_back]], twins[j[is_back]] = j[is_back], i[is_back]
    crowded = [np.zeros((0, 2), np.int64)]
    there = np.flatnonzero(lengths[edge] > 2)
    if len(there):
        run = edge[there]
        in_order = np.argsort(run, kind="stable")
        run, member = run[in_order], half[there[in_order]]
        for step in range(1, min(int(lengths.max()), _MOST_FACES)):
            here = np.flatnonzero(run[step:] == run[:-step])
            one, two_ = member[here], member[here + step]
            crowded.append(np.stack([one, two_], 1)[start[one] == end[two_]])
    is_open = np.zeros(len(start), bool)
    is_open[half[first[lengths == 1]]] = True
    same_way = np.stack([i[~is_back], j[~is_back]], 1)
    return _Joints(twins, corners, same_way, np.concatenate(crowded)), is_open


def _pair_crowded(joints: _Joints, normals: F8) -> None:
    """Make partners at the edges of more than two faces, those first whose normals differ least."""
    pairs = joints.crowded
    score = portable.dots(normals[pairs[:, 0] // 3], normals[pairs[:, 1] // 3])
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0], -score))]
    while len(pairs):
        _, firsts = np.unique(pairs.ravel(), return_index=True)
        is_first = np.zeros(pairs.size, bool)
        is_first[firsts] = True
        taken = pairs[is_first.reshape(-1, 2).all(1)]
        joints.twins[taken[:, 0]], joints.twins[taken[:, 1]] = taken[:, 1], taken[:, 0]
        pairs = pairs[(joints.twins[pairs] < 0).all(1)]


def _with_thin(faces: _Faces, joints: _Joints) -> F8:
    """Return normals (T, 3) where each face that is too thin to have one has that of the face behind its longest
    edge.
    """
    normals = faces.normals
    for _ in range(3):
        thin = np.flatnonzero(~normals.any(1))
        if not len(thin):
            break
        behind = joints.twins[3 * thin + faces.longest[thin]]
        normals[thin] = np.where((behind >= 0)[:, None], normals[np.maximum(behind, 0) // 3], 0.0)
    return normals


def _fans(twins: I8, corners: I8) -> I8:
    """Return for each corner (3T,) the number of one that stands for all that are reached from it about its point.

    A step leads over the half edge that starts at a corner to the corner at the twin's end: rounds, and ways from one
    sharp edge to another. Each corner learns from ever farther ones, twice as far each time.
    """
    numbers = np.arange(len(twins))
    step = np.where(twins < 0, numbers, np.where(twins % 3 == 2, twins - 2, twins + 1))
    is_end = step == numbers
    many = np.bincount(corners.ravel())[corners.ravel()]
    lowest, reach = numbers.copy(), 1
    while reach < _USUAL:
        lowest, step, reach = np.minimum(lowest, lowest[step]), step[step], 2 * reach
    active = np.flatnonzero(many > reach)
    while len(active):
        lowest[active] = np.minimum(lowest[active], lowest[step[active]])
        step[active] = step[step[active]]
        reach *= 2
        active = active[many[active] > reach]
    return np.where(is_end[step], step, lowest)
