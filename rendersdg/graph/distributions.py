"""Distributions: what a value may be. Each draws ``count`` samples from a :class:`Source` and keeps no state."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.documents import shown
from rendersdg.errors import BadArgument
from rendersdg.streams import Source

Numbers = float | Sequence[float]
LARGEST = 1e20  # in a scene: beyond every length, light and angle, and its square is still a number


@dataclass(frozen=True, eq=False, kw_only=True)
class Distribution(ABC):
    """Common to all: ``seed`` overrides the global one, ``name`` publishes the values in ``distribution_outputs``,

    ``site`` fixes the stream (a named group used in two places gives both the same values).
    """

    gives_numbers: ClassVar[bool] = False  # and lists of them alone

    seed: int | None = None
    name: str | None = None
    site: str | None = None

    def draw(self, source: Source, count: int) -> list[object]:
        """Return ``count`` samples: floats, lists of floats, or the chosen objects."""
        return self._draw(source.at_site(self.site).with_seed(self.seed), count)

    @abstractmethod
    def _draw(self, source: Source, count: int) -> list[object]: ...

    def candidates(self) -> list[object] | None:
        """Return every value that can come out, or None when they cannot be listed."""
        return None


def _numbers(label: str, value: Numbers) -> F8:
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError, OverflowError):  # OverflowError: a whole number beyond 1e308
        raise BadArgument(f"{label} must be a number or a list of numbers, got {shown(value)}") from None
    if array.dtype != np.float64 or value is None or array.size == 0:
        raise BadArgument(f"{label} must be a number or a list of numbers, got {shown(value)}")
    if array.ndim > 1:
        raise BadArgument(f"{label} must be a number or a flat list of numbers, got {value!r}")
    if not np.isfinite(array).all():
        raise BadArgument(f"{label}={value!r} is not finite; give numbers")
    if (np.abs(array) > LARGEST).any():
        raise BadArgument(f"{label}={value!r} is beyond {LARGEST:g}, the largest number that a scene holds")
    return array


def _pair(a_label: str, a: Numbers, b_label: str, b: Numbers) -> tuple[F8, F8]:
    first, second = _numbers(a_label, a), _numbers(b_label, b)
    if first.shape != second.shape:
        if first.ndim and second.ndim:
            raise BadArgument(
                f"{a_label} has {first.size} components and {b_label} has {second.size}; give equally many"
            )
        first, second = np.broadcast_arrays(first, second)
    return first, second


_ROUNDING = 2e-7  # relative: bounds that a script computed from 32-bit numbers may cross by as much


@dataclass(frozen=True, eq=False)
class Uniform(Distribution):
    """Every point of the box ``[lower, upper)`` is equally likely; units are the attribute's."""

    gives_numbers = True

    lower: Numbers
    upper: Numbers

    def __post_init__(self) -> None:
        low, high = _pair("lower", self.lower, "upper", self.upper)
        if (low - high > _ROUNDING * np.maximum(np.abs(low), np.abs(high))).any():
            raise BadArgument(f"lower={self.lower} exceeds upper={self.upper}; swap them")

    def _draw(self, source: Source, count: int) -> list[object]:
        low, high = _pair("lower", self.lower, "upper", self.upper)
        return (low + (high - low) * source.rng().random((count, *low.shape))).tolist()


@dataclass(frozen=True, eq=False)
class Normal(Distribution):
    """Gaussian with ``mean`` and standard deviation ``std`` per component."""

    gives_numbers = True

    mean: Numbers
    std: Numbers

    def __post_init__(self) -> None:
        _, std = _pair("mean", self.mean, "std", self.std)
        if (std < 0).any():
            raise BadArgument(f"std={self.std} is negative; a standard deviation is 0 or more")

    def _draw(self, source: Source, count: int) -> list[object]:
        mean, std = _pair("mean", self.mean, "std", self.std)
        return (mean + std * source.rng().standard_normal((count, *mean.shape))).tolist()


@dataclass(frozen=True, eq=False)
class LogUniform(Distribution):
    """The logarithm is uniform between two positive bounds."""

    gives_numbers = True

    lower: Numbers
    upper: Numbers

    def __post_init__(self) -> None:
        low, high = _pair("lower", self.lower, "upper", self.upper)
        if (low <= 0).any() or (low > high).any():
            raise BadArgument(f"log_uniform needs 0 < lower <= upper, got lower={self.lower}, upper={self.upper}")

    def _draw(self, source: Source, count: int) -> list[object]:
        low, high = (portable.log(bound) for bound in _pair("lower", self.lower, "upper", self.upper))
        return portable.exp(low + (high - low) * source.rng().random((count, *low.shape))).tolist()


@dataclass(frozen=True, eq=False)
class Choice(Distribution):
    """Pick entries of ``choices`` (values, asset paths, prims, nested distributions), ``weights`` equal when None.

    Without replacement the samples of one execution differ from each other (Efraimidis and Spirakis 2006).
    ``num_samples`` is how many assets ``randomizer.instantiate`` places; elsewhere each prim has a sample.
    """

    choices: Sequence[object] | Distribution
    weights: Sequence[float] | None = None
    with_replacements: bool = True
    num_samples: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.choices, Distribution):
            return
        if isinstance(self.choices, str) or not isinstance(self.choices, Sequence) or not len(self.choices):
            raise BadArgument(f"choices must be a list of at least one entry, got {self.choices!r}")
        if self.weights is not None:
            weights = _numbers("weights", self.weights)
            if weights.shape != (len(self.choices),):
                raise BadArgument(f"{len(self.choices)} choices need as many weights, got {weights.size}")
            if (weights < 0).any() or weights.sum() <= 0:
                raise BadArgument(f"weights={list(self.weights)} must be 0 or more and not all 0")

    def _draw(self, source: Source, count: int) -> list[object]:
        if isinstance(self.choices, Distribution):
            return self.choices.draw(source.child("choices"), count)
        # each entry holds a stretch of a line as long as its weight; a uniform point falls into one of them
        weights = np.ones(len(self.choices)) if self.weights is None else np.asarray(self.weights, np.float64)
        rng = source.rng()
        if self.with_replacements:
            edges = np.cumsum(weights)
            picks = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
            picks = np.minimum(picks, int(np.flatnonzero(weights)[-1]))
        else:
            possible = int((weights > 0).sum())
            if count > possible:
                raise BadArgument(
                    f"choice without replacement needs at least {count} choices for {count} prims, has {possible}; "
                    "add choices or set with_replacements: true"
                )
            # Efraimidis and Spirakis: the largest keys u^(1/w), by their logarithms, are a draw without replacement
            with np.errstate(divide="ignore"):
                keys = np.where(weights > 0, portable.log(rng.random(len(weights))) / weights, -np.inf)
            picks = np.argsort(-keys, kind="stable")[:count]
        return [
            choice.draw(source.child(f"choices[{pick}]/{i}"), 1)[0]
            if isinstance(choice := self.choices[pick], Distribution)
            else choice
            for i, pick in enumerate(picks.tolist())
        ]

    def candidates(self) -> list[object] | None:
        if isinstance(self.choices, Distribution):
            return self.choices.candidates()
        return _all_candidates(self.choices)


@dataclass(frozen=True, eq=False)
class SequenceOf(Distribution):
    """Step through ``items``, one per execution, wrapping around; every prim gets the same entry.

    With a ``stride`` above 1 an execution takes so many entries, one for each prim in turn, fewer where the list ends;
    the next goes on after them. An entry that is a list of lists, one row per prim, gives each prim its own.
    ``ordered=False`` shuffles each round.
    """

    items: Sequence[object]
    ordered: bool = True
    stride: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.items, str) or not isinstance(self.items, Sequence) or not len(self.items):
            raise BadArgument(f"items must be a list of at least one entry, got {self.items!r}")

    def _draw(self, source: Source, count: int) -> list[object]:
        size = len(self.items)
        step = max(source.execution, 0) * (self.stride if self.ordered else 1)
        index = step % size
        if not self.ordered:
            index = int(Source(source.seed, source.site, step // size).rng().permutation(size)[index])
        if self.stride > 1:
            taken = range(index, min(index + self.stride, size))
            return [self._one(source, taken[prim % len(taken)], prim, count) for prim in range(count)]
        entry = self.items[index]
        if isinstance(entry, Distribution):
            return entry.draw(source.child(f"items[{index}]"), count)
        if isinstance(entry, Sequence) and len(entry) == count and count and all(_is_row(row) for row in entry):
            return list(entry)
        return [entry] * count

    def _one(self, source: Source, index: int, prim: int, count: int) -> object:
        """Return what an entry gives a prim of ``count``."""
        entry = self.items[index]
        return entry.draw(source.child(f"items[{index}]"), count)[prim] if isinstance(entry, Distribution) else entry

    def candidates(self) -> list[object] | None:
        return _all_candidates(self.items)


@dataclass(frozen=True, eq=False)
class Combine(Distribution):
    """Join scalars, lists and distributions into one multi-component value."""

    gives_numbers = True

    distributions: Sequence[object]

    def __post_init__(self) -> None:
        if (
            isinstance(self.distributions, str)
            or not isinstance(self.distributions, Sequence)
            or not self.distributions
        ):
            raise BadArgument(f"distributions must be a list of at least one entry, got {shown(self.distributions)}")
        for part in self.distributions:
            if not isinstance(part, Distribution):
                _numbers("distributions", part)  # type: ignore[arg-type] # which it looks at

    def _draw(self, source: Source, count: int) -> list[object]:
        columns = [
            part.draw(source.child(f"distributions[{i}]"), count) if isinstance(part, Distribution) else [part] * count
            for i, part in enumerate(self.distributions)
        ]
        return [[x for part in row for x in _components(part)] for row in zip(*columns)]


def _components(part: Any) -> list[float]:
    return [float(x) for x in (part if isinstance(part, Sequence) else [part])]


def _is_row(row: object) -> bool:
    return (isinstance(row, Sequence) and not isinstance(row, str)) or isinstance(row, bool)


def _all_candidates(entries: Iterable[object]) -> list[object] | None:
    values: list[object] = []
    for entry in entries:
        if isinstance(entry, Distribution):
            inner = entry.candidates()
            if inner is None:
                return None
            values.extend(inner)
        else:
            values.append(entry)
    return values
