"""The names of objects' points and the lines between them, by label: gathered over frames, and as COCO lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from rendersdg.plain import Json
from writers.records import KeypointsRecord, points_in_order


class PointNames(TypedDict):
    """The ``names`` of points, and in ``skeleton`` the pairs of names with a line between them."""

    names: list[str]
    skeleton: list[list[str]]


def names_of(points: KeypointsRecord) -> PointNames:
    """Return the names of an object's points without their places."""
    return {"names": list(points["names"]), "skeleton": [list(line) for line in points["skeleton"]]}


def gathered(tables: Iterable[Mapping[str, PointNames]]) -> dict[str, PointNames]:
    """Return the names and lines of each label in all tables, in the order in which they are met.

    >>> gathered([{"post": {"names": ["top"], "skeleton": []}}, {"post": {"names": ["foot", "top"], "skeleton": []}}])
    {'post': {'names': ['top', 'foot'], 'skeleton': []}}
    """
    names: dict[str, dict[str, None]] = {}
    lines: dict[str, dict[tuple[str, str], None]] = {}
    for label, one in (item for table in tables for item in table.items()):
        names.setdefault(label, {}).update(dict.fromkeys(one["names"]))
        lines.setdefault(label, {}).update(dict.fromkeys((m, n) for m, n in one["skeleton"]))
    return {label: {"names": list(names[label]), "skeleton": [list(line) for line in lines[label]]} for label in names}


def with_points(category: Json, found: PointNames | None) -> Json:
    """Return a COCO category with the names of its points in ``keypoints`` and its lines in ``skeleton``.

    What the category lists itself is kept. One that lists no points, and none was ``found`` for, stays as it is.
    """
    if found is None and "keypoints" not in category:
        return category
    named: PointNames = {"names": [], "skeleton": []} if found is None else found
    listed = category.get("keypoints", named["names"])
    places = {name: k for k, name in enumerate(listed, 1)}
    joined = [[places[m], places[n]] for m, n in named["skeleton"] if m in places and n in places]
    return {**category, "keypoints": listed, "skeleton": category.get("skeleton", joined)}


def keypoints_of(points: KeypointsRecord | None, names: Sequence[str]) -> Json:
    """Return COCO's ``keypoints`` [x, y, v, ...] of an object, in the order of its category's ``names``, and
    ``num_keypoints``, those that are not 0.

    x and y are in pixels from the image's top left corner, as in ``bbox``. What the object has not is 0, 0, 0.
    """
    rows = points_in_order(points, names)
    flat = [value for x, y, v in rows for value in (round(x, 3), round(y, 3), int(v))]
    return {"keypoints": flat, "num_keypoints": sum(v > 0 for _, _, v in rows)}
