"""The primitives of a glTF mesh as triangles with their attributes.

Source: the glTF 2.0 specification, section 3.7 (geometry).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rendersdg.arrays import F8, I8
from rendersdg.assets.gltf.document import Array, Broken, Document, Entry, as_numbers

TRIANGLES, STRIP, FAN = 4, 5, 6
MODES = {0: "points", 1: "lines", 2: "a line loop", 3: "a line strip"}  # what is not made of triangles
_SET = re.compile(r"^(TEXCOORD|COLOR|JOINTS|WEIGHTS)_(\d+)$")


@dataclass(frozen=True, eq=False)
class Primitive:
    """A part of a mesh with one material: ``points`` (V, 3), ``triangles`` (T, 3), unit ``normals`` (V, 3) or None.

    ``coordinates`` are texture coordinates (V, 2), v down, by the number of their set. ``colours`` (V, 3 or 4) are
    linear. ``joints`` and ``weights`` (V, K) name joints of the skin, by their numbers there.
    """

    points: F8
    triangles: I8
    normals: F8 | None = None
    coordinates: dict[int, F8] = field(default_factory=dict)
    colours: F8 | None = None
    joints: I8 | None = None
    weights: F8 | None = None
    material: int | None = None
    targets: tuple[tuple[F8, F8 | None], ...] = ()  # of each morph target, how far it moves points and normals, (V, 3)


def read_primitive(document: Document, entry: Entry) -> Primitive | None:
    """Return a primitive as triangles, None for one of points or lines. Raises Broken for data that do not fit."""
    mode = entry.get("mode", TRIANGLES)
    if mode in MODES:
        return None
    if mode not in (TRIANGLES, STRIP, FAN):
        raise Broken(f"its mode is {mode}")
    attributes = entry.get("attributes", {})
    if "POSITION" not in attributes:
        raise Broken("it has no POSITION")
    points = _checked(document.numbers(attributes["POSITION"]), None, "POSITION", (3,))
    count = len(points)
    order = document.indices(entry["indices"]) if "indices" in entry else np.arange(count)
    if len(order) and order.max() >= count:
        raise Broken(f"its indices reach {order.max()} of {count} vertices")
    read = Primitive(points, _triangles(order, mode), material=entry.get("material"))
    normals = None
    if "NORMAL" in attributes:
        normals = _checked(document.numbers(attributes["NORMAL"]), count, "NORMAL", (3,))
    coordinates, colours = {}, None
    for name, number in _sets(attributes, "TEXCOORD"):
        coordinates[number] = _checked(document.numbers(attributes[name]), count, name, (2,))
    if "COLOR_0" in attributes:
        colours = _checked(_fractions(document, attributes["COLOR_0"]), count, "COLOR_0", (3, 4))
    joints, weights = _influences(document, attributes, count)
    read = replace(read, normals=normals, coordinates=coordinates, colours=colours, joints=joints, weights=weights)
    targets = tuple(_target(document, target, count, has_normals=normals is not None) for target in _targets(entry))
    return _compact(replace(read, targets=targets))


def _targets(entry: Entry) -> list[Entry]:
    return list(entry.get("targets", []))


def _target(document: Document, target: Entry, count: int, *, has_normals: bool) -> tuple[F8, F8 | None]:
    """Return how far a morph target moves points and, where the mesh has them, normals, (V, 3) each."""
    points: Array = np.zeros((count, 3), np.float32)
    if "POSITION" in target:
        points = _checked(document.numbers(target["POSITION"]), count, "POSITION", (3,))
    if not has_normals or "NORMAL" not in target:
        return points, None
    return points, _checked(document.numbers(target["NORMAL"]), count, "NORMAL", (3,))


def _fractions(document: Document, index: object) -> Array:
    """Return values that stand for fractions whether the accessor says so or not, as exporters forget to."""
    values = document.numbers(index)
    if document.entry("accessors", index).get("normalized"):
        return values
    return as_numbers(document.stored(index), is_fraction=True)


def _sets(attributes: Entry, kind: str) -> list[tuple[str, int]]:
    """Return the attributes of a kind with the numbers of their sets, in order."""
    found = [(name, match) for name in attributes if (match := _SET.match(name)) and match[1] == kind]
    return sorted(((name, int(match[2])) for name, match in found), key=lambda pair: pair[1])


def _influences(document: Document, attributes: Entry, count: int) -> tuple[I8 | None, F8 | None]:
    """Return the joints and weights of all sets side by side; weights add up to 1."""
    joints, weights = [], []
    for name, number in _sets(attributes, "JOINTS"):
        other = f"WEIGHTS_{number}"
        if other in attributes:
            joints.append(_checked(document.stored(attributes[name]).astype(np.int64), count, name, (4,)))
            weights.append(_checked(_fractions(document, attributes[other]), count, other, (4,)))
    if not joints:
        return None, None
    found = np.concatenate(weights, axis=1).astype(np.float64)
    total = found.sum(1, keepdims=True)
    return np.concatenate(joints, axis=1), np.where(total > 0, found / np.where(total > 0, total, 1.0), 0.0)


def _checked(values: Array, count: int | None, name: str, widths: tuple[int, ...]) -> Array:
    if values.shape[1] not in widths:
        raise Broken(f"its {name} has {values.shape[1]} numbers a vertex")
    if count is not None and len(values) != count:
        raise Broken(f"its {name} has {len(values)} values for {count} vertices")
    return values


def _triangles(order: I8, mode: int) -> I8:
    """Return the triangles (T, 3) of a list, a strip or a fan of vertices, all with the same winding."""
    if mode == TRIANGLES:
        return order[: len(order) // 3 * 3].reshape(-1, 3)
    if len(order) < 3:
        return np.zeros((0, 3), np.int64)
    if mode == FAN:  # section 3.7.2.1: (i + 1, i + 2, 0)
        return np.column_stack([order[1:-1], order[2:], np.repeat(order[:1], len(order) - 2)])
    odd = np.arange(len(order) - 2) % 2  # (i, i + 1 + odd, i + 2 - odd)
    k = np.arange(len(order) - 2)
    return np.column_stack([order[k], order[k + 1 + odd], order[k + 2 - odd]])


def _compact(primitive: Primitive) -> Primitive:
    """Return a primitive without the vertices that it shares its accessors with, where they are more than its own."""
    if primitive.triangles.size * 2 >= len(primitive.points):
        return primitive
    kept, triangles = np.unique(primitive.triangles, return_inverse=True)
    return taken(primitive, kept, triangles.reshape(-1, 3))


def taken(primitive: Primitive, kept: I8, triangles: I8) -> Primitive:
    """Return a primitive of the vertices ``kept``, in that order."""

    def of(values: Any) -> Any:
        return None if values is None else values[kept]

    return replace(
        primitive,
        points=primitive.points[kept],
        triangles=triangles,
        normals=of(primitive.normals),
        coordinates={number: values[kept] for number, values in primitive.coordinates.items()},
        colours=of(primitive.colours),
        joints=of(primitive.joints),
        weights=of(primitive.weights),
        targets=tuple((points[kept], of(normals)) for points, normals in primitive.targets),
    )
