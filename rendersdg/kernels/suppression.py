"""Which of the boxes that a detector finds stay: greedy non-maximum suppression."""

from __future__ import annotations

from ctypes import c_double, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from rendersdg.arrays import F8, I8
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel


def thinned(xyxy: F8, labels: I8, iou: float, most: int) -> I8:
    """Return the places of the first ``most`` boxes that no box before them of
    their class overlaps by more than ``iou``.

    ``xyxy`` (N, 4) come best first, with their classes ``labels`` (N,).

    Raises:
        BadArgument: ``most`` is negative; an array of another dtype, shape or layout.
    """
    counts: dict[str, int] = {}
    boxes, classes = address("xyxy", xyxy, "f8", ("N", 4), counts), address("labels", labels, "i8", ("N",), counts)
    if most < 0:
        raise BadArgument(f"most is {most} instead of 0 or more boxes")
    gone = np.zeros(len(xyxy), np.uint8)
    kept = np.empty(min(len(xyxy), most), np.int64)
    count = _thinned()(len(xyxy), boxes, classes, iou, len(kept), gone.ctypes.data, kept.ctypes.data)
    return kept[:count]


@cache
def _thinned() -> Any:
    return kernel("thinned", c_int64, c_int64, c_void_p, c_void_p, c_double, c_int64, c_void_p, c_void_p)
