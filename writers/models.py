"""The model of an object: its triangles in the frame of its pose, in millimetres, and as the files that BOP has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import sha256
from typing import TypedDict

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8, I8
from rendersdg.geometry import transform_points
from rendersdg.plain import Json
from rendersdg.snapshot import Entity, Instance, Snapshot

_MM = 1000.0  # of a metre
_EQUAL = 1e-5  # of its size: how far points of two objects of one shape may lie apart
_MANY, _DIRECTIONS = 3000, 2000  # points of which all pairs are compared, and where the ends of more are looked for


@dataclass(frozen=True, eq=False)
class Model:
    """``points`` (V, 3) millimetres from the middle of the object's box, unit ``normals`` (V, 3), and ``triangles``
    (T, 3), counter-clockwise seen from outside.
    """

    points: F8
    normals: F8
    triangles: I8


class Shape(TypedDict):
    """What tells an object's shape from another's without its triangles: a digest of its ``meshes``, and in ``points``
    where the middle and the ends of their boxes lie, millimetres.
    """

    meshes: str
    points: list[float]


def shape_of(snapshot: Snapshot, number: int, digests: dict[int, str]) -> Shape:
    """Return what tells the shape of the entity ``number``; ``digests`` keeps those of the snapshot's meshes."""
    entity = snapshot.entities[number]
    names, marks = [], []
    for instance in _instances(snapshot, number):
        mesh = snapshot.meshes[instance.mesh]
        if instance.mesh not in digests:
            digests[instance.mesh] = sha256(mesh.vertices.tobytes() + mesh.triangles.tobytes()).hexdigest()[:16]
        low, high = mesh.bounds
        corners = (low + high) / 2 + np.vstack([np.zeros(3), np.diag(high - low) / 2])
        names.append(digests[instance.mesh])
        marks.append(transform_points(_object_from_mesh(entity, instance), corners) * _MM)
    found = np.array(marks).reshape(-1, 12)
    weights = np.arange(1, len(found) + 1)[:, None]
    sums = [found.mean(0), (found * weights).sum(0) / weights.sum()][: len(found)]  # of many, two weighted means
    points = [round(float(value), 6) for row in sums for value in row]
    return {"meshes": sha256("".join(names).encode()).hexdigest()[:16], "points": points}


def is_same(one: Shape, other: Shape) -> bool:
    """Return whether two shapes are the same, to a hundred-thousandth of their size."""
    if one["meshes"] != other["meshes"] or len(one["points"]) != len(other["points"]):
        return False
    here, there = np.array(one["points"]), np.array(other["points"])
    return bool(np.abs(here - there).max(initial=0) <= _EQUAL * np.abs(here).max(initial=0))


def model_of(snapshot: Snapshot, number: int) -> Model:
    """Return the model of the entity ``number``: its surfaces and those of the labelled prims below it, as they are
    without defects.
    """
    entity = snapshot.entities[number]
    points, normals, triangles, count = [], [], [], 0
    for instance in _instances(snapshot, number):
        mesh = snapshot.meshes[instance.mesh]
        matrix = _object_from_mesh(entity, instance)
        points.append(transform_points(matrix, mesh.vertices) * _MM)
        turned = portable.product(mesh.normals.astype(np.float64), portable.inverse(matrix)[:3, :3])
        normals.append(turned / np.maximum(portable.norm(turned, axis=1), 1e-30)[:, None])
        is_mirrored = portable.determinant(matrix[:3, :3]) < 0
        corners = mesh.triangles.astype(np.int64) + count
        triangles.append(corners[:, ::-1] if is_mirrored else corners)
        count += len(mesh.vertices)
    return Model(np.concatenate(points), np.concatenate(normals), np.concatenate(triangles))


def _instances(snapshot: Snapshot, number: int) -> list[Instance]:
    family = set(snapshot.families[number])
    return [i for i in snapshot.instances if i.entity in family and i.shown != "frame"]


def _object_from_mesh(entity: Entity, instance: Instance) -> F8:
    return portable.product(portable.inverse(entity.world_from_object), instance.world_from_mesh)


def ply_bytes(model: Model) -> bytes:
    """Return a model as PLY in ASCII, millimetres, with normals, as BOP's are."""
    head = [
        "ply",
        "format ascii 1.0",
        f"element vertex {len(model.points)}",
        *(f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz")),
        f"element face {len(model.triangles)}",
        "property list uchar int vertex_indices",
        "end_header",
    ]
    rows = (np.concatenate([model.points, model.normals], axis=1) + 0.0).astype(np.float32).tolist()
    vertices = (f"{x:.7g} {y:.7g} {z:.7g} {nx:.4f} {ny:.4f} {nz:.4f}" for x, y, z, nx, ny, nz in rows)
    faces = (f"3 {a} {b} {c}" for a, b, c in model.triangles.tolist())
    return "\n".join([*head, *vertices, *faces, ""]).encode()


def measures(model: Model) -> Json:
    """Return a model's entry of models_info.json: its box and its diameter, millimetres."""
    low, high = model.points.min(0), model.points.max(0)
    least = {f"min_{axis}": value for axis, value in zip("xyz", low.tolist())}
    sizes = {f"size_{axis}": value for axis, value in zip("xyz", (high - low).tolist())}
    return {"diameter": diameter(model.points), **least, **sizes}


def diameter(points: F8) -> float:
    """Return the largest distance between two of the points (V, 3).

    Of more than 3,000 points only those are compared that lie farthest in one of 2,000 directions: what is round may
    come out 0.01 % too small.

    >>> diameter(np.array([[0.0, 0, 0], [3, 4, 0], [1, 1, 1]]))
    5.0
    """
    found = np.unique(points, axis=0)
    if len(found) > _MANY:
        ends: set[int] = set()
        for some in np.array_split(_directions(_DIRECTIONS), _DIRECTIONS // 20):
            along = portable.product(found, some.T)
            ends.update(along.argmin(0).tolist(), along.argmax(0).tolist())
        found = found[sorted(ends)]
    return float(np.sqrt(max(((found - point) ** 2).sum(1).max() for point in found)))


def _directions(count: int) -> F8:
    """Return unit vectors (N, 3) all over half a sphere, on a spiral."""
    z = (np.arange(count) + 0.5) / count
    turn = np.arange(count) * (math.pi * (3 - math.sqrt(5)))
    radius = np.sqrt(1 - z**2)
    return np.column_stack([radius * portable.cos(turn), radius * portable.sin(turn), z])
