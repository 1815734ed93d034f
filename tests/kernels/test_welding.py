"""Rows of whole numbers that stand for what corners carry, and enclosed volumes."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.kernels.welding import corner_rows, enclosed_volume, grid_rows, varying_columns

NUMBERS = st.sampled_from([-np.inf, -2.5, -1e-50, -0.0, 0.0, 1e-50, 0.1, 0.1 + 1e-12, 2.5, 1e300, np.inf])


def test_columns_vary_where_they_hold_two_numbers_or_none() -> None:
    values = np.array([[1.0, 2.0, 0.0, np.nan], [1.0, 2.5, -0.0, np.nan]])

    assert varying_columns(values).tolist() == [False, True, False, True]
    assert varying_columns(np.zeros((0, 2))).tolist() == [False, False]


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=20), st.data())
def test_rows_are_equal_and_ordered_as_their_floats(values: list[tuple[float, ...]], data: st.DataObject) -> None:
    table = np.array(values)
    corners = np.array(data.draw(st.lists(st.integers(0, len(values) - 1), max_size=30)), np.int64)
    columns = np.array([2, 0])

    rows = corner_rows(corners, [(table, columns), (table, np.array([1]))])

    assert rows is not None
    with np.errstate(over="ignore"):
        floats = [tuple(row) for row in table[corners][:, [2, 0, 1]].astype(np.float32).tolist()]
    whole = [tuple(row) for row in rows.tolist()]
    for a, one in zip(floats, whole):
        for b, other in zip(floats, whole):
            assert (a == b, a < b) == (one == other, one < other)


def test_rows_of_no_number_are_none() -> None:
    values = np.array([[0.0, np.nan], [1.0, 1.0]])

    assert corner_rows(np.array([0, 1]), [(values, np.array([0, 1]))]) is None
    assert corner_rows(np.array([1]), [(values, np.array([0, 1]))]) is not None
    assert corner_rows(np.array([0]), [(values, np.array([0]))]) is not None


def test_vertices_within_a_cell_of_the_grid_have_one_place() -> None:
    vertices = np.array([[0, 0, 0], [1e-6, -0.0, 0], [2e-5, 0, 0], [2, 2, 2]], np.float32)

    rows = grid_rows(vertices, 2.0)

    assert rows[0].tolist() == rows[1].tolist() and len({tuple(row) for row in rows.tolist()}) == 3


def test_a_box_encloses_its_volume_and_inside_out_less_than_none() -> None:
    box = trimesh.creation.box((1, 2, 3))
    box.apply_translation((5, 6, 7))
    vertices, place_of = np.array(box.vertices, np.float32), np.arange(8, dtype=np.int32)
    faces = np.array(box.faces, np.int32)
    flat = np.array([[0, 0, 1], [3, 4, 3]], np.int32)

    assert enclosed_volume(vertices, place_of, np.concatenate([faces, flat])) == pytest.approx(36, rel=1e-6)
    assert enclosed_volume(vertices, place_of, np.ascontiguousarray(faces[:, ::-1])) == pytest.approx(-36, rel=1e-6)


def test_a_place_lies_where_the_last_of_its_vertices_does() -> None:
    corners = np.array([[9, 9, 9], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]], np.float32)
    place_of = np.array([3, 0, 1, 2, 3], np.int32)
    triangles = np.array([[0, 1, 2], [3, 1, 0], [3, 2, 1], [3, 0, 2]], np.int32)

    assert enclosed_volume(corners, place_of, triangles) == 1


def test_what_is_not_there_is_an_error() -> None:
    values, corners = np.zeros((2, 3)), np.array([0, 1])
    vertices, triangle = np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32)
    for wrong in (
        lambda: corner_rows(corners + 1, [(values, np.array([0]))]),
        lambda: corner_rows(corners, [(values, np.array([3]))]),
        lambda: corner_rows(corners, [(values.astype(np.float32), np.array([0]))]),
        lambda: enclosed_volume(vertices, np.array([0, 1, -1], np.int32), triangle),
        lambda: enclosed_volume(vertices, np.array([0, 1, 1], np.int32), triangle),
        lambda: grid_rows(vertices.astype(np.float64), 1.0),
    ):
        with pytest.raises(BadArgument):
            wrong()
