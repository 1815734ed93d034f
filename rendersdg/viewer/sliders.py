"""The bounds of a scene's distributions as sliders, and the text in which one of them is another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from rendersdg.errors import BadArgument
from rendersdg.scene.recorder import Recorder
from rendersdg.viewer.asks import Change
from rendersdg.yaml.adjust import Place, changed_text, flow, places, with_arguments

_ARGUMENTS = {  # of each function, those that a slider moves
    "distribution.uniform": ("lower", "upper"),
    "distribution.log_uniform": ("lower", "upper"),
    "distribution.normal": ("mean", "std"),
}
_CHOICE, _WEIGHTS = "distribution.choice", "weights"
_MOST_ENTRIES = 24  # of a choice: more weights than that are set in the text
_DIGITS = 5  # of a number that a slider gives


def sliders(recorder: Recorder, text: str, name: str) -> list[dict[str, Any]]:
    """Return what can be moved in a scene's text, JSON-ready, in the order of its lines.

    One entry stands for one distribution: ``group``, ``label``, ``line``, ``function``, the name of a ``parameter``
    that it draws, and ``bounds``: ``argument``, ``index`` (None for one number), ``entry`` of a choice, ``value``, and
    the slider's ``low`` and ``high``.

    Args:
        recorder: what recorded the text.
        text: the scene's own.
        name: of its file.
    """
    first: dict[int, tuple[str, Place]] = {}
    for parameter, place in places(recorder, text, name).items():
        first.setdefault(place.start, (parameter, place))
    found = []
    for _, (parameter, place) in sorted(first.items()):
        bounds = _bounds(place)
        if bounds:
            group, _, rest = parameter.partition("/")
            label = rest.rsplit("/", 1)[-1].split("[")[0] or group
            found.append(
                {
                    "group": group,
                    "label": label,
                    "line": place.line,
                    "function": place.function.partition(".")[2],
                    "parameter": parameter,
                    "bounds": bounds,
                }
            )
    return found


def moved_text(recorder: Recorder, text: str, name: str, changes: Sequence[Change]) -> str:
    """Return the text with bounds or weights changed; comments and layout stay where the numbers stand in it.

    Raises BadArgument where a parameter has no such slider.
    """
    known = places(recorder, text, name)
    by_place: dict[int, tuple[Place, list[Change]]] = {}
    for change in changes:
        if change.parameter not in known:
            raise BadArgument(f"{change.parameter} has no distribution in {name} that a slider could move")
        place = known[change.parameter]
        by_place.setdefault(place.start, (place, []))[1].append(change)
    for _, (place, own) in sorted(by_place.items(), reverse=True):
        text = _with_changes(text, place, own)
    return text


def _with_changes(text: str, place: Place, changes: Sequence[Change]) -> str:
    """Return the text with changes of one distribution, what stands before it unchanged."""
    known = {(b["argument"], b["index"]): b["value"] for b in _bounds(place)}
    spans: dict[tuple[int, int], float] = {}
    arguments: dict[str, Any] = {}
    is_all_there = True
    for change in changes:
        if (change.argument, change.index) not in known:
            raise BadArgument(f"{change.parameter} has no {change.argument} that a slider could move")
        value = _rounded(change.value, is_whole=isinstance(known[change.argument, change.index], int))
        span = _span(text, place, change)
        is_all_there &= span is not None
        if span is not None:
            spans[span] = value
        if change.index is None:
            arguments[change.argument] = value
        else:
            whole = _weights(place) if change.argument == _WEIGHTS else list(place.arguments[change.argument])
            arguments.setdefault(change.argument, whole)[change.index] = value
    if not is_all_there:  # an argument that is not given, or stands elsewhere in the text
        return changed_text(text, [(place, with_arguments(place, arguments))])
    for (start, end), value in sorted(spans.items(), reverse=True):
        text = text[:start] + flow(value) + text[end:]
    return text


def _bounds(place: Place) -> list[dict[str, Any]]:
    if place.function == _CHOICE:
        entries, weights = place.arguments.get("choices"), _weights(place)
        if not isinstance(entries, list) or not all(map(_is_number, weights)) or len(entries) > _MOST_ENTRIES:
            return []
        high = max(1.0, *(2.0 * w for w in weights)) if weights else 1.0
        return [
            {"argument": _WEIGHTS, "index": k, "entry": str(entry), "value": weight, "low": 0.0, "high": high}
            for k, (entry, weight) in enumerate(zip(entries, weights))
        ]
    found = []
    for argument in _ARGUMENTS.get(place.function, ()):
        given = place.arguments.get(argument)
        for index, value in enumerate(given) if isinstance(given, list) else [(None, given)]:
            if value is not None and _is_number(value):
                low, high = _range(place, argument, index, value)
                found.append(
                    {"argument": argument, "index": index, "entry": "", "value": value, "low": low, "high": high}
                )
    return found


def _range(place: Place, argument: str, index: int | None, value: float) -> tuple[float, float]:
    """Return between which numbers a slider moves: as far again as the distribution reaches, both ways."""
    names = _ARGUMENTS[place.function]
    ends = [_component(place.arguments.get(name), index) for name in names]
    if place.function == "distribution.normal":
        if argument == "std":
            return 0.0, max(2.0 * value, abs(ends[0] or 0.0) / 2, 1e-6)
        reach = 3.0 * max(ends[1] or 0.0, abs(value) / 6, 1e-6)
        return value - reach, value + reach
    low, high = (value if end is None else end for end in ends)
    low, high = min(low, high), max(low, high)
    if place.function == "distribution.log_uniform" and low > 0:
        ratio = max(high / low, 2.0)
        return low / ratio, high * ratio
    reach = max(high - low, abs(value) / 2, 1e-6)
    return (0.0 if low >= 0 else low - reach) if low - reach < 0 <= low else low - reach, high + reach


def _component(given: Any, index: int | None) -> float | None:
    if isinstance(given, list) and index is not None:
        given = given[index] if index < len(given) else None
    return float(given) if _is_number(given) else None


def _weights(place: Place) -> list[Any]:
    """Return the weights of a choice: 1 each where it has none."""
    entries, given = place.arguments.get("choices"), place.arguments.get(_WEIGHTS)
    if not isinstance(entries, list):
        return []
    is_whole = isinstance(given, list) and len(given) == len(entries)
    return list(given) if is_whole and given is not None else [1.0] * len(entries)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e30


def _rounded(value: float, *, is_whole: bool) -> float:
    """Return a number of few digits; a whole one where the text has a whole one that the slider stays near to."""
    rounded = float(f"{value:.{_DIGITS}g}")
    return int(rounded) if is_whole and rounded.is_integer() else rounded


def _span(text: str, place: Place, change: Change) -> tuple[int, int] | None:
    """Return where the number that a change is about stands in the text, start and end; None where none does."""
    column = place.start - (text.rfind("\n", 0, place.start) + 1)
    try:
        node = yaml.compose(" " * column + text[place.start : place.end], Loader=yaml.SafeLoader)
    except yaml.YAMLError:  # it names what stands elsewhere in the text (an alias)
        return None
    for key in (place.function, change.argument, change.index):
        node = node if key is None else _child(node, key)
    if not isinstance(node, yaml.ScalarNode):
        return None
    ahead = place.start - column
    return node.start_mark.index + ahead, node.end_mark.index + ahead


def _child(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
        items: Sequence[yaml.Node] = node.value
        return items[key] if key < len(items) else None
    if isinstance(node, yaml.MappingNode) and isinstance(key, str):
        pairs: Mapping[str, yaml.Node] = {str(k.value): v for k, v in node.value}
        return pairs.get(key)
    return None
