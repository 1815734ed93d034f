"""Meshes of tetrahedra: their surface."""

from __future__ import annotations

import numpy as np
from pxr import Usd

from rendersdg import portable
from rendersdg.arrays import F4, F8, I8, Mask
from rendersdg.errors import AssetError, Report
from rendersdg.snapshot import Mesh
from rendersdg.stage.primvars import UNPAINTED, Primvar, mesh_of, places, read_paint, whole_numbers
from rendersdg.stage.reads import Reads, all_of, names

TETS = "TetMesh"
_FACES = ((1, 2, 3), (0, 3, 2), (0, 1, 3), (0, 2, 1))  # of a right-handed tetrahedron, seen from outside


def read_tets(prim: Usd.Prim, time: Usd.TimeCode, report: Report) -> Mesh | None:
    """Return the surface of a mesh of tetrahedra, flat; None where it has none. Raises AssetError for bad indices."""
    path, points = str(prim.GetPath()), places(prim, time)
    surface, tets = (whole_numbers(prim.GetAttribute(f"{n}VertexIndices"), time) for n in ("surfaceFace", "tet"))
    if len(surface) % 3 or len(tets) % 4:
        raise AssetError(f"{path}: its indices do not come in threes and fours; export it again")
    triangles = surface.reshape(-1, 3) if len(surface) else _outside(tets.reshape(-1, 4))
    if not len(points) or not len(triangles):
        report.note(path, "it has no points or no tetrahedra, so nothing is drawn")
        return None
    if triangles.min() < 0 or triangles.max() >= len(points):
        raise AssetError(
            f"{path}: its indices reach from {triangles.min()} to {triangles.max()}, and there are {len(points)} "
            "points; export it again"
        )
    if str(prim.GetAttribute("orientation").Get(time) or "") == "leftHanded":
        triangles = triangles[:, ::-1]
    corners = points[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = portable.norm(normal, axis=1)
    seen = length > 0
    if not seen.any():
        return None
    flat = corners[seen].reshape(-1, 3)
    normals = np.repeat(normal[seen] / length[seen][:, None], 3, axis=0)
    paint = _painted(prim, time, report, triangles[seen], len(points), seen)
    return mesh_of(path, flat, normals, np.zeros((len(flat), 2)), np.arange(len(flat)).reshape(-1, 3), paint)


def _outside(tets: I8) -> I8:
    """Return the faces (T, 3) that one tetrahedron (N, 4) alone has."""
    if not len(tets):
        return np.zeros((0, 3), np.int64)
    faces = np.concatenate([tets[:, face] for face in _FACES])
    _, which, uses = np.unique(np.sort(faces, axis=1), axis=0, return_inverse=True, return_counts=True)
    return faces[uses[which.reshape(-1)] == 1]


def _painted(
    prim: Usd.Prim, time: Usd.TimeCode, report: Report, triangles: I8, count: int, seen: Mask
) -> tuple[F4, F4 | None]:
    paint = read_paint(prim, time, report)

    def values(primvar: Primvar | None, default: float, width: int) -> F8:
        if primvar is None:
            return np.full((triangles.size, width), default)
        if len(primvar.values) == 1:
            return np.broadcast_to(primvar.values, (triangles.size, width))
        if len(primvar.values) == count and primvar.interpolation != "uniform":
            return primvar.values[triangles.ravel()]
        if len(primvar.values) == len(seen):
            return np.repeat(primvar.values[seen], 3, axis=0)
        primvar.misfits(report, f"1, {count} or {len(seen)}")
        return np.full((triangles.size, width), default)

    colours = values(paint.colour, UNPAINTED, 3).astype(np.float32)
    opacities = None if paint.opacity is None else np.clip(values(paint.opacity, 1.0, 1)[:, 0], 0, 1)
    return colours, None if opacities is None else opacities.astype(np.float32)


READS = (
    Reads(
        "TetMesh",
        read=names("points tetVertexIndices surfaceFaceVertexIndices orientation"),
        idle={"normals": "each face is flat"},
        unmet=all_of("velocities accelerations", "points move as their samples say"),
    ),
)
