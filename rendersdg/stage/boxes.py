"""Whether boxes that stand in any direction meet: the separating axis theorem, compiled.

A box is its centre (3,) and its half axes (3, 3) as rows, both float64; a flat box has a half axis of length nought.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from rendersdg.compiled import OPTIONS
from rendersdg.geometry import Matrix

_FLAT = 1e-24  # the squared length below which an axis says nothing


@njit(**OPTIONS)
def touches_any(centre: Matrix, half: Matrix, centres: Matrix, halves: Matrix) -> bool:
    """Return whether a box meets any of the N boxes ``centres`` (N, 3), ``halves`` (N, 3, 3)."""
    for k in range(len(centres)):  # noqa: SIM110 - numba knows no any() of a generator
        if boxes_touch(centre, half, centres[k], halves[k]):
            return True
    return False


@njit(**OPTIONS)
def boxes_touch(first: Matrix, a: Matrix, second: Matrix, b: Matrix) -> bool:
    """Return whether two boxes meet, the first with half axes ``a``, the second with ``b``."""
    gap = second - first
    if (gap * gap).sum() > 2.0 * ((a * a).sum() + (b * b).sum()):
        return False  # (r1 + r2)^2 <= 2 (r1^2 + r2^2), the r being half diagonals
    axis = np.empty(3)
    for i in range(3):
        if _parted(a[i], gap, a, b) or _parted(b[i], gap, a, b):
            return False
        # a flat box has no third half axis: its normal is the cross product of the others
        _cross(a[i], a[(i + 1) % 3], axis)
        if _parted(axis, gap, a, b):
            return False
        _cross(b[i], b[(i + 1) % 3], axis)
        if _parted(axis, gap, a, b):
            return False
        for j in range(3):
            _cross(a[i], b[j], axis)
            if _parted(axis, gap, a, b):
                return False
    return True


@njit(**OPTIONS)
def _parted(axis: Matrix, gap: Matrix, a: Matrix, b: Matrix) -> bool:
    """Return whether the shadows of both boxes on an axis lie apart; boxes that just touch do not."""
    x, y, z = axis
    if x * x + y * y + z * z <= _FLAT:
        return False
    reach = 0.0
    for i in range(3):
        reach += abs(x * a[i, 0] + y * a[i, 1] + z * a[i, 2]) + abs(x * b[i, 0] + y * b[i, 1] + z * b[i, 2])
    return abs(x * gap[0] + y * gap[1] + z * gap[2]) > reach * (1.0 - 1e-9)


@njit(**OPTIONS)
def _cross(u: Matrix, v: Matrix, out: Matrix) -> None:
    out[0] = u[1] * v[2] - u[2] * v[1]
    out[1] = u[2] * v[0] - u[0] * v[2]
    out[2] = u[0] * v[1] - u[1] * v[0]
