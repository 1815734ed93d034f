"""Drawn values as numbers: checked, and named where they are wrong."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument
from rendersdg.graph.plan import Drawn


def vector(name: str, value: Any, width: int = 3) -> tuple[float, ...]:
    """Return ``value`` as ``width`` floats; one number counts for all. Raises BadArgument naming ``name``."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = [value] * width
    try:
        numbers = tuple(float(v) for v in value)
    except (TypeError, ValueError):
        raise BadArgument(f"{name}={value!r} must be a number or {width} numbers") from None
    if len(numbers) == 1:
        numbers = numbers * width
    if len(numbers) != width:
        raise BadArgument(f"{name}={value!r} has {len(numbers)} components, {width} are needed")
    if not all(map(isfinite, numbers)):
        raise BadArgument(f"{name}={value!r} is not finite; give numbers")
    return numbers


def vectors(value: Any, count: int, width: int = 3) -> F8 | None:
    """Return what :func:`vector` makes of the values for ``count`` prims, (count, width); None where it is not plain
    that they are finite rows of ``width`` numbers, so that each must be looked at.
    """
    rows: list[Any] = value.values if isinstance(value, Drawn) else [value]
    if len(rows) not in (1, count) or not all(type(row) in (list, tuple) and len(row) == width for row in rows):
        return None
    if not {type(cell) for row in rows for cell in row} <= {float}:
        return None
    found = np.array(rows, np.float64)
    return np.broadcast_to(found, (count, width)) if np.isfinite(found).all() else None


def number(name: str, value: Any) -> float:
    """Return ``value`` as one finite float. Raises BadArgument naming ``name``."""
    return vector(name, value, 1)[0]


def item(value: Any, index: int) -> Any:
    """Return the value for prim ``index``: a drawn one, or the constant."""
    return value[index] if isinstance(value, Drawn) else value
