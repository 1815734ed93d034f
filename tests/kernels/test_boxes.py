"""Boxes that meet, by hand; tests/stage/test_scatter.py asks a linear program too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.kernels.boxes import PlacedBoxes, boxes_touch, touches_any

CUBE = np.eye(3)
ORIGIN = np.zeros(3)


def turned(angle: float) -> np.ndarray:
    """Return the half axes of a cube turned about z."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])


@pytest.mark.parametrize("axis", range(3))
def test_cubes_side_by_side_meet_unless_they_just_touch(axis: int) -> None:
    beside = np.eye(3)[axis]

    assert not boxes_touch(ORIGIN, CUBE, beside * 2, CUBE)
    assert boxes_touch(ORIGIN, CUBE, beside * (2 - 1e-8), CUBE)
    assert boxes_touch(ORIGIN, CUBE, beside * -1.999, CUBE)
    assert not boxes_touch(ORIGIN, CUBE, beside * 2.001, CUBE)
    assert not boxes_touch(ORIGIN, CUBE, beside * -1e9, CUBE)


def test_a_cube_on_its_edge_reaches_farther() -> None:
    reach = 1 + np.sqrt(2)

    assert boxes_touch(ORIGIN, turned(np.pi / 4), np.array([reach - 1e-3, 0, 0]), CUBE)
    assert not boxes_touch(ORIGIN, turned(np.pi / 4), np.array([reach + 1e-3, 0, 0]), CUBE)


def test_two_edges_that_cross_are_parted_by_the_axis_across_both() -> None:
    a, b = (
        turned(np.pi / 4),
        np.ascontiguousarray(turned(np.pi / 4)[[2, 0, 1]][:, [2, 1, 0]]),
    )  # on an edge along z, and on one along x
    near, far = 2 * np.sqrt(2) - 1e-3, 2 * np.sqrt(2) + 1e-3

    assert boxes_touch(ORIGIN, a, np.array([0, near, 0]), b)
    assert not boxes_touch(ORIGIN, a, np.array([0, far, 0]), b)


def test_flat_boxes_meet_only_in_their_plane() -> None:
    flat = np.diag([1.0, 1.0, 0.0])

    assert boxes_touch(ORIGIN, flat, np.array([1.5, 0, 0]), flat)
    assert not boxes_touch(ORIGIN, flat, np.array([0, 0, 1e-3]), flat)
    assert not boxes_touch(ORIGIN, turned(0.4) * [1, 1, 0], np.array([0, 0, 0.1]), turned(1.0) * [1, 1, 0])


def test_a_corner_above_a_flat_box_meets_it_when_it_goes_down() -> None:
    flat = np.diag([1.0, 1.0, 0.0])
    tilt = np.array([[1, 0, 0], [0, 0.8, 0.6], [0, -0.6, 0.8]])
    cube = np.ascontiguousarray(turned(0.7) @ tilt @ turned(0.3))  # no edge of it is level
    reach = np.abs(cube[:, 2]).sum()
    lowest = -np.sign(cube[:, 2]) @ cube
    for height, meets in ((reach - 1e-3, True), (reach + 1e-3, False)):
        above = np.array([-lowest[0], -lowest[1], height])  # its lowest corner is over the middle
        assert boxes_touch(ORIGIN, flat, above, cube) == meets
        assert boxes_touch(above, cube, ORIGIN, flat) == meets


def test_a_box_that_is_not_a_number_is_not_seen_to_be_clear() -> None:
    assert boxes_touch(ORIGIN, CUBE, np.full(3, np.nan), CUBE)
    assert boxes_touch(ORIGIN, np.full((3, 3), np.nan), np.array([9.0, 0, 0]), CUBE)
    assert not boxes_touch(ORIGIN, CUBE, np.array([np.inf, 0, 0]), CUBE)


numbers = st.floats(-3, 3)
boxes = st.tuples(st.tuples(*[numbers] * 3), st.tuples(*[st.tuples(*[numbers] * 3)] * 3)).map(
    lambda b: (np.array(b[0]), np.array(b[1]))
)


@given(boxes, boxes)
@settings(max_examples=300)
def test_whether_boxes_meet_is_the_same_from_either(
    first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]
) -> None:
    assert boxes_touch(*first, *second) == boxes_touch(*second, *first)


@given(boxes, st.lists(boxes, max_size=5))
@settings(max_examples=200)
def test_a_box_meets_any_when_it_meets_one(
    one: tuple[np.ndarray, np.ndarray], others: list[tuple[np.ndarray, np.ndarray]]
) -> None:
    centres, halves = (
        np.array([o[0] for o in others]).reshape(-1, 3),
        np.array([o[1] for o in others]).reshape(-1, 3, 3),
    )
    placed = PlacedBoxes(len(others))
    for other in others:
        placed.add(*other)
    expected = any(boxes_touch(*one, *other) for other in others)

    assert touches_any(*one, centres, halves) == placed.meet(*one) == expected


def test_there_is_room_for_as_many_boxes_as_were_asked_for() -> None:
    placed = PlacedBoxes(1)
    assert not placed.meet(ORIGIN, CUBE)
    placed.add(ORIGIN, CUBE)

    with pytest.raises(IndexError):
        placed.add(ORIGIN, CUBE)
    assert placed.meet(ORIGIN, CUBE)
