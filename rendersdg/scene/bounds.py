"""What no scene means, whatever the argument: numbers that are not finite or beyond all measure, and values that grow
without end where one names another twice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from rendersdg.documents import shown
from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import LARGEST, Choice, Combine, LogUniform, SequenceOf, Uniform
from rendersdg.graph.nodes import Prims

MOST_VALUES = 1_000_000  # that one argument goes through, those that are named twice counted twice
_DEEPEST = 100  # lists, mappings, distributions and groups around one another


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers that a parameter takes: from ``least`` to ``most``, both ends included, and more than ``above``."""

    least: float | None = None
    most: float | None = None
    above: float | None = None

    def said(self) -> str:
        """Return the limits in words.

        >>> Limits(least=0, most=1).said()
        'from 0 to 1'
        """
        if self.above is not None:
            return f"above {self.above:g}" + ("" if self.most is None else f", {self.most:g} at most")
        if self.least is not None and self.most is not None:
            return f"from {self.least:g} to {self.most:g}"
        return f"{self.least:g} or more" if self.least is not None else f"{self.most:g} or less"

    def hold(self, number: float) -> bool:
        """Return whether a number is within."""
        return not (
            (self.least is not None and number < self.least)
            or (self.most is not None and number > self.most)
            or (self.above is not None and not number > self.above)
        )


def check_limits(name: str, limits: Limits, value: object) -> None:
    """Raise BadArgument for a number beyond the limits: the value, one of a list, or one that may be drawn.

    Of a normal distribution every number may be drawn; what is drawn is looked at where it is used.
    """
    for number in _numbers(value):
        if not limits.hold(number):
            raise BadArgument(f"{name}={shown(number)} must be {limits.said()}")


def _numbers(value: object) -> Iterable[float]:
    """Give the numbers of a value, those between which a uniform one is drawn for a distribution."""
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        yield float(value)
    elif isinstance(value, (Uniform, LogUniform)):
        yield from (float(v) for bound in (value.lower, value.upper) for v in np.ravel(np.asarray(bound, float)))
    elif isinstance(value, (list, tuple, Choice, Combine, SequenceOf)):
        for item in _items(value):
            yield from _numbers(item)


def check_extent(name: str, value: object, *, infinite: bool = False) -> None:
    """Raise BadArgument for a number in ``value`` that no scene means, or for more values than an argument has.

    Args:
        name: the argument's, or the group's.
        value: whatever it is: lists, mappings, distributions and groups are gone through.
        infinite: whether infinities mean something here, such as a joint without a limit. NaN never does.
    """
    count, _ = _extent(name, value, {}, 0, infinite)
    if count > MOST_VALUES:
        raise BadArgument(f"{name} holds {count} values, {MOST_VALUES} at most; what names another twice doubles it")


def _extent(name: str, value: object, known: dict[int, tuple[int, int]], depth: int, infinite: bool) -> tuple[int, int]:
    """Return how many values a value goes through and how deep it is. ``known`` are those of what was seen, by ids."""
    if isinstance(value, (int, float, np.number)):
        _check_number(name, value, infinite)
        return 1, 1
    if value is None or isinstance(value, str):
        return 1, 1
    if id(value) in known:
        count, below = known[id(value)]
    else:
        if depth >= _DEEPEST:
            raise BadArgument(f"{name} is more than {_DEEPEST} deep: lists in lists, or names that stand for names")
        extents = [_extent(name, item, known, depth + 1, infinite) for item in _items(value)]
        count, below = 1 + sum(n for n, _ in extents), 1 + max((d for _, d in extents), default=0)
        known[id(value)] = count, below
    if depth + below > _DEEPEST + 1:
        raise BadArgument(f"{name} is more than {_DEEPEST} deep: lists in lists, or names that stand for names")
    return count, below


def _items(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.values()
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, Choice):
        return (value.choices,)
    if isinstance(value, SequenceOf):
        return (value.items,)
    if isinstance(value, Combine):
        return (value.distributions,)
    # other distributions were looked at when they were made
    return (*value.paths, *value.parts) if isinstance(value, Prims) else ()


def _check_number(name: str, value: float | np.number, infinite: bool) -> None:
    if isinstance(value, bool):
        return
    try:
        number = float(value)
    except OverflowError:
        number = math.copysign(2 * LARGEST, 1 if value > 0 else -1)
    if math.isinf(number) and infinite:
        return
    if not math.isfinite(number):
        raise BadArgument(f"{name}={shown(value)} is not finite; give numbers")
    if abs(number) > LARGEST:
        raise BadArgument(f"{name}={shown(value)} is beyond {LARGEST:g}, the largest number that a scene holds")
