"""Where a scene's distributions stand in its text, and texts in which some of them are others; comments stay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from rendersdg.errors import BadScene
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.parameters import parameters
from rendersdg.scene.recorder import Recorder

_PREFIX = "distribution."


@dataclass(frozen=True, slots=True)
class Place:
    """Where one distribution stands in a scene's text.

    Attributes:
        function: what makes it, ``distribution.uniform`` say.
        arguments: its arguments as the text has them; a word in them may name a group.
        path: the keys that lead to it.
        line: of ``function``, from 1.
        start: of the mapping that holds it, an offset into the text.
        end: behind that mapping.
    """

    function: str
    arguments: Mapping[str, Any]
    path: tuple[str, ...]
    line: int
    start: int
    end: int


def places(recorder: Recorder, text: str, name: str) -> dict[str, Place]:
    """Return where the distribution of each parameter stands, by the parameter's name.

    Parameters whose distribution stands elsewhere, in a profile say, or that a function makes of several, are left out.

    Args:
        recorder: what recorded the scene.
        text: the scene's text, as it was recorded.
        name: of the scene's file.
    """
    made = _made_at(recorder, name)
    found: dict[Distribution, Place] = {}
    for (line, function), standing in _standing(text).items():
        # the calls of a line come in the order in which its mappings end, once more for each call of a function
        for k, distribution in enumerate(made.get((line, function), ())):
            found[distribution] = standing[k % len(standing)]
    return {p.name: found[p.distribution] for p in parameters(recorder.graph) if p.distribution in found}


def changed_text(text: str, changes: Sequence[tuple[Place, str]]) -> str:
    """Return a scene's text with other values in the places of distributions.

    Args:
        text: the one that the places are of.
        changes: a place, and the YAML that stands there instead, in flow style: ``{distribution.normal: {...}}``, or 3.
    """
    for place, value in sorted(changes, key=lambda change: -change[0].start):
        text = text[: place.start] + value + text[place.end :]
    return text


def with_arguments(place: Place, values: Mapping[str, Any]) -> str:
    """Return the YAML of a place's distribution with some arguments set, all others as they are, in flow style."""
    return flow({place.function: {**place.arguments, **values}})


def flow(value: Any) -> str:
    """Return plain values as YAML in flow style, one line; numbers are read again as they are."""
    dumped: str = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, sort_keys=False, width=10**9)
    return dumped.removesuffix("...\n").strip()


class _Dumper(yaml.SafeDumper):
    """Writes 1e-06 as 1.0e-06: YAML 1.1 takes the first for text."""


def _number(dumper: _Dumper, value: float) -> yaml.ScalarNode:
    shown = repr(value)
    mantissa, e, exponent = shown.partition("e")
    if e and "." not in mantissa:
        shown = f"{mantissa}.0e{exponent}"
    if e and not exponent.startswith(("-", "+")):
        shown = shown.replace("e", "e+")
    return dumper.represent_scalar("tag:yaml.org,2002:float", shown)


_Dumper.add_representer(float, _number)


def _made_at(recorder: Recorder, name: str) -> dict[tuple[int, str], list[Distribution]]:
    """Return the distributions that calls in the file ``name`` made, by line and function, in the calls' order."""
    made: dict[tuple[int, str], list[Distribution]] = defaultdict(list)
    for call in recorder.calls:
        file, _, line = (call.where or "").rpartition(":")
        if call.function.startswith(_PREFIX) and file == name and isinstance(call.result, Distribution):
            made[int(line), call.function].append(call.result)
    # a group's distribution is another object, with a stream of its own name
    named = {c.arguments["distribution"]: c.result for c in recorder.calls if c.function == "shared"}
    return {key: [named.get(one, one) for one in found] for key, found in made.items()}


def _standing(text: str) -> dict[tuple[int, str], list[Place]]:
    """Return the places of a text by line and function, in the order of their ends."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise BadScene(f"this is not YAML: {error}") from None
    found: dict[tuple[int, str], list[Place]] = defaultdict(list)
    for path, node in _mappings(root) if root is not None else ():
        if len(node.value) != 1 or not str(node.value[0][0].value).startswith(_PREFIX):
            continue
        key, value = node.value[0]
        arguments = yaml.safe_load(yaml.serialize(value)) if isinstance(value, yaml.MappingNode) else {}
        line = key.start_mark.line + 1
        place = Place(key.value, arguments, path, line, node.start_mark.index, _end(node))
        found[line, key.value].append(place)
    for same in found.values():
        same.sort(key=lambda place: place.end)
    return dict(found)


def _end(node: yaml.Node) -> int:
    """Return where a node's last character is; the mark of one in block style stands behind comments after it."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(node, yaml.MappingNode) else last)


def _mappings(root: yaml.Node) -> Iterator[tuple[tuple[str, ...], yaml.MappingNode]]:
    """Yield every mapping of a text with the keys and places that lead to it; one with several names once."""
    seen: set[int] = set()
    todo: list[tuple[tuple[str, ...], yaml.Node]] = [((), root)]
    while todo:
        path, node = todo.pop()
        if id(node) in seen or isinstance(node, yaml.ScalarNode):
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield path, node
            todo += [((*path, str(key.value)), value) for key, value in node.value]
        else:
            todo += [((*path, str(k)), child) for k, child in enumerate(node.value)]
