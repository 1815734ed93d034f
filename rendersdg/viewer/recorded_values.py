"""What was drawn for frames whose scene is not opened: values that a record has once, and so are the whole frame's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rendersdg.viewer.again import DrawnValues
from rendersdg.viewer.index import Index


def recorded_values(index: Index) -> DrawnValues:
    """Return the values of a rendered set that belong to whole frames, by their sites.

    Lists of several values, one a prim, are left out: which object has which is known by the scene alone.
    """
    found = DrawnValues({}, {}, {})
    for shown in index.images:
        if index.drawn is None or shown.frame is None:
            continue
        row = dict(_single(index.drawn.values.get(shown.frame, {})))
        found.objects[shown.place] = [row] * max(len(shown.sample.labels), 1)
        found.common[shown.place] = frozenset(row)
        found.meanings.update(dict.fromkeys(row, "drawn for the whole frame"))
    return found


def _single(values: Mapping[str, Sequence[Any]]) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for site, drawn in values.items():
        if len(drawn) != 1:
            continue
        value = drawn[0]
        if isinstance(value, list) and value and all(isinstance(v, (int, float)) for v in value):
            pairs += [(f"{site}[{k}]", part) for k, part in enumerate(value)]
        else:
            pairs.append((site, value))
    return pairs
