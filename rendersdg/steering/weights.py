"""From effects to distributions: how likely each part of a range is to be, and the YAML that draws it so."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from rendersdg.arrays import F8, Mask
from rendersdg.graph.distributions import Choice, LogUniform, Normal, Uniform
from rendersdg.graph.parameters import Parameter
from rendersdg.graph.plan import plain
from rendersdg.steering.effects import Effect
from rendersdg.yaml.adjust import Place, changed_text, flow

_DIGITS = 4  # of weights and ends in the scene's text
_RAISED = 1.2  # times the author's share, from which on a part counts as raised
_LEARNT = 0.02  # of harm: a part that fell by so much was learnt from
_OWN = ("seed", "name")  # arguments of a distribution that the new one keeps


def base_of(parameter: Parameter, bins: int) -> F8:
    """Return how likely the author made each part: (B,) adding up to 1."""
    if not parameter.is_number:
        return np.asarray(parameter.weights, np.float64)
    if parameter.scale != "normal":
        return np.full(bins, 1 / bins)
    edges = np.linspace(-3, 3, bins + 1)  # standard deviations, as Parameter bounds a normal distribution
    below = np.array([0.5 * math.erfc(-z / math.sqrt(2)) for z in edges])
    return np.asarray(np.diff(below) / (below[-1] - below[0]), np.float64)


def weights_of(effect: Effect, strength: float, limit: float, resting: Mask | None = None) -> F8:
    """Return how likely each part shall be, (B,) adding up to 1: the author's share, times how badly it is missed.

    Args:
        effect: of the parameter; its ``ratio`` is what shares are multiplied by, so where that is even they stay.
        strength: 0 leaves the author's shares, 1 takes those.
        limit: how many times likelier or rarer a part may become.
        resting: (B,) bool, the parts that are not raised now, see :func:`resting`.
    """
    base = base_of(effect.parameter, len(effect.counts))
    ratio = effect.ratio if resting is None else np.where(resting, np.minimum(effect.ratio, 1), effect.ratio)
    raised = base * ratio
    raised = raised / max(float(raised.sum()), 1e-9)
    mixed = (1 - strength) * base + strength * raised
    kept = np.clip(mixed, base / limit, base * limit)
    return np.asarray(kept / kept.sum(), np.float64)


def resting(effect: Effect, before: Mapping[str, Any] | None) -> Mask:
    """Return the parts that got more frames in the last round and were missed as much as before: (B,) bool.

    What cannot be seen cannot be learnt, and would draw ever more frames. Such a part rests for a round.

    Args:
        effect: now.
        before: the same effect after the round before, as :class:`rendersdg.steering.rounds.Round` keeps it; None for
            none.
    """
    none = np.zeros(len(effect.counts), bool)
    if before is None or before["after"] is None:
        return none
    was = np.array([np.nan if h is None else h for h in before["harm"]], np.float64)
    was_raised = np.array(before["after"]) > _RAISED * np.array(before["before"])
    with np.errstate(invalid="ignore"):
        return np.asarray(was_raised & ~(effect.harm < was - _LEARNT), bool)


def can_change(parameter: Parameter, place: Place | None) -> str:
    """Return why a parameter cannot be re-weighted in the scene's text; nothing where it can."""
    if place is None:
        return "its distribution does not stand in the scene's own text, but in a profile, or is made of a plain list"
    kind = type(parameter.distribution)
    if parameter.is_number:
        return (
            "" if kind in (Uniform, LogUniform, Normal) else f"{place.function} of distributions has no parts to weigh"
        )
    if kind is not Choice or not parameter.weights:
        return f"{place.function} takes its entries in turn"
    if not isinstance(place.arguments.get("choices"), list):
        return "its choices are not a list in the scene's text"
    if place.arguments.get("with_replacements", True) is False:
        return "it draws without replacement"
    choices = parameter.distribution.choices  # type: ignore[attr-defined] # a Choice
    if len(place.arguments["choices"]) != len(choices):
        return "its choices name groups of several entries"
    return ""


def reweighted(text: str, places: Mapping[str, Place], shares: Mapping[Parameter, F8]) -> str:
    """Return a scene's text whose distributions draw each part as often as asked; comments and all else stay.

    Args:
        text: the author's.
        places: of the scene's parameters.
        shares: of each parameter to change, (B,) adding up to 1. See :func:`can_change` for which can.
    """
    at: dict[int, list[Parameter]] = defaultdict(list)  # by place: components of one distribution
    for parameter in shares:
        at[places[parameter.name].start].append(parameter)
    changes = []
    for some in at.values():
        place = places[some[0].name]
        changes.append((place, flow(_distribution(place, {p: shares[p] for p in some}))))
    return changed_text(text, changes)


def _distribution(place: Place, shares: Mapping[Parameter, F8]) -> dict[str, Any]:
    """Return the distribution of a place, as YAML has it, with new shares for some of its components."""
    some = list(shares)
    if some[0].own_component is None:
        return _of_one(place, some[0], shares[some[0]])
    of = {p.own_component: p for p in some}
    width = max(len(value) for value in place.arguments.values() if isinstance(value, list))
    parts = [_of_one(place, of[k], shares[of[k]]) if k in of else _kept(place, k) for k in range(width)]
    return {"distribution.combine": {"distributions": parts, **_kept_arguments(place, ("name",))}}


def _kept(place: Place, k: int) -> Any:
    """Return one component of a distribution as the author has it."""
    arguments = {
        name: value[k] if isinstance(value, list) else value
        for name, value in place.arguments.items()
        if name not in ("num_samples", *_OWN)
    }
    return {place.function: arguments}


def _kept_arguments(place: Place, names: Sequence[str] = _OWN) -> dict[str, Any]:
    return {name: place.arguments[name] for name in names if name in place.arguments}


def _of_one(place: Place, parameter: Parameter, share: F8) -> dict[str, Any]:
    """Return a choice that draws each part as often as its share says."""
    if parameter.is_number:
        function = "distribution.log_uniform" if parameter.scale == "log" else "distribution.uniform"
        ends = [_rounded(e) for e in parameter.edges(len(share))]
        choices: list[Any] = [{function: {"lower": a, "upper": b}} for a, b in pairwise(ends)]
        weights = [_rounded(w) for w in share]
    else:
        # an entry that stands there several times shares its weight among its places
        choices = list(place.arguments["choices"])
        given = place.arguments.get("weights") or [1.0] * len(choices)
        drawn: Any = parameter.distribution  # a Choice, see can_change
        entry = [parameter.entries.index(plain(c)) for c in drawn.choices]
        total = np.bincount(entry, given, len(share))
        weights = [_rounded(share[e] * g / total[e]) if total[e] else 0.0 for e, g in zip(entry, given)]
    return {"distribution.choice": {"choices": choices, "weights": weights, **_kept_arguments(place)}}


def _rounded(value: float) -> float:
    """Return a number with as many digits as a scene's text needs, never beyond the author's ends by more than that."""
    return float(f"{value:.{_DIGITS + 2}g}")
