"""Boxes of masks."""

from __future__ import annotations

import numpy as np

from detectors.readers.masks import boxes_of_mask


def test_parts_of_a_mask_near_each_other_are_one_box() -> None:
    mask = np.zeros((30, 60), bool)
    mask[5, 5:10] = mask[5, 13:20] = True  # three pixels between
    mask[20:24, 40:44] = True
    mask[28, 2] = True  # a slip of the pen

    boxes, shapes = boxes_of_mask(mask)

    assert boxes.tolist() == [[5, 5, 20, 6], [40, 20, 44, 24]] and len(shapes) == 2
    assert len(boxes_of_mask(mask, join=1, smallest=1)[0]) == 4
