"""The table of boxes: faults and maps known by hand, or by a slow count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.samples import Sample, Samples
from rendersdg.reports.boxes import Boxes, heat, pairs, together

SIZE = (40, 20)


def table(*images: list[tuple[float, ...]], crowd: bool = False) -> Boxes:
    """Return boxes (x0, y0, x1, y1, label) of images of 40 x 20 pixels."""
    samples = [
        Sample(
            Path(f"{k}.png"),
            SIZE,
            np.array([row[:4] for row in rows], float).reshape(-1, 4),
            np.array([row[4] for row in rows], int),
            np.full(len(rows), crowd),
        )
        for k, rows in enumerate(images)
    ]
    return Boxes.of(Samples(("a", "b", "c"), tuple(samples)))


def test_faults_of_boxes_are_told_by_their_corners() -> None:
    boxes = table(
        [(-2, 0, 9, 9, 0), (0, 0, 40.9, 20, 0), (5, 5, 5, 9, 0), (3, 3, 5, 15, 0)],
        [],
        [(0, 0, 40, 20, 1), (9, 9, 20, 22, 0)],
    )

    assert boxes.is_off().tolist() == [True, False, False, False, False, True]
    assert boxes.is_void().tolist() == [False, False, True, False, False, False]
    assert boxes.is_tiny().tolist() == [False, False, False, True, False, False]
    assert boxes.is_whole().tolist() == [False, True, False, False, True, False]
    assert boxes.image.tolist() == [0, 0, 0, 0, 2, 2] and boxes.place.tolist() == [0, 1, 2, 3, 0, 1]


def test_pairs_are_those_of_one_image_that_lie_on_one_another() -> None:
    same, near = (2, 2, 12, 12, 0), (2, 2, 12, 11, 0)
    boxes = table([same, same, near, (2, 2, 12, 12, 1)], [same])

    found = {(p.first, p.second, round(p.iou, 2), p.same_class) for p in pairs(boxes)}

    assert found == {(0, 1, 1.0, True), (0, 2, 0.9, True), (1, 2, 0.9, True), (0, 3, 1.0, False), (1, 3, 1.0, False)}


def test_crowds_are_no_pairs_nor_two_classes_that_fill_the_image() -> None:
    assert list(pairs(table([(2, 2, 12, 12, 0)] * 2, crowd=True))) == []
    assert list(pairs(table([(0, 0, 40, 20, 0), (0, 0, 40, 20, 1)]))) == []
    assert len(list(pairs(table([(0, 0, 40, 20, 0)] * 2)))) == 1
    assert list(pairs(table([], []))) == []


corner = st.floats(-10, 50, allow_nan=False)


@settings(max_examples=50)
@given(st.lists(st.tuples(corner, corner, corner, corner, st.just(0)), max_size=6))
def test_the_map_of_places_is_a_count_part_by_part(rows: list[tuple[float, ...]]) -> None:
    side = 4
    slow = np.zeros((side, side))
    for x0, y0, x1, y1, _ in rows:
        left, right = int(np.clip(np.floor(x0 / 10), 0, 3)), int(np.clip(np.ceil(x1 / 10), 1, 4))
        top, bottom = int(np.clip(np.floor(y0 / 5), 0, 3)), int(np.clip(np.ceil(y1 / 5), 1, 4))
        slow[top:bottom, left:right] += 1

    assert np.array_equal(heat(table(rows), side), slow)


def test_classes_together_are_counted_by_image() -> None:
    images, both = together(table([(0, 0, 1, 1, 0), (0, 0, 1, 1, 0), (0, 0, 1, 1, 1)], [(0, 0, 1, 1, 1)], []), 3, 3)

    assert images.tolist() == [1, 2, 0]
    assert both.tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 0]]
