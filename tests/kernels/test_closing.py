"""Closed surfaces, against a slow count of edges."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.kernels.closing import closes

TETRAHEDRON = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]]


def as_triangles(rows: object) -> np.ndarray:
    return np.array(rows, np.int32).reshape(-1, 3)


def test_a_tetrahedron_closes_and_no_part_of_it_does() -> None:
    assert closes(as_triangles(TETRAHEDRON), 4)
    assert not any(closes(as_triangles(TETRAHEDRON[:k] + TETRAHEDRON[k + 1 :]), 4) for k in range(4))
    assert not closes(as_triangles([]), 4)


def test_a_face_turned_over_opens_it_and_a_flat_one_changes_nothing() -> None:
    turned = [TETRAHEDRON[0][::-1], *TETRAHEDRON[1:]]

    assert not closes(as_triangles(turned), 4)
    assert closes(as_triangles([*TETRAHEDRON, [1, 1, 2], [3, 0, 3]]), 4)
    assert not closes(as_triangles([[1, 1, 2]] * 4), 4)


@given(st.data(), st.integers(1, 6))
@settings(max_examples=300)
def test_it_closes_where_a_count_of_edges_says_so(data: st.DataObject, count: int) -> None:
    corner = st.integers(0, count - 1)
    triangles = data.draw(st.lists(st.tuples(corner, corner, corner), max_size=12))
    triangles = triangles + [t[::-1] for t in triangles] if data.draw(st.booleans()) else triangles

    edges = Counter((t[k], t[(k + 1) % 3]) for t in triangles if len(set(t)) == 3 for k in range(3))
    expected = bool(edges) and all(n == 1 and edges[b, a] == 1 for (a, b), n in edges.items())
    assert closes(as_triangles(triangles), count) == expected


def test_a_vertex_of_very_many_faces_is_no_trouble() -> None:
    cone = trimesh.creation.cone(1, 1, sections=50_000)
    cone.merge_vertices()

    assert closes(np.ascontiguousarray(cone.faces, np.int32), len(cone.vertices))
    assert not closes(np.ascontiguousarray(cone.faces[1:], np.int32), len(cone.vertices))


def test_corners_outside_of_the_vertices_are_an_error() -> None:
    for triangles in ([[0, 1, 4]], [[0, -1, 2]]):
        with pytest.raises(BadArgument, match="not all of the 4 vertices"):
            closes(as_triangles(triangles), 4)
    with pytest.raises(BadArgument, match="vertex_count is -1"):
        closes(as_triangles([]), -1)
