"""Changing arguments of one call in a scene's text; comments and everything else stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from rendersdg.errors import BadScene


def calls(text: str, prefix: str) -> list[tuple[str, str]]:
    """Return (top group, function) of every call whose name begins with ``prefix``, in order."""
    return [(path[0], path[-1]) for path, _ in _mappings(text) if path and path[-1].startswith(prefix)]


def arguments(text: str, group: str, function: str) -> dict[str, Any]:
    """Return the arguments of ``function`` in ``group``, as YAML has them. Raises BadScene without one."""
    node = _call(text, group, function)
    return {key.value: yaml.safe_load(yaml.serialize(value)) for key, value in node.value}


def changed(text: str, group: str, function: str, values: Mapping[str, str]) -> str:
    """Return the scene text with arguments of ``function`` in ``group`` set to YAML values.
    Raises BadScene without one.
    """
    return _edited(text, _call(text, group, function), values)


def _call(text: str, group: str, function: str) -> yaml.MappingNode:
    for path, node in _mappings(text):
        if path and path[0] == group and path[-1] == function:
            return node
    raise BadScene(f"the group {group!r} holds no call of {function}")


def _edited(text: str, node: yaml.MappingNode, values: Mapping[str, str]) -> str:
    there = {key.value: value for key, value in node.value}
    if not there or (node.flow_style and not values.keys() <= there.keys()):
        raise BadScene("the call to fit must be written in block style, an argument a line")
    edits = []
    for name, value in values.items():
        if name in there:
            old = there[name]
            end = old.start_mark.index + len(text[old.start_mark.index : old.end_mark.index].rstrip())
            edits.append((old.start_mark.index, end, value))
    first = node.value[0][0].start_mark
    new = "".join(f"{name}: {value}\n{' ' * first.column}" for name, value in values.items() if name not in there)
    edits.append((first.index, first.index, new))
    for start, end, value in sorted(edits, reverse=True):
        text = text[:start] + value + text[end:]
    return text


def _mappings(text: str) -> Iterator[tuple[tuple[str, ...], yaml.MappingNode]]:
    """Yield every mapping of a YAML text with the keys that lead to it."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    todo: list[tuple[tuple[str, ...], yaml.Node]] = [((), root)] if root is not None else []
    while todo:
        path, node = todo.pop(0)
        if isinstance(node, yaml.MappingNode):
            yield path, node
            todo += [((*path, str(key.value)), value) for key, value in node.value]
