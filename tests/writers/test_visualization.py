"""Boxes drawn over pictures."""

from __future__ import annotations

import numpy as np

from rendersdg.annotators.boxes import BOX_2D
from rendersdg.colour import label_colour
from writers.visualization import draw_boxes, put_label


def test_a_box_is_drawn_on_its_outermost_pixels() -> None:
    canvas = np.zeros((60, 80, 3), np.uint8)
    rows = np.array([(0, 20, 30, 49, 49, 0.0)], BOX_2D)

    draw_boxes(canvas, "bounding_box_2d_tight", {"data": rows, "info": {"idToLabels": {0: {"class": "box"}}}}, {})

    colour = label_colour(2)[:3]
    for edge in (canvas[30:50, 20], canvas[30:50, 49], canvas[30, 20:50], canvas[49, 20:50]):
        assert (edge == colour).all()
    assert not canvas[31:49, 21:49].any() and not canvas[50:].any() and not canvas[:, 50:].any()
    assert canvas[:30].any()  # its label stands above it


def test_a_label_stays_in_the_picture() -> None:
    for anchor in ([-50, -50], [70, 50], [500, 500]):
        canvas = np.zeros((60, 80, 3), np.uint8)
        put_label(canvas, "box", anchor, (255, 0, 0))

        assert (canvas == (255, 0, 0)).all(-1).sum() > 100
