"""The shapes that USD has by name: cubes, spheres, cylinders, cones, capsules and planes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pxr import Usd

from rendersdg import shapes
from rendersdg.errors import AssetError, Report
from rendersdg.snapshot import Mesh
from rendersdg.stage.primvars import mesh_of, read_paint
from rendersdg.stage.reads import Reads, names

_Value = Callable[[str, float], float]
_SOLIDS: dict[str, Callable[[_Value], shapes.Shape]] = {  # about Z, by attributes and defaults
    "Cube": lambda value: shapes.box((value("size", 2.0),) * 3),
    "Sphere": lambda value: shapes.sphere(value("radius", 1.0)),
    "Cylinder": lambda value: shapes.cylinder(value("radius", 1.0), value("height", 2.0)),
    "Cylinder_1": lambda value: shapes.frustum(
        value("radiusBottom", 1.0), value("radiusTop", 1.0), value("height", 2.0)
    ),
    "Cone": lambda value: shapes.cone(value("radius", 1.0), value("height", 2.0)),
    "Capsule": lambda value: shapes.capsule(value("radius", 0.5), value("height", 1.0)),
    "Capsule_1": lambda value: shapes.tapered_capsule(
        value("radiusBottom", 0.5), value("radiusTop", 0.5), value("height", 1.0)
    ),
    "Plane": lambda value: shapes.plane(value("width", 2.0), value("length", 2.0)),
}
SOLIDS = tuple(_SOLIDS)
_TURNS = {  # from Z to the axis that a prim names
    "X": [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
    "Y": [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
    "Z": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}


def read_solid(prim: Usd.Prim, time: Usd.TimeCode, report: Report) -> Mesh | None:
    """Return the mesh of one of ``SOLIDS``; None where it has no size. Raises AssetError for a size that is none."""
    kind, path = str(prim.GetTypeName()), str(prim.GetPath())

    def value(name: str, default: float) -> float:
        attribute = prim.GetAttribute(name)
        authored = attribute.Get(time) if attribute else None
        size = default if authored is None else float(authored)
        if not np.isfinite(size) or size < 0:
            raise AssetError(f"{path}: {name} is {size}, and a length is needed")
        return size

    with np.errstate(invalid="ignore"):  # one of no size has no normals, and is not drawn
        shape = _SOLIDS[kind](value)
    if not np.ptp(shape.vertices, axis=0).any():
        return None
    axis = prim.GetAttribute("axis")
    matrix = np.eye(4)
    matrix[:3, :3] = _TURNS.get(str(axis.Get(time)) if axis else "Z", _TURNS["Z"])
    shape = shape.transformed(matrix)
    paint = read_paint(prim, time, report).first(len(shape.vertices))
    return mesh_of(path, shape.vertices, shape.normals, shape.uvs, shape.triangles, paint)


READS = (
    Reads("Cube", read=names("size")),
    Reads("Sphere", read=names("radius")),
    Reads("Cylinder", read=names("radius height axis")),
    Reads("Cylinder_1", read=names("radiusBottom radiusTop height axis")),
    Reads("Cone", read=names("radius height axis")),
    Reads("Capsule", read=names("radius height axis")),
    Reads("Capsule_1", read=names("radiusBottom radiusTop height axis")),
    Reads("Plane", read=names("width length axis")),
)
