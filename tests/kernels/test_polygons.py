"""Fans, normals and areas of polygons, against the same in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.kernels.polygons import corner_normals, cut_fans, have_area

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float64)


def all_corners(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.int64)


def test_a_square_is_convex_and_a_dart_is_not() -> None:
    dart = np.array([[0, 0, 0], [2, 0, 0], [0.4, 0.4, 0], [0, 2, 0]], np.float64)
    points = np.concatenate([SQUARE, dart, SQUARE[:3], SQUARE[:2]])

    triangles, faces, convex = cut_fans(points, all_corners(13), np.array([4, 4, 3, 2]))

    assert triangles.tolist() == [[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7], [8, 9, 10]]
    assert faces.tolist() == [0, 0, 1, 1, 2] and convex.tolist() == [True, False, True, True]


def test_a_square_that_looks_down_or_has_three_corners_in_a_line_is_convex() -> None:
    shapes = [SQUARE[::-1], np.insert(SQUARE, 1, [0.5, 0, 0], axis=0), np.insert(SQUARE, 1, [0.5, 0.1, 0], axis=0)]

    _, _, convex = cut_fans(np.concatenate(shapes), all_corners(14), np.array([4, 5, 5]))

    assert convex.tolist() == [True, True, False]


def test_a_face_without_numbers_is_not_convex() -> None:
    _, _, convex = cut_fans(np.full((4, 3), np.nan), all_corners(4), np.array([4]))

    assert convex.tolist() == [False]


def test_normals_are_one_a_face_or_one_a_point_by_area() -> None:
    points = np.array([[0, 0, 0], [2, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64)
    indices = np.array([0, 1, 2, 0, 3, 1])  # looks up, and has half the area of what looks towards +y
    triangles = np.array([[0, 1, 2], [3, 4, 5]])

    by_face = corner_normals(points, indices, triangles, np.array([0, 1]))
    by_point = corner_normals(points, indices, triangles, None)

    assert by_face.tolist() == [[0, 0, 1]] * 3 + [[0, 1, 0]] * 3
    both = np.array([0, 2, 2]) / np.sqrt(8)
    assert np.allclose(by_point, [both, both, [0, 0, 1], both, [0, 1, 0], both], rtol=0, atol=1e-16)


def test_faces_without_an_area_look_up_and_corners_of_no_triangle_look_nowhere() -> None:
    found = corner_normals(np.zeros((3, 3)), all_corners(3), np.array([[0, 1, 1]]), np.array([0]))

    assert found.tolist() == [[0, 0, 1], [0, 0, 1], [0, 0, 0]]


@given(st.lists(st.tuples(*[st.sampled_from([-1.5, -0.0, 0.0, 1e-30, 0.1, 3.0, 1e30])] * 9), max_size=12))
def test_a_triangle_has_an_area_where_its_cross_product_has_a_length(rows: list[tuple[float, ...]]) -> None:
    vertices = np.array(rows, np.float32).reshape(-1, 3)
    triangles = np.arange(len(vertices), dtype=np.int32).reshape(-1, 3)

    a, b, c = (vertices[triangles[:, k]].astype(np.float64) for k in range(3))
    wanted = np.sqrt((np.cross(b - a, c - a) ** 2).sum(1)) > 0
    assert have_area(triangles, vertices).tolist() == wanted.tolist()


def test_what_is_not_there_is_an_error() -> None:
    corners, counts, triangle = all_corners(4), np.array([4]), np.array([[0, 1, 2]])
    for wrong in (
        lambda: cut_fans(SQUARE, corners + 1, counts),
        lambda: cut_fans(SQUARE, corners - 1, counts),
        lambda: cut_fans(SQUARE, corners, np.array([3])),
        lambda: cut_fans(SQUARE, corners, np.array([6, -2])),
        lambda: cut_fans(SQUARE.astype(np.float32), corners, counts),
        lambda: corner_normals(SQUARE, corners, triangle + 2, None),
        lambda: corner_normals(SQUARE, corners, triangle, np.array([-1])),
        lambda: corner_normals(SQUARE, corners, triangle, np.array([0, 1])),
        lambda: have_area(np.array([[0, 1, 4]], np.int32), SQUARE.astype(np.float32)),
    ):
        with pytest.raises(BadArgument):
            wrong()
