"""Whether boxes that stand in any direction meet: the separating axis theorem.

A box is its centre (3,) and its half axes (3, 3) as rows, both float64; a flat box has a half axis of length nought.
Boxes that just touch do not meet; those of which a number is NaN do.
"""

from __future__ import annotations

from ctypes import c_int, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from rendersdg.arrays import F8
from rendersdg.kernels.arrays import address
from rendersdg.kernels.library import kernel


class PlacedBoxes:
    """Boxes that stand somewhere already, at most ``most`` of them."""

    def __init__(self, most: int) -> None:
        self._centres = np.zeros((most, 3))
        self._halves = np.zeros((most, 3, 3))
        self._addresses = (
            self._centres.ctypes.data,
            self._halves.ctypes.data,
        )  # asked for once: that takes longer than the kernel
        self._count = 0

    def add(self, centre: F8, half: F8) -> None:
        """Place a box. Raises IndexError when there are ``most`` already."""
        self._centres[self._count], self._halves[self._count] = centre, half
        self._count += 1

    def meet(self, centre: F8, half: F8) -> bool:
        """Return whether a box meets any of them. Raises BadArgument for arrays of another dtype, shape or layout."""
        return bool(
            _touches_any()(
                address("centre", centre, "f8", (3,)),
                address("half", half, "f8", (3, 3)),
                self._count,
                *self._addresses,
            )
        )


def touches_any(centre: F8, half: F8, centres: F8, halves: F8) -> bool:
    """Return whether a box meets any of the N boxes ``centres`` (N, 3), ``halves`` (N, 3, 3). Raises BadArgument."""
    counts: dict[str, int] = {}
    others = address("centres", centres, "f8", ("N", 3), counts), address("halves", halves, "f8", ("N", 3, 3), counts)
    return bool(
        _touches_any()(
            address("centre", centre, "f8", (3,)), address("half", half, "f8", (3, 3)), len(centres), *others
        )
    )


def boxes_touch(first: F8, a: F8, second: F8, b: F8) -> bool:
    """Return whether two boxes meet, the first with half axes ``a``, the second with ``b``. Raises BadArgument."""
    one = address("first", first, "f8", (3,)), address("a", a, "f8", (3, 3))
    other = address("second", second, "f8", (3,)), address("b", b, "f8", (3, 3))
    return bool(_touches_any()(*one, 1, *other))


@cache
def _touches_any() -> Any:
    return kernel("touches_any", c_int, c_void_p, c_void_p, c_int64, c_void_p, c_void_p)
