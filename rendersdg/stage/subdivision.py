"""Catmull-Clark refinement of polygon meshes, with semi-sharp creases and face-varying data."""

from __future__ import annotations

import numpy as np

from rendersdg.arrays import F8, I8
from rendersdg.geometry import distinct_rows


def catmull_clark(
    points: F8,
    counts: I8,
    indices: I8,
    corner_data: F8,
    creases: dict[tuple[int, int], float],
    corners: dict[int, float],
) -> tuple[F8, I8, I8, F8, dict[tuple[int, int], float], dict[int, float], I8]:
    """Return one refinement: points, counts (all 4), indices, corner data, creases, corners, and each face's parent.

    ``corner_data`` (C, K) rides on face corners and is interpolated linearly. Creases map a vertex pair (low, high) to
    a sharpness, corners a vertex; both lose 1 a level (DeRose, Kass and Truong 1998). Boundary edges are sharp.
    """
    faces = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    following = np.arange(len(indices)) + 1
    following[starts + counts - 1] = starts
    previous = np.empty_like(following)
    previous[following] = np.arange(len(indices))
    a, b = indices, indices[following]
    edge_keys = np.column_stack([np.minimum(a, b), np.maximum(a, b)])
    first, edge_of = distinct_rows(edge_keys)
    edges = edge_keys[first]
    uses = np.bincount(edge_of, minlength=len(edges))

    face_points = _mean(points[indices], faces, len(counts))
    face_data = _mean(corner_data, faces, len(counts))
    sharpness = np.array([creases.get((int(i), int(j)), 0.0) for i, j in edges]) if creases else np.zeros(len(edges))
    sharpness = np.where(uses == 1, 10.0, sharpness)
    middle = 0.5 * (points[edges[:, 0]] + points[edges[:, 1]])
    smooth = 0.5 * middle + 0.5 * _mean(face_points[faces], edge_of, len(edges))
    blend = np.clip(sharpness, 0.0, 1.0)[:, None]
    edge_points = smooth * (1 - blend) + middle * blend

    count = len(points)
    valence = np.bincount(edges.ravel(), minlength=count).astype(float)
    used = np.maximum(np.bincount(indices, minlength=count), 1)
    face_mean = _sum(face_points[faces], indices, count) / used[:, None]
    ends = np.concatenate([edges[:, 0], edges[:, 1]])
    edge_mean = _sum(np.concatenate([middle, middle]), ends, count) / np.maximum(valence, 1)[:, None]
    n = np.maximum(valence, 1)[:, None]
    moved = (face_mean + 2 * edge_mean + (n - 3) * points) / n
    is_sharp = np.concatenate([sharpness, sharpness]) > 0
    sharp_count = np.bincount(ends[is_sharp], minlength=count)
    other = np.concatenate([edges[:, 1], edges[:, 0]])
    neighbours = _sum(points[other[is_sharp]], ends[is_sharp], count)
    crease_point = 0.75 * points + 0.125 * neighbours
    vertex_sharpness = np.bincount(
        ends[is_sharp], weights=np.concatenate([sharpness, sharpness])[is_sharp], minlength=count
    )
    blend = np.clip(vertex_sharpness / np.maximum(sharp_count, 1), 0.0, 1.0)[:, None]
    new_points = np.where((sharp_count == 2)[:, None], moved * (1 - blend) + crease_point * blend, moved)
    pinned = (sharp_count > 2) | (valence == 0)
    if corners:
        pinned[list(corners)] = True
    boundary_corner = (used == 1) & (sharp_count == 2) & (np.bincount(indices, minlength=count) == 1) & (valence == 2)
    new_points = np.where((pinned | boundary_corner)[:, None], points, new_points)

    all_points = np.concatenate([new_points, edge_points, face_points])
    e0, f0 = count, count + len(edges)
    quads = np.column_stack([indices, e0 + edge_of, f0 + faces, e0 + edge_of[previous]])
    data = np.stack(
        [
            corner_data,
            0.5 * (corner_data + corner_data[following]),
            face_data[faces],
            0.5 * (corner_data + corner_data[previous]),
        ],
        axis=1,
    )
    children: dict[tuple[int, int], float] = {}
    if creases:
        for k, (i, j) in enumerate(edges.tolist()):
            left = creases.get((i, j), 0.0) - 1.0
            if left > 0:
                children[i, e0 + k] = left
                children[j, e0 + k] = left
    kept = {v: s - 1 for v, s in corners.items() if s > 1}
    return (
        all_points,
        np.full(len(quads), 4, np.int64),
        quads.ravel(),
        data.reshape(len(quads) * 4, -1),
        children,
        kept,
        faces,
    )


def _sum(values: F8, keys: I8, count: int) -> F8:
    total = np.zeros((count, values.shape[1]))
    np.add.at(total, keys, values)
    return total


def _mean(values: F8, keys: I8, count: int) -> F8:
    return _sum(values, keys, count) / np.maximum(np.bincount(keys, minlength=count), 1)[:, None]
