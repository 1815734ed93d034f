"""Parameters: what a graph draws at random, number by number and between which bounds; plans with one of them moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.graph.distributions import (
    LARGEST,
    Choice,
    Combine,
    Distribution,
    LogUniform,
    Normal,
    SequenceOf,
    Uniform,
)
from rendersdg.graph.nodes import Graph, Node
from rendersdg.graph.plan import Drawn, Firing, Plan, plain

Scale = Literal["linear", "log", "normal", "entries"]
_REACH = 3.0  # standard deviations of a normal distribution beyond which one value in 370 lies


@dataclass(frozen=True, eq=False, slots=True)
class Parameter:
    """One number, or one entry of a list, that a graph draws.

    Attributes:
        name: the input's site, as plans list it (``marks/defects.create(Plane)/length``), with ``[k]`` for one
            component of several.
        label: a short name for tables: the group and the input (``marks.length``); with the operation between them
            where several would be called so.
        input: the site alone.
        also: further inputs that take the same draws, of a distribution that is used in several places.
        component: which component of the value, None for a value of one.
        own_component: which component of its own distribution, None for a distribution of one number. It differs from
            ``component`` where several distributions are combined.
        low: the least value that can come out; of a normal distribution the mean less three standard deviations.
        high: the largest one, which itself may not come out.
        scale: ``linear`` uniform, ``log`` uniform in the logarithm, ``normal``, or ``entries`` of a list.
        entries: what is chosen from, as plans show it; () for numbers.
        weights: how likely each entry is, adding up to 1; () where entries are taken in turn, and for numbers.
        is_fixed: whether it is drawn once, before the first frame, and so is the same in all of them.
        distribution: what draws it.
        node: the operation that takes it.
    """

    name: str
    input: str
    also: tuple[str, ...]
    component: int | None
    own_component: int | None
    low: float
    high: float
    scale: Scale
    entries: tuple[Any, ...]
    weights: tuple[float, ...]
    is_fixed: bool
    distribution: Distribution
    node: Node
    label: str = ""

    def __post_init__(self) -> None:
        if not self.label:
            group, *_, last = self.input.split("/")
            component = "" if self.component is None else f"[{self.component}]"
            object.__setattr__(self, "label", f"{group}.{last}{component}")

    @property
    def is_number(self) -> bool:
        """Whether it is drawn from a range of numbers."""
        return self.scale != "entries"

    def of(self, values: Mapping[str, Sequence[Any]]) -> list[Any]:
        """Return what a frame drew: one value a prim, [] where the frame did not draw it.

        Args:
            values: of a plan's record, by site, as :attr:`rendersdg.LabelledFrame.values` has them.
        """
        rows = values.get(self.input, ())
        return list(rows) if self.component is None else [row[self.component] for row in rows]

    def bin_of(self, value: Any, bins: int) -> int | None:
        """Return in which of ``bins`` parts a number lies, or which entry a value is; None for one that is not listed.

        The parts are equal on the parameter's own scale. Numbers beyond the bounds belong to the outer parts.
        """
        if not self.is_number:
            return self.entries.index(value) if value in self.entries else None
        edges = self.edges(bins)
        return int(np.clip(np.searchsorted(edges, float(value), side="right") - 1, 0, bins - 1))

    def edges(self, bins: int) -> F8:
        """Return the (bins + 1,) ends of equal parts between the bounds, equal on the parameter's own scale."""
        if self.scale == "log":
            low, high = portable.log(np.array([self.low, self.high]))
            ends: F8 = portable.exp(np.linspace(low, high, bins + 1))
            ends[[0, -1]] = self.low, self.high
            return ends
        return np.linspace(self.low, self.high, bins + 1)


def parameters(graph: Graph) -> list[Parameter]:
    """Return what a graph draws, in the order of its nodes.

    Lists of paths and other values are parameters of entries. What a distribution of distributions gives is one number
    between the bounds of all.
    """
    first: dict[str, tuple[Node, str, Distribution]] = {}  # by stream
    also: dict[str, list[str]] = {}
    for node in graph.nodes:
        for name, value in node.inputs.items():
            if isinstance(value, Distribution):
                site = f"{node.site}/{name}"
                stream = site if value.site is None else value.site
                if stream in first:
                    also[stream].append(site)
                else:
                    first[stream], also[stream] = (node, site, value), []
    found = [
        p for stream, (node, site, value) in first.items() for p in _of_input(node, site, tuple(also[stream]), value)
    ]
    called = Counter(p.label for p in found)
    return [p if called[p.label] == 1 else replace(p, label=p.name.replace("/", ".")) for p in found]


def find(known: Sequence[Parameter], name: str) -> Parameter:
    """Return the parameter that a text names: its name, its label, or what either ends with.

    Raises BadArgument for one that is not there, and for one that could be several.
    """
    if not isinstance(name, str):
        raise BadArgument(f"a parameter is named by a text, not by {name!r}")
    for fits in (
        lambda p: p.name == name,
        lambda p: p.label == name,
        lambda p: p.name.endswith(f"/{name}") or p.label.endswith(f".{name}"),
        lambda p: _short(p) == name,
    ):
        same = [p for p in known if fits(p)]
        if len(same) == 1:
            return same[0]
        if same:
            raise BadArgument(f"{name!r} may be {', '.join(p.name for p in same[:6])}: give one of these names")
    raise BadArgument(f"the scene draws no {name!r}{did_you_mean(name, [w for p in known for w in (p.label, p.name)])}")


def _short(parameter: Parameter) -> str:
    """Return the label that a parameter would have if no other were called so."""
    return replace(parameter, label="").label


def moved(plan: Plan, parameter: Parameter, value: Any, prim: int | None = None) -> Plan:
    """Return a plan in which one parameter has another value, and all others keep theirs.

    Args:
        plan: of a frame.
        parameter: what is moved.
        value: the number that it gets, which may lie beyond its bounds, or one of its entries.
        prim: the place of the prim that gets it, None for all that draw one.

    Raises:
        BadArgument: the value is no number or no entry, the frame draws no such value, or has no such prim.
    """
    value = _checked(parameter, value)
    firings = []
    is_there = False
    sites = {parameter.input, *parameter.also}
    for firing in plan.firings:
        for name, drawn in firing.inputs.items():
            if f"{firing.node.site}/{name}" in sites and isinstance(drawn, Drawn) and drawn.values:
                firing, is_there = _with_value(firing, name, drawn, parameter.component, value, prim), True
        firings.append(firing)
    if not is_there:
        counts = (
            " how many prims are made cannot be moved" if parameter.input.endswith(f"/{parameter.node.spawns}") else ""
        )
        raise BadArgument(f"frame {plan.frame} draws no {parameter.name}{';' + counts if counts else ''}")
    return replace(plan, firings=tuple(firings))


def _checked(parameter: Parameter, value: Any) -> Any:
    """Return a value that a parameter can have. Raises BadArgument for another."""
    if parameter.is_number:
        is_number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
        if not is_number or not np.isfinite(value) or abs(value) > LARGEST:
            raise BadArgument(f"{parameter.label}={value!r} is not a number; it is drawn from {_bounds(parameter)}")
        return float(value)
    if parameter.entries and value not in parameter.entries:
        listed = ", ".join(map(repr, parameter.entries[:8]))
        raise BadArgument(f"{parameter.label}={value!r} is none of its entries: {listed}")
    choices = getattr(parameter.distribution, "choices", ())  # as they were before they became text
    return next((c for c in choices if plain(c) == value), value) if isinstance(choices, (list, tuple)) else value


def _bounds(parameter: Parameter) -> str:
    return f"{parameter.low:.6g} to {parameter.high:.6g}"


def place_of(firing: Firing, prim_path: str) -> int | None:
    """Return which of a firing's prims an object belongs to: the prim itself or one above it; None for none."""
    paths = firing.made or firing.targets
    hits = [k for k, path in enumerate(paths) if prim_path == path or prim_path.startswith(f"{path}/")]
    return max(hits, key=lambda k: len(paths[k]), default=None)


def place_in_plan(plan: Plan, parameter: Parameter, prim_path: str) -> int | None:
    """Return which of the values of a parameter is an object's, None where all prims of the frame have one in common.

    Raises BadArgument for a parameter that others have and the object has not.
    """
    for firing in plan.firings:
        if firing.node is parameter.node:
            place = place_of(firing, prim_path)
            if place is None and (firing.made or len(firing.targets) > 1):
                raise BadArgument(f"{parameter.name} is drawn for others, not for {prim_path}")
            drawn = firing.inputs.get(parameter.input.removeprefix(f"{firing.node.site}/"))
            return place if isinstance(drawn, Drawn) and len(drawn.values) > 1 else None
    raise BadArgument(f"frame {plan.frame} draws no {parameter.name}")


def values_of_object(
    plan: Plan, known: Sequence[Parameter], prim_path: str, shows: Callable[[str], bool] = lambda path: True
) -> dict[str, Any]:
    """Return the values that concern one object, by parameter name: its own where prims draw one each, and those that
    the whole frame has in common. Values that only other objects have are left out.

    Args:
        plan: of the frame.
        known: the scene's parameters.
        prim_path: the object's place on the stage.
        shows: returns whether a picture shows anything of a prim, so that what acts on others alone is left out.
    """
    at = {firing.node.site: firing for firing in plan.firings}  # of several firings the last one shows
    found: dict[str, Any] = {}
    for parameter in known:
        firing = at.get(parameter.node.site)
        drawn = None if firing is None else firing.inputs.get(parameter.input.removeprefix(f"{firing.node.site}/"))
        if firing is None or not isinstance(drawn, Drawn) or not drawn.values:
            continue
        place = place_of(firing, prim_path)
        if place is None and (firing.made or len(firing.targets) > 1):
            continue
        if place is None and firing.targets and not any(shows(path) for path in firing.targets):
            continue
        value: Any = drawn[place or 0]
        found[parameter.name] = plain(value if parameter.component is None else value[parameter.component])
    return found


def _with_value(firing: Firing, name: str, drawn: Drawn, component: int | None, value: Any, prim: int | None) -> Firing:
    values = list(drawn.values)
    if prim is not None and not 0 <= prim < len(values):
        raise BadArgument(f"{firing.node.site}/{name} has {len(values)} values; there is no number {prim}")
    for k in range(len(values)) if prim is None else [prim]:
        if component is None:
            values[k] = value
        else:
            row: Any = values[k]
            values[k] = [value if i == component else x for i, x in enumerate(row)]
    return replace(firing, inputs={**firing.inputs, name: Drawn(values)})


def _of_input(node: Node, site: str, also: tuple[str, ...], distribution: Distribution) -> Iterator[Parameter]:
    parts = _parts(distribution)
    for k, (part, own, low, high, scale, entries, weights) in enumerate(parts):
        if scale != "entries" and low == high:
            continue  # a constant among components that are drawn
        component = k if len(parts) > 1 else None
        yield Parameter(
            site if component is None else f"{site}[{k}]",
            site,
            also,
            component,
            own,
            low,
            high,
            scale,
            entries,
            weights,
            node.trigger is None,
            part,
            node,
        )


_Part = tuple[Distribution, int | None, float, float, Scale, tuple[Any, ...], tuple[float, ...]]


def _parts(distribution: Distribution) -> list[_Part]:
    """Return for each component of what is drawn: what draws it and as which of its components, its bounds and scale,
    or its entries and weights.
    """
    if isinstance(distribution, (Uniform, LogUniform)):
        scale: Scale = "linear" if isinstance(distribution, Uniform) else "log"
        return _numbers(distribution, scale, distribution.lower, distribution.upper)
    if isinstance(distribution, Normal):
        mean, std = np.asarray(distribution.mean, np.float64), np.asarray(distribution.std, np.float64)
        return _numbers(distribution, "normal", mean - _REACH * std, mean + _REACH * std)
    if isinstance(distribution, Combine):
        found: list[_Part] = []
        for part in distribution.distributions:
            if isinstance(part, Distribution):
                found += _parts(part)
            else:
                for value in np.atleast_1d(np.asarray(part, np.float64)):
                    found.append((distribution, None, float(value), float(value), "linear", (), ()))
        return found
    if isinstance(distribution, Choice):
        return _of_choice(distribution)
    entries = distribution.candidates() if isinstance(distribution, SequenceOf) else None
    return [(distribution, None, 0.0, 0.0, "entries", tuple(_distinct([plain(e) for e in entries or ()])), ())]


def _numbers(distribution: Distribution, scale: Scale, low: Any, high: Any) -> list[_Part]:
    ends = np.broadcast_arrays(np.asarray(low, np.float64), np.asarray(high, np.float64))
    is_one = ends[0].ndim == 0
    return [
        (distribution, None if is_one else k, float(a), float(b), scale, (), ())
        for k, (a, b) in enumerate(zip(*(np.atleast_1d(e) for e in ends)))
    ]


def _of_choice(choice: Choice) -> list[_Part]:
    if isinstance(choice.choices, Distribution):
        return _parts(choice.choices)
    weights = np.ones(len(choice.choices)) if choice.weights is None else np.asarray(choice.weights, np.float64)
    if all(isinstance(c, Distribution) for c in choice.choices):
        # of distributions: one number between the bounds of all, on the scale that they share
        inner = [_parts(c) for c in choice.choices if isinstance(c, Distribution)]
        scales = {parts[0][4] for parts in inner}
        if all(len(parts) == 1 for parts in inner) and "entries" not in scales:
            low, high = min(p[0][2] for p in inner), max(p[0][3] for p in inner)
            return [(choice, None, low, high, scales.pop() if len(scales) == 1 else "linear", (), ())]
    shown = [plain(c) for c in choice.choices]
    entries = _distinct(shown)
    total = [float(sum(w for s, w in zip(shown, weights) if s == entry)) for entry in entries]
    return [(choice, None, 0.0, 0.0, "entries", tuple(entries), tuple(t / float(weights.sum()) for t in total))]


def _distinct(values: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found
