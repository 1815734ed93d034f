"""The primitives of a glTF mesh as triangles with their attributes.

Source: the glTF 2.0 specification, section 3.7 (geometry).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8
from rendersdg.assets.gltf.broken import Array, Broken, Entry
from rendersdg.assets.gltf.compression import draco_mesh
from rendersdg.assets.gltf.document import Document, as_numbers

TRIANGLES, STRIP, FAN = 4, 5, 6
POINTS, LINES, LOOP, LINE_STRIP = 0, 1, 2, 3
_SET = re.compile(r"^(TEXCOORD|COLOR|JOINTS|WEIGHTS)_(\d+)$")


@dataclass(frozen=True, eq=False)
class Primitive:
    """A part of a mesh with one material: ``points`` (V, 3), ``triangles`` (T, 3), unit ``normals`` (V, 3) or None.
    One of points or lines, by its ``mode``, has no triangles: its points are in their order.

    ``coordinates`` are texture coordinates (V, 2), v down, by the number of their set. ``colours`` (V, 3 or 4) are
    linear. ``tangents`` (V, 4) are along u, with the side that v is on. ``joints`` and ``weights`` (V, K) name joints
    of the skin, by their numbers there. ``no_normals`` says why stored normals cannot be used.
    """

    points: F8
    triangles: I8
    normals: F8 | None = None
    coordinates: dict[int, F8] = field(default_factory=dict)
    colours: F8 | None = None
    tangents: F8 | None = None
    no_normals: str = ""
    joints: I8 | None = None
    weights: F8 | None = None
    material: int | None = None
    mode: int = TRIANGLES
    targets: tuple[tuple[F8, F8 | None], ...] = ()  # of each morph target, how far it moves points and normals, (V, 3)


def read_primitive(document: Document, entry: Entry) -> Primitive:
    """Return a primitive. Raises Broken for data that do not fit."""
    mode = entry.get("mode", TRIANGLES)
    if mode not in range(7):
        raise Broken(f"its mode is {mode}")
    source = _Source.of(document, entry)
    attributes = source.attributes
    if "POSITION" not in attributes:
        raise Broken("it has no POSITION")
    points = _checked(source.numbers("POSITION"), None, "POSITION", (3,))
    count = len(points)
    if source.faces is None:
        order = document.indices(entry["indices"]) if "indices" in entry else np.arange(count)
        triangles = _triangles(order, mode)
    else:
        order, triangles = source.faces.ravel(), source.faces
    if order.size and order.max() >= count:
        raise Broken(f"its indices reach {order.max()} of {count} vertices")
    read = Primitive(points, triangles, material=entry.get("material"), mode=mode)
    normals = None
    if "NORMAL" in attributes:
        try:
            normals = _checked(source.numbers("NORMAL"), count, "NORMAL", (3,))
        except Broken as error:  # a surface does without
            read = replace(read, no_normals=str(error))
    coordinates, colours = {}, None
    for name, number in _sets(attributes, "TEXCOORD"):
        coordinates[number] = _checked(source.numbers(name), count, name, (2,))
    if "COLOR_0" in attributes:
        colours = _checked(source.fractions("COLOR_0"), count, "COLOR_0", (3, 4))
    joints, weights = _influences(source, count)
    if "TANGENT" in attributes:
        read = replace(read, tangents=_checked(source.numbers("TANGENT"), count, "TANGENT", (4,)))
    read = replace(read, normals=normals, coordinates=coordinates, colours=colours, joints=joints, weights=weights)
    if mode < TRIANGLES:
        return taken(read, order, triangles)
    targets = tuple(_target(document, target, count, has_normals=normals is not None) for target in _targets(entry))
    return _compact(replace(read, targets=targets))


@dataclass(frozen=True, eq=False)
class _Source:
    """Where the attributes of a primitive come from: accessors by name, and what Draco's data hold in their place."""

    document: Document
    attributes: Entry
    decoded: dict[str, Array]
    faces: I8 | None = None

    @classmethod
    def of(cls, document: Document, entry: Entry) -> _Source:
        """Return the source of a primitive. Raises Broken where it is compressed and cannot be decoded."""
        attributes = entry.get("attributes", {})
        compressed = entry.get("extensions", {}).get("KHR_draco_mesh_compression")
        if compressed is None:
            return cls(document, attributes, {})
        try:
            mesh = draco_mesh(document.view(compressed["bufferView"]))
        except Broken:
            if "bufferView" in document.entry("accessors", attributes.get("POSITION")):
                return cls(document, attributes, {})  # the file has it both ways
            raise
        numbers = compressed["attributes"]
        decoded = {name: mesh.attributes[number] for name, number in numbers.items() if number in mesh.attributes}
        return cls(document, attributes, decoded, mesh.triangles)

    def stored(self, name: str) -> Array:
        """Return an attribute as it is stored, (V, W)."""
        index = self.attributes[name]
        if name not in self.decoded:
            return self.document.stored(index)
        return self.decoded[name].astype(self.document.dtype(index))

    def numbers(self, name: str, *, is_fraction: bool | None = None) -> Array:
        """Return an attribute as numbers (V, W); None leaves it to the accessor whether integers are fractions."""
        index = self.attributes[name]
        if is_fraction is None:
            is_fraction = bool(self.document.entry("accessors", index).get("normalized"))
        values = as_numbers(self.stored(name), is_fraction=is_fraction)
        if not np.isfinite(values).all():
            raise Broken(f"its {name} holds NaN or infinity")
        return values

    def fractions(self, name: str) -> Array:
        """Return an attribute of fractions, whether the accessor says so or not, as exporters forget to."""
        return self.numbers(name, is_fraction=True)


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


def _sets(attributes: Entry, kind: str) -> list[tuple[str, int]]:
    """Return the attributes of a kind with the numbers of their sets, in order."""
    found = [(name, match) for name in attributes if (match := _SET.match(name)) and match[1] == kind]
    return sorted(((name, int(match[2])) for name, match in found), key=lambda pair: pair[1])


def _influences(source: _Source, count: int) -> tuple[I8 | None, F8 | None]:
    """Return the joints and weights of all sets side by side; weights add up to 1."""
    joints, weights = [], []
    for name, number in _sets(source.attributes, "JOINTS"):
        other = f"WEIGHTS_{number}"
        if other in source.attributes:
            joints.append(_checked(source.stored(name).astype(np.int64), count, name, (4,)))
            weights.append(_checked(source.fractions(other), count, other, (4,)))
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
    if mode < TRIANGLES:
        return np.zeros((0, 3), np.int64)
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
        tangents=of(primitive.tangents),
        joints=of(primitive.joints),
        weights=of(primitive.weights),
        targets=tuple((points[kept], of(normals)) for points, normals in primitive.targets),
    )


def turned_tangents(primitive: Primitive, number: int) -> float:
    """Return how much of a primitive, 0 to 1 by area, has tangents that lie otherwise than texture coordinates of set
    ``number`` lead: more than 30 degrees off, or with v on the other side. 0 where there is nothing to compare.
    """
    uv = primitive.coordinates.get(number)
    if primitive.tangents is None or uv is None or not len(primitive.triangles):
        return 0.0
    p, t = primitive.points[primitive.triangles].astype(float), uv[primitive.triangles].astype(float)
    (e1, e2), (d1, d2) = (np.moveaxis(v[:, 1:] - v[:, :1], 1, 0) for v in (p, t))
    turn = d1[:, 0] * d2[:, 1] - d2[:, 0] * d1[:, 1]
    along = (e1 * d2[:, 1:] - e2 * d1[:, 1:]) * np.sign(turn)[:, None]
    normal = np.cross(e1, e2)
    area = portable.norm(normal, axis=1) * (np.abs(turn) > 1e-12)
    stored = primitive.tangents[primitive.triangles].astype(float).mean(1)
    length = portable.norm(along, axis=1) * portable.norm(stored[:, :3], axis=1)
    cosine = (along * stored[:, :3]).sum(1) / np.maximum(length, 1e-30)
    # v grows downwards, and the bitangent is the normal times the tangent times w: glTF's v along it has w = -1
    side = -np.sign(turn)
    is_off = (cosine < portable.cos(np.pi / 6)) | (side * stored[:, 3] < 0)
    return float((area * is_off).sum() / area.sum()) if area.sum() > 0 else 0.0
