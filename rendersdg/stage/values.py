"""Drawn values as numbers: checked, and named where they are wrong."""

from __future__ import annotations

from math import isfinite
from typing import Any

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


def number(name: str, value: Any) -> float:
    """Return ``value`` as one finite float. Raises BadArgument naming ``name``."""
    return vector(name, value, 1)[0]


def item(value: Any, index: int) -> Any:
    """Return the value for prim ``index``: a drawn one, or the constant."""
    return value[index] if isinstance(value, Drawn) else value
