"""From a pixel mask to boxes: connected parts, those near each other joined, each with its RLE."""

from __future__ import annotations

import cv2
import numpy as np

from detectors.samples import Rle
from rendersdg import rle
from rendersdg.arrays import F8, Mask

JOIN = 5  # pixels: parts whose gap is smaller belong to one defect that was drawn in strokes
SMALLEST = 4  # pixels; smaller specks are slips of the pen


def boxes_of_mask(mask: Mask, *, join: int = JOIN, smallest: int = SMALLEST) -> tuple[F8, tuple[Rle, ...]]:
    """Return (N, 4) boxes in pixels, exclusive, and their RLEs, of the parts of an (H, W) mask.

    Parts are 8-connected; parts with less than ``join`` pixels between them (Chebyshev distance) count as one.
    """
    if not mask.any():
        return np.zeros((0, 4)), ()
    kernel = np.ones((join, join), np.uint8)
    grown = cv2.dilate(mask.astype(np.uint8), kernel) if join > 1 else mask.astype(np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    boxes: list[tuple[int, int, int, int]] = []
    shapes: list[Rle] = []
    for part in range(1, count):
        x, y, width, height = (int(v) for v in stats[part, :4])
        around = slice(y, y + height), slice(x, x + width)  # a mask of noise has as many parts as the image has rooms
        own = mask[around] & (parts[around] == part)
        if int(own.sum()) < smallest:
            continue
        box, runs = box_and_runs(own, (y, x), (mask.shape[0], mask.shape[1]))
        boxes.append(box)
        shapes.append(runs)
    return np.array(boxes, float).reshape(-1, 4), tuple(shapes)


def box_and_runs(own: Mask, corner: tuple[int, int], size_hw: tuple[int, int]) -> tuple[tuple[int, int, int, int], Rle]:
    """Return the box in pixels, exclusive, and the runs of a mask (h, w) that is not empty, whose ``corner`` (row,
    column) lies there in an image of ``size_hw``.
    """
    (y, x), rows, columns = corner, np.flatnonzero(own.any(1)), np.flatnonzero(own.any(0))
    box = (x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1)
    return box, {"size": list(size_hw), "counts": rle.compress(rle.runs(own, corner, size_hw))}
