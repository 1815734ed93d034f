"""Convex quadrilaterals: the area that two of them share, and which of many stay in non-maximum suppression."""

from __future__ import annotations

from ctypes import c_double, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from rendersdg.arrays import F8, I8
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel


def shared_areas(a: F8, b: F8) -> F8:
    """Return (N, M) the areas that convex quadrilaterals ``a`` (N, 4, 2) and ``b`` (M, 4, 2) share, exact but for
    rounding.

    Corners go around in either sense. One with a corner that is not a finite number shares nothing.

    Raises:
        BadArgument: an array of another dtype, shape or layout.
    """
    out = np.zeros((len(a), len(b)))
    one, other = address("a", a, "f8", ("N", 4, 2), {}), address("b", b, "f8", ("M", 4, 2), {})
    _shared()(len(a), one, len(b), other, out.ctypes.data)
    return out


def thinned_quadrilaterals(corners: F8, labels: I8, iou: float, most: int) -> I8:
    """Return the places of the first ``most`` convex quadrilaterals that none before them of their class overlaps by
    more than ``iou``.

    ``corners`` (N, 4, 2) come best first, with their classes ``labels`` (N,). One with a corner that is not a finite
    number overlaps none.

    Raises:
        BadArgument: ``most`` is negative; an array of another dtype, shape or layout.
    """
    counts: dict[str, int] = {}
    shapes = address("corners", corners, "f8", ("N", 4, 2), counts)
    classes = address("labels", labels, "i8", ("N",), counts)
    if most < 0:
        raise BadArgument(f"most is {most} instead of 0 or more boxes")
    gone = np.zeros(len(corners), np.uint8)
    kept = np.empty(min(len(corners), most), np.int64)
    count = _thinned()(len(corners), shapes, classes, iou, len(kept), gone.ctypes.data, kept.ctypes.data)
    return kept[:count]


@cache
def _shared() -> Any:
    return kernel("shared_areas", None, c_int64, c_void_p, c_int64, c_void_p, c_void_p)


@cache
def _thinned() -> Any:
    return kernel("thinned_quadrilaterals", c_int64, c_int64, c_void_p, c_void_p, c_double, c_int64, c_void_p, c_void_p)
