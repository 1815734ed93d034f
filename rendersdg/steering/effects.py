"""Which of a scene's values a detector's misses and false alarms go with.

A scene draws its values independently of one another. So the mean harm where a value lies in one part of its range,
over all else that was drawn, is the effect of that part: nothing has to be held fixed, and no model is needed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from rendersdg.arrays import F8, I8
from rendersdg.graph.parameters import Parameter
from rendersdg.steering.outcomes import Outcome, View

FALSE_DISCOVERIES = 0.1  # of the effects that are named, the share that may be chance (Benjamini and Hochberg 1995)
_FEWEST = 5  # units in a part, below which its mean says nothing
_FEWEST_IN_CORNER = 8
_PRIOR = 10.0  # units of the overall mean that each part's mean is drawn towards it by
_LEAST = 1e-6  # found objects, or harm, to divide by
_FIRST = 5  # effects among which corners are looked for


@dataclass(frozen=True, eq=False)
class Effect:
    """How harm depends on one parameter, part by part.

    Attributes:
        parameter: which.
        counts: (B,) int64, units (objects, or frames where all objects of one share the value) in each part.
        harm: (B,) float64, mean harm of an object, 0 to 1, NaN where there is none.
        alarms: (B,) float64, false alarms for each object; NaN where there is no picture, zeros where each object draws
            a value of its own.
        overall: mean harm of an object plus false alarms for each.
        missed: the first of the two.
        p: how likely a spread as large would be if the parameter did not matter.
    """

    parameter: Parameter
    counts: I8
    harm: F8
    alarms: F8
    overall: float
    missed: float
    p: float

    @property
    def ratio(self) -> F8:
        """(B,) misses and false alarms for each object that is found, over the same of all parts together.

        Drawn towards 1 where units are few. Unlike a ratio of harms, this tells parts apart where nearly all is missed
        (of 100 objects, 2 found or 8) as well as where nearly all is found.
        """
        missed = np.nan_to_num(self.harm, nan=self.missed)
        wrong = np.nan_to_num(self.harm + np.nan_to_num(self.alarms), nan=self.overall)
        of_all = self.overall / max(1 - self.missed, _LEAST)
        found = ((1 - missed) * self.counts + (1 - self.missed) * _PRIOR) / (self.counts + _PRIOR)
        wrong = (wrong * self.counts + self.overall * _PRIOR) / (self.counts + _PRIOR)
        return np.asarray(wrong / np.maximum(found, _LEAST) / max(of_all, _LEAST), np.float64)

    def part(self, k: int) -> str:
        """Return a part in words: ``0.02 to 0.2``, or an entry."""
        return part_of(self.parameter, k, len(self.counts))


@dataclass(frozen=True, eq=False)
class Corner:
    """A part of the scene's range where a detector is at its worst: parts of one or two parameters.

    ``share`` of ``count`` objects there were missed; ``elsewhere`` of the others.
    """

    effects: tuple[Effect, ...]
    parts: tuple[int, ...]
    count: int
    share: float
    elsewhere: float

    def __str__(self) -> str:
        where = " and ".join(f"{e.parameter.label} {e.part(k)}" for e, k in zip(self.effects, self.parts))
        return f"{where}: {self.share:.0%} of {self.count} objects missed, {self.elsewhere:.0%} elsewhere"


def part_of(parameter: Parameter, k: int, bins: int) -> str:
    """Return one part of a parameter's range in words."""
    if not parameter.is_number:
        return f"= {parameter.entries[k]}"
    low, high = parameter.edges(bins)[k : k + 2]
    return f"{low:.3g} to {high:.3g}"


def effects(
    rows: Sequence[Outcome], views: Sequence[View], known: Sequence[Parameter], bins: int, confidence: float
) -> list[Effect]:
    """Return how harm depends on each parameter, the surest first.

    Args:
        rows: objects and false alarms.
        views: the pictures that they are in, false alarms or not.
        known: the parameters to look at; those that no object has are left out.
        bins: parts of a range.
        confidence: the score from which on a false alarm counts.
    """
    objects = [r for r in rows if r.is_object]
    alarms = np.zeros(len(views))
    for row in rows:
        if not row.is_object and row.score >= confidence:
            alarms[row.picture] += 1
    if not objects:
        return []
    per_object = max(len(objects) / max(len(views), 1), 1e-9)
    found = [_effect(p, objects, views, alarms / per_object, bins) for p in known]
    return sorted((e for e in found if e is not None), key=lambda e: (e.p, e.parameter.name))


def significant(found: Sequence[Effect], rate: float = FALSE_DISCOVERIES) -> list[Effect]:
    """Return the effects that are not chance, by the step-up rule of Benjamini and Hochberg (1995)."""
    last = 0
    for rank, effect in enumerate(found, 1):
        if effect.p <= rate * rank / len(found):
            last = rank
    return list(found[:last])


def corner(rows: Sequence[Outcome], sure: Sequence[Effect], confidence: float) -> Corner | None:
    """Return where most is missed: the part, or the two parts together, whose share of misses is surely the highest.

    Args:
        rows: objects and false alarms.
        sure: the effects to look among, the surest first.
        confidence: the score below which an object is missed.
    """
    objects = [r for r in rows if r.is_object]
    missed = np.array([r.score < confidence for r in objects], float)
    first = list(sure[:_FIRST])
    places = {id(e): np.array([_bin(e.parameter, r.values, len(e.counts)) for r in objects]) for e in first}
    best: Corner | None = None
    surest = float(missed.mean()) if len(missed) else 0.0
    for some in [*((e,) for e in first), *combinations(first, 2)]:
        for parts in np.ndindex(*(len(e.counts) for e in some)):
            inside = np.all([places[id(e)] == k for e, k in zip(some, parts)], axis=0)
            count = int(inside.sum())
            if count < _FEWEST_IN_CORNER or count == len(missed):
                continue
            share = float(missed[inside].mean())
            if (low := _wilson(share, count)) > surest:
                surest = low
                best = Corner(some, tuple(int(k) for k in parts), count, share, float(missed[~inside].mean()))
    return best


def _wilson(share: float, count: int, z: float = 1.96) -> float:
    """Return the lower end of Wilson's interval (1927) of a share."""
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - spread) / (1 + z * z / count)


def _bin(parameter: Parameter, values: Mapping[str, Any], bins: int) -> int:
    """Return the part that a value lies in, -1 for none."""
    if parameter.name not in values:
        return -1
    k = parameter.bin_of(values[parameter.name], bins)
    return -1 if k is None else k


def _effect(
    parameter: Parameter, objects: Sequence[Outcome], views: Sequence[View], alarms: F8, bins: int
) -> Effect | None:
    parts = bins if parameter.is_number else len(parameter.entries)
    place = np.array([_bin(parameter, r.values, parts) for r in objects])
    harm = np.array([r.harm for r in objects])
    if (place < 0).all() or parts < 2:
        return None
    place, harm = place[place >= 0], harm[place >= 0]
    group = np.array([r.group for r in objects if _bin(parameter, r.values, parts) >= 0])

    # where all objects of a frame share the value, the frame is what was drawn, and counts once
    units, means = _units(place, harm, group)
    counts = np.bincount(units, minlength=parts)
    with np.errstate(invalid="ignore"):
        mean_harm = np.bincount(place, harm, parts) / np.bincount(place, minlength=parts)

    in_view = np.array([_bin(parameter, v.common, parts) for v in views])
    of_alarms = np.zeros(parts)
    p = spread_p(units, means, parts)
    if (in_view >= 0).any():
        with np.errstate(invalid="ignore"):
            seen = np.bincount(in_view[in_view >= 0], minlength=parts)
            of_alarms = np.bincount(in_view[in_view >= 0], alarms[in_view >= 0], parts) / seen
        p = min(1.0, 2 * min(p, spread_p(in_view[in_view >= 0], alarms[in_view >= 0], parts)))  # of two tests
    missed = float(harm.mean())
    return Effect(parameter, counts, mean_harm, of_alarms, missed + float(alarms.mean()), missed, p)


def _units(place: I8, harm: F8, group: I8) -> tuple[I8, F8]:
    """Return the part and the mean harm of each unit: an object, or a frame whose objects all have one part."""
    of_group: dict[int, set[int]] = defaultdict(set)
    for g, k in zip(group.tolist(), place.tolist()):
        of_group[g].add(k)
    if any(len(parts) > 1 for parts in of_group.values()):
        return place, harm
    names, which = np.unique(group, return_inverse=True)
    means = np.bincount(which, harm) / np.bincount(which)
    return np.array([next(iter(of_group[int(g)])) for g in names]), means


def spread_p(place: I8, values: F8, parts: int) -> float:
    """Return how likely the means of parts would differ so much by chance: the Kruskal-Wallis form of chi-squared, on
    the values themselves.

    Args:
        place: (U,) the part of each unit.
        values: (U,) float64.
        parts: how many there are; those with fewer than five units are left aside.

    >>> spread_p(np.repeat([0, 1], 50), np.zeros(100), 2)
    1.0
    """
    counts = np.bincount(place, minlength=parts)
    keep = counts[place] >= _FEWEST
    place, values = place[keep], values[keep]
    counts = np.bincount(place, minlength=parts)
    used = counts > 0
    if used.sum() < 2 or len(values) < 2 or values.var() < 1e-12:
        return 1.0
    means = np.bincount(place, values, parts)[used] / counts[used]
    spread = float((counts[used] * (means - values.mean()) ** 2).sum() / values.var(ddof=1))
    freedom = int(used.sum()) - 1
    # chi-squared's upper tail, by Wilson and Hilferty (1931)
    z = ((spread / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))
    return 0.5 * math.erfc(z / math.sqrt(2))
