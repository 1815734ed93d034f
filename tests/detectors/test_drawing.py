"""Detections drawn for people: every label in the picture, boxes that stand out, a legend of what was found."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.detections import Detections
from detectors.drawing import (
    Look,
    class_colour,
    class_name,
    draw_boxes,
    draw_detections,
    legend_strip,
    outline,
    prediction_sheet,
    without_letters,
)
from detectors.samples import Sample, Samples


def found(*rows: tuple[float, float, float, float], labels: list[int] | None = None) -> Detections:
    scores = np.linspace(0.9, 0.5, len(rows))
    return Detections(np.array(rows, float).reshape(-1, 4), scores, np.array(labels or [0] * len(rows), int))


def area_of(canvas: np.ndarray, label: int) -> int:
    return int((canvas == class_colour(label)).all(-1).sum())


@pytest.mark.parametrize("ground", [0, 128, 255])
def test_a_box_has_a_dark_edge_and_its_class_colour_on_any_ground(ground: int) -> None:
    canvas = np.full((100, 100, 3), ground, np.uint8)

    draw_boxes(canvas, found((20, 40, 80, 90)), ["a"], Look(1.0, 2, 12))

    assert (canvas[70, 20] == 0).all() and (canvas[70, 21] == class_colour(0)).all() and (canvas[70, 23] == 0).all()
    assert (canvas[70, 30] == ground).all()


@pytest.mark.parametrize("box", [(0, 0, 10, 10), (190, 0, 200, 10), (190, 190, 200, 200), (0, 190, 10, 200)])
def test_a_label_at_the_edge_is_whole(box: tuple[float, ...]) -> None:
    middle, edge = (np.zeros((200, 200, 3), np.uint8) for _ in range(2))
    draw_boxes(middle, found((95, 95, 105, 105)), ["scratch"], Look(1.0, 2, 12))  # nothing is cut off there

    draw_boxes(edge, found(box), ["scratch"], Look(1.0, 2, 12))

    assert area_of(edge, 0) >= 0.9 * area_of(middle, 0)


def test_labels_of_boxes_at_one_place_do_not_hide_each_other() -> None:
    canvas = np.zeros((300, 300, 3), np.uint8)
    boxes = found((100, 100, 200, 200), (101, 101, 199, 199), (102, 102, 198, 198), labels=[0, 1, 2])

    draw_boxes(canvas, boxes, ["one", "two", "three"], Look(1.0, 2, 12))

    alone = np.zeros((300, 300, 3), np.uint8)
    draw_boxes(alone, found((100, 100, 200, 200), labels=[1]), ["one", "two", "three"], Look(1.0, 2, 12))
    outline(alone, (100, 100, 200, 200), 4, (0, 0, 0))
    assert all(area_of(canvas, k) >= 0.7 * area_of(alone, 1) for k in range(3))


def test_a_class_without_letters_is_drawn_by_its_number_and_said() -> None:
    classes = ["scratch", "划痕", ""]

    assert [class_name(classes, k) for k in range(4)] == ["scratch", "class 1", "class 2", "class 3"]
    assert "'划痕' as class 1" in without_letters(classes)
    assert without_letters(["scratch"]) == ""


def test_a_legend_has_a_swatch_for_each_class_found_and_stays_in_its_width() -> None:
    strip = legend_strip(120, 12, np.array([0, 2, 2]), ["a", "b", "c" * 80], ["a file of a very long name.png"])

    assert strip.shape[1] == 120
    assert area_of(strip, 0) == 144 and area_of(strip, 1) == 0 and area_of(strip, 2) == 144


@pytest.mark.parametrize(
    ("height", "width", "out"), [(200, 200, (600, 600)), (2000, 2500, (2000, 2500)), (900, 60, (900, 240))]
)
def test_small_pictures_are_enlarged_and_narrow_ones_widened(height: int, width: int, out: tuple[int, int]) -> None:
    image = np.full((height, width, 3), 200, np.uint8)

    drawn = cv2.imdecode(np.frombuffer(draw_detections(image, found(), ["a"], 0.25, "x.png"), np.uint8), 1)

    assert drawn.shape[1] == out[1] and drawn.shape[0] > out[0]
    assert (drawn[: out[0], : out[1] if width > 60 else 60] == 200).all() and (image == 200).all()


def test_a_sheet_shows_names_truth_and_what_was_found(tmp_path: Path) -> None:
    samples = []
    for k in range(3):
        cv2.imwrite(str(tmp_path / f"{k}.png"), np.full((50, 80, 3), 100, np.uint8))
        samples.append(Sample(tmp_path / f"{k}.png", (80, 50), np.array([[10, 10, 40, 40.0]]), np.array([0])))
    val = Samples(("a", "b"), tuple(samples))

    sheet = prediction_sheet(val, [found((20, 20, 60, 45), labels=[1])] * 3)

    assert area_of(sheet, 1) > 3 * 300 and area_of(sheet, 0) == 0
    assert (sheet == 255).all(-1).sum() > 3 * 400  # the true boxes, enlarged four times
    assert prediction_sheet(Samples(("a",), ()), []).shape[2] == 3
