"""Which boxes stay: by hand, by a slow loop, and boxes that are not any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.kernels.suppression import thinned


def keep(boxes: object, labels: object = None, iou: float = 0.5, most: int = 100) -> list[int]:
    xyxy = np.array(boxes, float).reshape(-1, 4)
    classes = np.zeros(len(xyxy), np.int64) if labels is None else np.array(labels, np.int64)
    return thinned(xyxy, classes, iou, most).tolist()


def test_a_box_that_a_better_one_overlaps_goes() -> None:
    boxes = [(0, 0, 10, 10), (1, 0, 11, 10), (30, 30, 40, 40), (30, 35, 40, 45)]  # 9 / 11 and 1 / 3 of their union

    assert keep(boxes) == [0, 2, 3]
    assert keep(boxes, iou=0.3) == [0, 2]
    assert keep(boxes, [0, 1, 0, 0], iou=0.3) == [0, 1, 2]


def test_an_overlap_of_just_the_limit_stays() -> None:
    assert keep([(0, 0, 2, 1), (0, 0, 1, 1)], iou=0.5) == [0, 1]
    assert keep([(0, 0, 2, 1), (0, 0, 1.001, 1)], iou=0.5) == [0]


def test_a_box_that_went_takes_none_with_it() -> None:
    assert keep([(0, 0, 10, 1), (4, 0, 14, 1), (8, 0, 18, 1)], iou=0.4) == [0, 2]


def test_no_more_boxes_stay_than_are_asked_for() -> None:
    apart = [(k, 0, k + 0.5, 1) for k in range(9)]

    assert keep(apart, most=4) == [0, 1, 2, 3]
    assert keep(apart, most=0) == keep([]) == []
    with pytest.raises(BadArgument, match="most is -1"):
        keep(apart, most=-1)


def slow(xyxy: np.ndarray, labels: np.ndarray, iou: float, most: int) -> list[int]:
    def area(box: np.ndarray) -> float:
        return float(max(box[2] - box[0], 0) * max(box[3] - box[1], 0))

    kept: list[int] = []
    for i, box in enumerate(xyxy):
        shared = [area(np.array([*np.maximum(box, xyxy[k])[:2], *np.minimum(box, xyxy[k])[2:]])) for k in kept]
        unions = [area(box) + area(xyxy[k]) - s for k, s in zip(kept, shared)]
        if not any(labels[k] == labels[i] and s > iou * max(u, 1e-12) for k, s, u in zip(kept, shared, unions)):
            kept.append(i)
    return kept[:most]


@given(
    st.lists(st.tuples(*[st.integers(0, 9)] * 4, st.integers(0, 2)), max_size=30),
    st.sampled_from([0.0, 0.3, 0.5, 1.0]),
    st.integers(0, 12),
)
@settings(max_examples=200)
def test_boxes_stay_as_the_slow_loop_says(rows: list[tuple[int, ...]], iou: float, most: int) -> None:
    t = np.array(rows, float).reshape(-1, 5)

    assert keep(t[:, :4], t[:, 4], iou, most) == slow(t[:, :4], t[:, 4], iou, most)


@given(st.lists(st.tuples(*[st.floats()] * 4), max_size=12), st.floats())
@settings(max_examples=200)
def test_any_boxes_end_in_some_that_stay(rows: list[tuple[float, ...]], iou: float) -> None:
    kept = keep(rows, iou=iou)

    assert kept == sorted(set(kept)) and kept[:1] == [0][: len(rows)]


def test_a_box_that_is_not_a_number_overlaps_none() -> None:
    assert keep([(0, 0, 10, 10), (np.nan, 0, 10, 10), (0, 0, 10, 10)]) == [0, 1]
