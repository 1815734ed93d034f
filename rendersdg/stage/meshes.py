"""Reading geometry prims into triangle meshes: polygons of any size, primvars, subsets, subdivision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg import shapes
from rendersdg.arrays import F8, I8, Mask
from rendersdg.errors import AssetError, Report
from rendersdg.geometry import distinct_rows
from rendersdg.snapshot import Mesh
from rendersdg.stage.subdivision import catmull_clark

UNPAINTED = 0.5  # linear grey of a surface that has neither a material nor a displayColor
_REFINE_TO = 40_000  # faces: a cage is refined while the result stays below this
_MOST_LEVELS = 2
_UV_NAMES = ("st", "UVMap", "map1", "st0", "UVW", "uv", "st_0", "Texture_uv")


@dataclass(frozen=True, eq=False)
class Part:
    """A mesh of one material: the whole prim, or one of its GeomSubsets (``subset`` is its path)."""

    mesh: Mesh
    subset: str | None


def read_parts(prim: Usd.Prim, time: Usd.TimeCode, report: Report, uv_name: str | None = None) -> list[Part]:
    """Return the triangle meshes of a Gprim; empty for curves, points and empty meshes, which are reported.

    Raises AssetError for indices out of range.
    """
    kind = prim.GetTypeName()
    if kind == "Mesh":
        return _read_mesh(prim, time, report, uv_name)
    get = {a.GetName(): a for a in prim.GetAttributes()}

    def value(name: str, default: float) -> float:
        found = get[name].Get(time) if name in get else None
        return default if found is None else float(found)

    axis = str(get["axis"].Get(time) or "Z") if "axis" in get else "Z"
    if kind == "Cube":
        shape = shapes.box((value("size", 2.0),) * 3)
    elif kind == "Sphere":
        shape = shapes.sphere(value("radius", 1.0))
    elif kind == "Cylinder":
        shape = shapes.cylinder(value("radius", 1.0), value("height", 2.0))
    elif kind == "Cone":
        shape = shapes.cone(value("radius", 1.0), value("height", 2.0))
    elif kind == "Capsule":
        shape = shapes.capsule(value("radius", 0.5), value("height", 1.0))
    elif kind == "Plane":
        shape = shapes.plane(value("width", 2.0), value("length", 2.0))
    else:
        report.ignored(str(prim.GetPath()), f"{kind} geometry is not drawn")
        return []
    turn = {
        "X": [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
        "Y": [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
        "Z": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    }[axis]
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    return [Part(_mesh_from_shape(str(prim.GetPath()), shape.transformed(matrix), _colour(prim, time)), None)]


def _mesh_from_shape(name: str, shape: shapes.Shape, colour: F8 | None) -> Mesh:
    colours = np.full((len(shape.vertices), 3), UNPAINTED, np.float32)
    if colour is not None:
        colours[:] = colour
    f4 = np.float32
    return Mesh(
        name,
        shape.vertices.astype(f4),
        shape.normals.astype(f4),
        shape.uvs.astype(f4),
        colours,
        shape.triangles.astype(np.int32),
    )


def _colour(prim: Usd.Prim, time: Usd.TimeCode) -> F8 | None:
    attribute = prim.GetAttribute("primvars:displayColor")
    value = attribute.Get(time) if attribute else None
    return np.asarray(value, float)[0] if value else None


def _read_mesh(prim: Usd.Prim, time: Usd.TimeCode, report: Report, uv_name: str | None) -> list[Part]:
    path = str(prim.GetPath())
    mesh = UsdGeom.Mesh(prim)
    points = np.asarray(mesh.GetPointsAttr().Get(time) or [], float).reshape(-1, 3)
    counts = np.asarray(mesh.GetFaceVertexCountsAttr().Get(time) or [], np.int64)
    indices = np.asarray(mesh.GetFaceVertexIndicesAttr().Get(time) or [], np.int64)
    if not len(points) or not len(counts):
        report.note(path, "the mesh has no points or no faces, so nothing is drawn")
        return []
    if counts.sum() != len(indices) or indices.min() < 0 or indices.max() >= len(points):
        raise AssetError(
            f"{path}: faceVertexCounts sum to {counts.sum()} for {len(indices)} indices into {len(points)} points; "
            "repair the mesh (usdchecker names such faults)"
        )
    if not np.isfinite(points).all():
        raise AssetError(f"{path}: points hold NaN or infinity; repair the mesh")
    faces = np.repeat(np.arange(len(counts)), counts)
    normals = _normals(prim, mesh, time, faces, indices, len(points))
    uvs = _uvs(prim, time, faces, indices, len(points), uv_name)
    colours = _primvar(prim, "displayColor", time, faces, indices, len(points), 3)
    use_colour = colours is not None
    data = np.concatenate([uvs, np.full((len(indices), 3), UNPAINTED) if colours is None else colours], axis=1)
    subset_of = _subsets(prim, time, len(counts))
    holes = set(np.asarray(mesh.GetHoleIndicesAttr().Get(time) or [], int).tolist())
    parent = np.arange(len(counts))
    scheme = str(mesh.GetSubdivisionSchemeAttr().Get() or "none")
    has_normals = normals is not None
    if scheme in ("catmullClark", "loop") and not has_normals:
        if scheme == "loop":
            report.note(path, "loop subdivision is smoothed by the Catmull-Clark rules")
        creases, corners = _creases(mesh, time)
        level = 0
        while level < _MOST_LEVELS and len(indices) <= _REFINE_TO:
            points, counts, indices, data, creases, corners, up = catmull_clark(
                points, counts, indices, data, creases, corners
            )
            parent = parent[up]
            level += 1
        if level < _MOST_LEVELS:
            report.note(
                path, f"subdivision stops after {level} of {_MOST_LEVELS} levels: the cage has {len(counts)} faces"
            )
    elif scheme != "none" and not has_normals:
        scheme = "none"
    left_handed = str(mesh.GetOrientationAttr().Get() or "") == "leftHanded"
    corner_triangles, face_of = triangulate(points, counts, indices)
    if holes:
        keep = ~np.isin(parent[face_of], list(holes))
        corner_triangles, face_of = corner_triangles[keep], face_of[keep]
    if left_handed:
        corner_triangles = corner_triangles[:, ::-1]
    corner_normals = normals if has_normals and normals is not None else None
    if corner_normals is None:
        corner_normals = _computed_normals(
            points, indices, corner_triangles, face_of, smooth=scheme in ("catmullClark", "loop")
        )
    parts = []
    groups: list[tuple[str | None, Mask]] = [(None, np.ones(len(face_of), bool))]
    if subset_of:
        owner = np.full(len(np.unique(parent)) if not len(parent) else int(parent.max()) + 1, -1)
        for number, (_, members) in enumerate(subset_of):
            owner[members] = number
        groups = [(name, owner[parent[face_of]] == k) for k, (name, _) in enumerate(subset_of)]
        groups.append((None, owner[parent[face_of]] < 0))
    for subset, chosen in groups:
        if chosen.any():
            built = _weld(
                path if subset is None else subset, points, indices, corner_triangles[chosen], corner_normals, data
            )
            if not use_colour:
                built.colours[:] = UNPAINTED
            if len(built.triangles):
                parts.append(Part(built, subset))
    return parts


def _weld(
    name: str,
    points: F8,
    indices: I8,
    triangles: I8,
    normals: F8,
    data: F8,
) -> Mesh:
    """Give each distinct (point, normal, uv, colour) one vertex."""
    corners = triangles.ravel()
    rows = np.concatenate(
        [
            indices[corners][:, None].astype(np.float32),
            normals[corners].astype(np.float32),
            data[corners].astype(np.float32),
        ],
        axis=1,
    )
    first, inverse = distinct_rows(rows)
    chosen = corners[first]
    vertices = points[indices[chosen]].astype(np.float32)
    faces = inverse.reshape(-1, 3).astype(np.int32)
    a, b, c = (vertices[faces[:, i]].astype(float) for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    return Mesh(
        name,
        vertices,
        normals[chosen].astype(np.float32),
        data[chosen][:, :2].astype(np.float32),
        data[chosen][:, 2:5].astype(np.float32),
        faces[area > 0],
    )


def triangulate(points: F8, counts: I8, indices: I8) -> tuple[I8, I8]:
    """Return triangles as corner numbers (T, 3), and the face of each: fans where convex, ears clipped where not."""
    starts = np.cumsum(counts) - counts
    triangles: list[I8] = []
    owners: list[I8] = []
    for size in np.unique(counts):
        if size < 3:
            continue
        which = np.flatnonzero(counts == size)
        corners = starts[which][:, None] + np.arange(size)
        if size == 3:
            triangles.append(corners)
            owners.append(which)
            continue
        p = points[indices[corners]]
        newell = np.cross(p - p[:, :1], np.roll(p, -1, axis=1) - p[:, :1]).sum(1)
        turn = np.cross(np.roll(p, -1, axis=1) - p, np.roll(p, -2, axis=1) - np.roll(p, -1, axis=1))
        convex = ((turn * newell[:, None]).sum(2) >= -1e-12 * (newell**2).sum(1)[:, None]).all(1)
        fan = np.stack([np.stack([corners[:, 0], corners[:, k], corners[:, k + 1]], 1) for k in range(1, size - 1)], 1)
        triangles.append(fan[convex].reshape(-1, 3))
        owners.append(np.repeat(which[convex], size - 2))
        for row in np.flatnonzero(~convex).tolist():
            clipped = _clip_ears(p[row], newell[row])
            triangles.append(corners[row][np.array(clipped, np.int64)])
            owners.append(np.full(len(clipped), which[row]))
    if not triangles:
        return np.zeros((0, 3), np.int64), np.zeros(0, np.int64)
    t, o = np.concatenate(triangles), np.concatenate(owners)
    order = np.argsort(o, kind="stable")
    return t[order], o[order]


def _clip_ears(polygon: F8, normal: F8) -> list[tuple[int, int, int]]:
    axis = int(np.argmax(np.abs(normal)))
    flat = np.delete(polygon, axis, axis=1)
    if (normal[axis] < 0) != (axis == 1):
        flat = flat[:, ::-1]

    def cross(i: int, j: int, k: int) -> float:
        a, b, c = flat[i], flat[j], flat[k]
        return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    left = list(range(len(polygon)))
    found: list[tuple[int, int, int]] = []
    while len(left) > 3:
        for at in range(len(left)):
            i, j, k = left[at - 1], left[at], left[(at + 1) % len(left)]
            inside = any(
                cross(i, j, m) >= 0 and cross(j, k, m) >= 0 and cross(k, i, m) >= 0 for m in left if m not in (i, j, k)
            )
            if cross(i, j, k) > 0 and not inside:
                found.append((i, j, k))
                left.pop(at)
                break
        else:
            break  # degenerate rest: fan it
    found += [(left[0], left[m], left[m + 1]) for m in range(1, len(left) - 1)]
    return found


def _computed_normals(points: F8, indices: I8, triangles: I8, face_of: I8, *, smooth: bool) -> F8:
    p = points[indices[triangles]]
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    keys = indices[triangles] if smooth else np.repeat(face_of[:, None], 3, axis=1)
    total = np.zeros((int(keys.max()) + 1 if len(keys) else 1, 3))
    for i in range(3):
        np.add.at(total, keys[:, i], normal)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    total = np.where(length > 1e-30, total / np.maximum(length, 1e-30), [0.0, 0.0, 1.0])
    out = np.zeros((len(indices), 3))
    out[triangles.ravel()] = total[keys.ravel()]
    return out


def _normals(
    prim: Usd.Prim,
    mesh: UsdGeom.Mesh,
    time: Usd.TimeCode,
    faces: I8,
    indices: I8,
    vertex_count: int,
) -> F8 | None:
    values = _primvar(prim, "normals", time, faces, indices, vertex_count, 3)
    if values is None:
        raw = mesh.GetNormalsAttr().Get(time)
        if not raw:
            return None
        array = np.asarray(raw, float)
        if array.ndim != 2 or array.shape[1] != 3:
            return None
        values = _spread(array, str(mesh.GetNormalsInterpolation()), faces, indices, vertex_count)
    if values is None:
        return None
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return None if (length < 1e-12).any() else values / length


def _uvs(
    prim: Usd.Prim,
    time: Usd.TimeCode,
    faces: I8,
    indices: I8,
    vertex_count: int,
    wanted: str | None,
) -> F8:
    api = UsdGeom.PrimvarsAPI(prim)
    names = [p.GetPrimvarName() for p in api.GetPrimvarsWithValues()]
    twos = [
        p.GetPrimvarName()
        for p in api.GetPrimvarsWithValues()
        if "2f" in str(p.GetTypeName()) or "float2" in str(p.GetTypeName())
    ]
    for name in ([wanted] if wanted else []) + [n for n in _UV_NAMES if n in names] + twos:
        found = _primvar(prim, name, time, faces, indices, vertex_count, 2)
        if found is not None:
            return found
    return np.zeros((len(indices), 2))


def _primvar(
    prim: Usd.Prim,
    name: str,
    time: Usd.TimeCode,
    faces: I8,
    indices: I8,
    vertex_count: int,
    width: int,
) -> F8 | None:
    primvar = UsdGeom.PrimvarsAPI(prim).FindPrimvarWithInheritance(name)
    value = primvar.ComputeFlattened(time) if primvar and primvar.HasValue() else None
    if not value:
        return None
    array = np.asarray(value, float)
    if array.ndim != 2 or array.shape[1] < width:
        return None
    return _spread(array[:, :width], str(primvar.GetInterpolation()), faces, indices, vertex_count)


def _spread(values: F8, interpolation: str, faces: I8, indices: I8, vertex_count: int) -> F8 | None:
    """Return one row per face corner."""
    if interpolation == "constant" or len(values) == 1:
        return np.repeat(values[:1], len(indices), axis=0)
    if interpolation == "uniform" and len(values) > int(faces.max()):
        return values[faces]
    if interpolation in ("vertex", "varying") and len(values) >= vertex_count:
        return values[indices]
    if len(values) == len(indices):
        return values
    return None


def _subsets(prim: Usd.Prim, time: Usd.TimeCode, face_count: int) -> list[tuple[str, I8]]:
    found = []
    for child in prim.GetAllChildren():
        if child.GetTypeName() == "GeomSubset":
            subset = UsdGeom.Subset(child)
            if str(subset.GetElementTypeAttr().Get() or "face") == "face":
                members = np.asarray(subset.GetIndicesAttr().Get(time) or [], np.int64)
                found.append((str(child.GetPath()), members[(members >= 0) & (members < face_count)]))
    return found


def _creases(mesh: UsdGeom.Mesh, time: Usd.TimeCode) -> tuple[dict[tuple[int, int], float], dict[int, float]]:
    lengths = [int(n) for n in mesh.GetCreaseLengthsAttr().Get(time) or []]
    indices = [int(n) for n in mesh.GetCreaseIndicesAttr().Get(time) or []]
    sharpness = [float(s) for s in mesh.GetCreaseSharpnessesAttr().Get(time) or []]
    creases: dict[tuple[int, int], float] = {}
    at = 0
    edge = 0
    for number, length in enumerate(lengths):
        for k in range(length - 1):
            i, j = indices[at + k], indices[at + k + 1]
            value = (
                sharpness[number]
                if len(sharpness) == len(lengths)
                else sharpness[edge]
                if edge < len(sharpness)
                else 0.0
            )
            creases[min(i, j), max(i, j)] = value
            edge += 1
        at += length
    corners = [int(n) for n in mesh.GetCornerIndicesAttr().Get(time) or []]
    strengths = [float(s) for s in mesh.GetCornerSharpnessesAttr().Get(time) or []]
    return creases, dict(zip(corners, strengths))
