"""What two quadrilaterals share, and which of many stay: by hand, by shapely, by a slow loop, and with no numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.kernels.quadrilaterals import shared_areas, thinned_quadrilaterals

SQUARE = np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]])


def turned(x: float, y: float, width: float, height: float, degrees: float) -> F8:
    a = math.radians(degrees)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, height / 2]
    return corners @ np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]]) + [x, y]


def shared(a: F8, b: F8) -> float:
    return float(shared_areas(a[None], b[None])[0, 0])


@pytest.mark.parametrize(
    ("a", "b", "area"),
    [
        (SQUARE, SQUARE, 4),
        (SQUARE, SQUARE + 1, 1),
        (SQUARE, SQUARE[::-1] + [0, 1.5], 1),  # the other way around
        (SQUARE, SQUARE + [2, 0], 0),  # side by side
        (SQUARE, turned(1, 1, 2, 2, 45), 8 * (math.sqrt(2) - 1)),  # a regular octagon, whose width is 2
        (SQUARE, turned(1, 1, math.sqrt(2), math.sqrt(2), 45), 2),  # corners at the middles of the sides
        (turned(5, 5, 8, 2, 45), turned(5, 5, 8, 2, -45), 4),  # a cross of two bars
        (turned(5, 5, 8, 2, 45), turned(5, 5, 8, 2, 225), 16),  # half a turn changes nothing
        (SQUARE, np.zeros((4, 2)) + 1, 0),  # a point
        (np.zeros((4, 2)) + 1, SQUARE, 0),
        (SQUARE, turned(1, 1, 3, 0, 30), 0),  # a line
        (turned(1, 1, 3, 0, 30), SQUARE, 0),
    ],
)
def test_the_area_that_two_share_is_known_by_hand(a: F8, b: F8, area: float) -> None:
    assert shared(a, b) == pytest.approx(area, abs=1e-12) == shared(b, a)


number = st.floats(-20, 20)
side = st.floats(0.1, 30)
rectangle = st.builds(turned, number, number, side, side, st.sampled_from([0.0, 30, 45, 90]) | st.floats(-180, 180))


@given(rectangle, rectangle)
@settings(max_examples=300, deadline=None)
def test_the_area_is_what_shapely_says(a: F8, b: F8) -> None:
    shapely = pytest.importorskip("shapely")
    want = shapely.Polygon(a).intersection(shapely.Polygon(b)).area

    assert shared(a, b) == pytest.approx(want, abs=1e-6)


@given(rectangle, rectangle, st.floats(-180, 180), number, number)
@settings(max_examples=200, deadline=None)
def test_the_area_stays_when_the_whole_scene_turns(a: F8, b: F8, degrees: float, x: float, y: float) -> None:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    matrix = np.array([[c, s], [-s, c]])

    assert shared(a @ matrix + [x, y], b @ matrix + [x, y]) == pytest.approx(shared(a, b), abs=1e-9)


def slow(corners: F8, labels: F8, iou: float, most: int) -> list[int]:
    areas = shared_areas(corners, corners)
    kept: list[int] = []
    for i in range(len(corners)):
        unions = [areas[k, k] + areas[i, i] - areas[k, i] for k in kept]
        if not any(labels[k] == labels[i] and areas[k, i] > iou * max(u, 1e-12) for k, u in zip(kept, unions)):
            kept.append(i)
    return kept[:most]


@given(
    st.lists(st.tuples(rectangle, st.integers(0, 2)), max_size=20),
    st.sampled_from([0.0, 0.3, 0.51, 0.9]),
    st.integers(0, 12),
)
@settings(max_examples=100, deadline=None)
def test_boxes_stay_as_the_slow_loop_says(rows: list[tuple[F8, int]], iou: float, most: int) -> None:
    corners = np.array([row for row, _ in rows]).reshape(-1, 4, 2)
    labels = np.array([label for _, label in rows], np.int64)

    assert thinned_quadrilaterals(corners, labels, iou, most).tolist() == slow(corners, labels, iou, most)


def test_bars_that_cross_stay_where_their_upright_boxes_are_one() -> None:
    bars = np.stack([turned(5, 5, 8, 1, 45), turned(5, 5, 8, 1, -45), turned(5.2, 5.2, 8, 1, 45)])

    assert thinned_quadrilaterals(bars, np.zeros(3, np.int64), 0.5, 9).tolist() == [0, 1]
    with pytest.raises(BadArgument, match="most is -1"):
        thinned_quadrilaterals(bars, np.zeros(3, np.int64), 0.5, -1)


@given(st.lists(st.lists(st.floats(), min_size=8, max_size=8), max_size=8), st.floats())
@settings(max_examples=200)
def test_any_numbers_end_in_some_that_stay(rows: list[list[float]], iou: float) -> None:
    corners = np.array(rows, float).reshape(-1, 4, 2)
    kept = thinned_quadrilaterals(corners, np.zeros(len(corners), np.int64), iou, 9).tolist()

    assert kept == sorted(set(kept)) and kept[:1] == [0][: len(rows)]
    missing = ~np.isfinite(corners).all((1, 2))
    assert (shared_areas(corners, corners)[missing] == 0).all()
