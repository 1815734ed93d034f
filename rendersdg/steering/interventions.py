"""What can be changed in a frame whether or not the scene draws it: light, and an object's size, angle, brightness and
surroundings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rendersdg.arrays import F8
from rendersdg.snapshot import Entity, Instance, Snapshot

Change = Callable[[Snapshot], Snapshot]
_FAR = 1e4  # metres: where things go that must not be seen


@dataclass(frozen=True, slots=True)
class Intervention:
    """Something that can be changed by a ``value``: factors, of which 1 changes nothing, or degrees, of which 0 does.

    ``of_object`` says whether it is an object's own, and no defect's: a defect lies on a surface that it cannot leave.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    nothing: float
    of_object: bool
    make: Callable[[str, float], Change]


def light(path: str, factor: float) -> Change:
    """Return the change that multiplies the radiance of every light."""

    def change(snapshot: Snapshot) -> Snapshot:
        lights = tuple(replace(each, radiance=np.asarray(each.radiance) * factor) for each in snapshot.lights)
        return replace(snapshot, lights=lights)

    return change


def size(path: str, factor: float) -> Change:
    """Return the change that scales an object about the middle of its box."""
    return _moving(path, lambda entity: _about(_centre(entity), np.eye(3) * factor))


def angle(path: str, degrees: float) -> Change:
    """Return the change that turns an object about the vertical through the middle of its box."""

    def change(snapshot: Snapshot) -> Snapshot:
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
        if snapshot.up_axis == "Y":
            turn = np.array([[c, 0, s], [0, 1.0, 0], [-s, 0, c]])
        return _moving(path, lambda entity: _about(_centre(entity), turn))(snapshot)

    return change


def brightness(path: str, factor: float) -> Change:
    """Return the change that multiplies an object's base colour: its contrast with what is around it."""

    def change(snapshot: Snapshot) -> Snapshot:
        materials = list(snapshot.materials)
        darker: dict[int, int] = {}
        instances = []
        for each in snapshot.instances:
            if _is_below(each.prim_path, path) and 0 <= each.material < len(snapshot.materials):
                if each.material not in darker:
                    old = materials[each.material]
                    r, g, b = (min(c * factor, 1.0) for c in old.base_colour)
                    darker[each.material] = len(materials)
                    materials.append(replace(old, base_colour=(r, g, b)))
                each = replace(each, material=darker[each.material])
            instances.append(each)
        return replace(snapshot, materials=tuple(materials), instances=tuple(instances))

    return change


def alone(path: str, value: float) -> Change:
    """Return the change that takes away all other labelled objects that are not below or above an object, for a
    ``value`` of 1; 0 changes nothing.
    """

    def change(snapshot: Snapshot) -> Snapshot:
        if not value:
            return snapshot
        away = np.eye(4)
        away[:3, 3] = _FAR
        marked = {d.instance for d in snapshot.defects}
        instances = tuple(
            each if k in marked or not _is_other(snapshot, each, path) else _moved(each, away)
            for k, each in enumerate(snapshot.instances)
        )
        return replace(snapshot, instances=instances)

    return change


INTERVENTIONS: Sequence[Intervention] = (
    Intervention("light", "times", (0.125, 0.25, 0.5, 1.0, 2.0, 4.0), 1.0, False, light),
    Intervention("size", "times", (0.5, 0.7, 1.0, 1.4, 2.0), 1.0, True, size),
    Intervention("angle", "degrees", (-90.0, -45.0, -20.0, 0.0, 20.0, 45.0, 90.0), 0.0, True, angle),
    Intervention("contrast", "times its colour", (0.25, 0.5, 0.75, 1.0, 1.5, 2.0), 1.0, True, brightness),
    Intervention("background", "0 all, 1 alone", (0.0, 1.0), 0.0, True, alone),
)


def is_defect(snapshot: Snapshot, path: str) -> bool:
    """Return whether a prim is a defect on something, or a part that is missing."""
    return any(d.prim_path == path or path.startswith(f"{d.prim_path}/") for d in snapshot.defects) or any(
        0 <= e < len(snapshot.entities) and snapshot.entities[e].prim_path == path
        for d in snapshot.defects
        for e in d.entities
    )


def _is_below(prim_path: str, path: str) -> bool:
    return prim_path == path or prim_path.startswith(f"{path}/")


def _is_other(snapshot: Snapshot, each: Instance, path: str) -> bool:
    """Return whether an instance belongs to another labelled object: neither the object, nor what it stands in."""
    if each.entity < 0 or not snapshot.entities[each.entity].semantics:
        return False  # what carries no label is the room
    other = snapshot.entities[each.entity].prim_path
    return not (_is_below(other, path) or _is_below(path, other))


def _moving(path: str, step: Callable[[Entity], F8]) -> Change:
    """Return the change that moves an object, and all that is below it, by a matrix in the world."""

    def change(snapshot: Snapshot) -> Snapshot:
        found = [e for e in snapshot.entities if e.prim_path == path]
        if not found:
            return snapshot
        matrix = step(found[0])
        instances = tuple(_moved(i, matrix) if _is_below(i.prim_path, path) else i for i in snapshot.instances)
        entities = tuple(
            replace(e, world_from_local=matrix @ e.world_from_local) if _is_below(e.prim_path, path) else e
            for e in snapshot.entities
        )
        return replace(snapshot, instances=instances, entities=entities)

    return change


def _moved(instance: Instance, matrix: F8) -> Instance:
    return replace(
        instance,
        world_from_mesh=matrix @ instance.world_from_mesh,
        previous_world_from_mesh=matrix @ instance.previous_world_from_mesh,
    )


def _centre(entity: Entity) -> F8:
    return np.asarray(entity.world_from_object[:3, 3], np.float64)


def _about(centre: F8, linear: F8) -> F8:
    """Return the (4, 4) matrix that applies a linear map about a point."""
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = centre - linear @ centre
    return matrix
