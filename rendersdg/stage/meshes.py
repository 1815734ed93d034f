"""Reading geometry prims into triangle meshes: polygons of any size, primvars, subsets, subdivision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg import shapes
from rendersdg.arrays import F4, F8, I8, Mask
from rendersdg.errors import AssetError, Report
from rendersdg.geometry import distinct_rows
from rendersdg.snapshot import Mesh
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.skinning import Skin
from rendersdg.stage.subdivision import Cage, catmull_clark

OTHER_UVS = "rendersdg:st1"  # texture coordinates that a material may lay some of its images by
UNPAINTED = 0.5  # linear grey of a surface that has neither a material nor a displayColor
_REFINE_TO = 40_000  # faces: a cage is refined while the result stays below this
_MOST_LEVELS = 2
_FEW = 3000  # corners
_UV_NAMES = ("st", "UVMap", "map1", "st0", "UVW", "uv", "st_0", "Texture_uv")


@dataclass(frozen=True, eq=False)
class PrimMesh:
    """A mesh of one material: the whole prim, or one of its GeomSubsets (``subset`` is its path)."""

    mesh: Mesh
    subset: str | None


def read_parts(
    prim: Usd.Prim, time: Usd.TimeCode, report: Report, uv_name: str | None = None, skin: Skin | None = None
) -> list[PrimMesh]:
    """Return the triangle meshes of a Gprim; empty for curves, points and empty meshes, which are reported.

    The points of a mesh with a ``skin`` are those that it gives.

    Raises AssetError for indices out of range.
    """
    kind = str(prim.GetTypeName())
    if kind == "Mesh":
        return _read_mesh(prim, time, report, uv_name, skin)
    get = {a.GetName(): a for a in prim.GetAttributes()}

    def value(name: str, default: float) -> float:
        authored = get[name].Get(time) if name in get else None
        return default if authored is None else float(authored)

    axis = str(get["axis"].Get(time) or "Z") if "axis" in get else "Z"
    if kind not in _SOLIDS:
        report.ignored(str(prim.GetPath()), f"{kind} geometry is not drawn")
        return []
    matrix = np.eye(4)
    matrix[:3, :3] = _TURNS[axis]
    shape = _SOLIDS[kind](value).transformed(matrix)
    return [PrimMesh(_mesh_from_shape(str(prim.GetPath()), shape, prim, time), None)]


_SOLIDS: dict[str, Callable[[Callable[[str, float], float]], shapes.Shape]] = {  # about Z, by attributes and defaults
    "Cube": lambda value: shapes.box((value("size", 2.0),) * 3),
    "Sphere": lambda value: shapes.sphere(value("radius", 1.0)),
    "Cylinder": lambda value: shapes.cylinder(value("radius", 1.0), value("height", 2.0)),
    "Cone": lambda value: shapes.cone(value("radius", 1.0), value("height", 2.0)),
    "Capsule": lambda value: shapes.capsule(value("radius", 0.5), value("height", 1.0)),
    "Plane": lambda value: shapes.plane(value("width", 2.0), value("length", 2.0)),
}
_TURNS = {  # from Z to the axis that a prim names
    "X": [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
    "Y": [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
    "Z": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}


def _mesh_from_shape(name: str, shape: shapes.Shape, prim: Usd.Prim, time: Usd.TimeCode) -> Mesh:
    colours = np.full((len(shape.vertices), 3), UNPAINTED, np.float32)
    if (colour := _first(prim, "displayColor", time)) is not None:
        colours[:] = colour
    opacity = _first(prim, "displayOpacity", time)
    f4 = np.float32
    return Mesh(
        name=name,
        vertices=shape.vertices.astype(f4),
        normals=shape.normals.astype(f4),
        uvs=shape.uvs.astype(f4),
        colours=colours,
        triangles=shape.triangles.astype(np.int32),
        opacities=None if opacity is None else np.full(len(colours), np.clip(opacity, 0, 1), f4),
    )


def _first(prim: Usd.Prim, name: str, time: Usd.TimeCode) -> F8 | None:
    attribute = prim.GetAttribute(f"primvars:{name}")
    value = attribute.Get(time) if attribute else None
    return np.asarray(value, float)[0] if value else None


@dataclass(frozen=True, eq=False)
class _Corners:
    """The corners of a mesh's faces: the face (C,) and the point (C,) of each, and how many points there are."""

    faces: I8
    points: I8
    point_count: int

    def spread(self, values: F8, interpolation: str) -> F8 | None:
        """Return one row per corner of values that are given by USD's ``interpolation``; None where they do not fit."""
        if interpolation == "constant" or len(values) == 1:
            return np.repeat(values[:1], len(self.points), axis=0)
        if interpolation == "uniform" and len(values) > int(self.faces.max()):
            return values[self.faces]
        if interpolation in ("vertex", "varying") and len(values) >= self.point_count:
            return values[self.points]
        if len(values) == len(self.points):
            return values
        return None


def _read_mesh(
    prim: Usd.Prim, time: Usd.TimeCode, report: Report, uv_name: str | None, skin: Skin | None
) -> list[PrimMesh]:
    """Return the parts of a polygon mesh: refined where it is to be, cut into triangles, split by its subsets."""
    path = str(prim.GetPath())
    mesh = UsdGeom.Mesh(prim)
    polygons = _polygons(mesh, time)
    if polygons is None:
        report.note(path, "the mesh has no points or no faces, so nothing is drawn")
        return []
    points, counts, indices = polygons
    corners = _Corners(np.repeat(np.arange(len(counts)), counts), indices, len(points))
    normals = _normals(prim, mesh, time, corners)
    if skin is not None:
        points, normals = _skinned(points, normals, indices, skin.matrices(len(points), time), path, report)
    uvs = _uvs(prim, time, corners, uv_name)
    colours = _primvar(prim, "displayColor", time, corners, 3)
    painted = np.full((len(indices), 3), UNPAINTED) if colours is None else colours
    opacities = _primvar(prim, "displayOpacity", time, corners, 1)
    other_uvs = _primvar(prim, OTHER_UVS, time, corners, 2)
    # a mesh that brings its normals is a surface already, whatever its scheme says
    scheme = str(mesh.GetSubdivisionSchemeAttr().Get() or "none")
    is_smooth = scheme in ("catmullClark", "loop")
    creases, sharp_points = _creases(mesh, time) if is_smooth and normals is None else ({}, {})
    cage = Cage(
        points=points,
        counts=counts,
        indices=indices,
        data=np.concatenate([uvs, painted, *(d for d in (opacities, other_uvs) if d is not None)], axis=1),
        creases=creases,
        corners=sharp_points,
        parent=np.arange(len(counts)),
    )
    if is_smooth and normals is None:
        cage = _refined(cage, scheme, path, report)
    corner_triangles, face_of = triangulate(cage.points, cage.counts, cage.indices)
    holes = set(np.asarray(mesh.GetHoleIndicesAttr().Get(time) or [], int).tolist())
    if holes:
        keep = ~np.isin(cage.parent[face_of], list(holes))
        corner_triangles, face_of = corner_triangles[keep], face_of[keep]
    if str(mesh.GetOrientationAttr().Get() or "") == "leftHanded":
        corner_triangles = corner_triangles[:, ::-1]
    if normals is None:
        normals = _computed_normals(cage.points, cage.indices, corner_triangles, face_of, smooth=is_smooth)
    parts = []
    for subset, members in _groups(_subsets(prim, time, len(counts)), cage.parent, face_of):
        if members.any():
            name = path if subset is None else subset
            built = _weld(name, cage, corner_triangles[members], normals)
            if colours is None:
                built.colours[:] = UNPAINTED  # refining rounds what all corners have in common
            if len(built.triangles):
                parts.append(PrimMesh(built, subset))
    return parts


def _skinned(
    points: F8, normals: F8 | None, indices: I8, matrices: F8 | None, path: str, report: Report
) -> tuple[F8, F8 | None]:
    """Return points (V, 3), and normals of corners (C, 3), where the points' ``matrices`` (V, 4, 4) carry them."""
    if matrices is None:
        report.ignored(path, "the mesh's joints and weights do not fit its skeleton: it keeps its rest shape")
        return points, normals
    turns = matrices[:, :3, :3]
    posed = np.einsum("nij,nj->ni", turns, points) + matrices[:, :3, 3]
    if normals is None:
        return posed, None
    # cofactors turn normals as the inverse transpose does, up to a scale, and exist where a joint flattens the mesh
    a, b, c = (turns[..., k] for k in range(3))
    cofactors = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=-1)[indices]
    turned = np.einsum("nij,nj->ni", cofactors, normals)
    length = np.linalg.norm(turned, axis=1, keepdims=True)
    return posed, np.where(length > 1e-30, turned / np.maximum(length, 1e-30), normals)


def _polygons(mesh: UsdGeom.Mesh, time: Usd.TimeCode) -> tuple[F8, I8, I8] | None:
    """Return points (V, 3), corners a face (F,) and each corner's point (C,); None where nothing is there to draw.

    Raises AssetError for indices out of range and points that are not finite.
    """
    path = str(mesh.GetPath())
    points = rows(mesh.GetPointsAttr(), time, 3)
    counts = whole_numbers(mesh.GetFaceVertexCountsAttr(), time)
    indices = whole_numbers(mesh.GetFaceVertexIndicesAttr(), time)
    if not len(points) or not len(counts):
        return None
    if counts.min() < 0 or counts.sum() != len(indices):
        raise AssetError(
            f"{path}: faceVertexCounts sum to {counts.sum()} for {len(indices)} faceVertexIndices, so it is not known "
            "which corners make a face; export the mesh again (usdchecker names such faults)"
        )
    if indices.min() < 0 or indices.max() >= len(points):
        raise AssetError(
            f"{path}: faceVertexIndices reach from {indices.min()} to {indices.max()}, and there are {len(points)} "
            "points; export the mesh again (usdchecker names such faults)"
        )
    if not np.isfinite(points).all():
        bad = int((~np.isfinite(points)).any(axis=1).sum())
        raise AssetError(f"{path}: {bad} of {len(points)} points are NaN or infinite; export the mesh again")
    return points, counts, indices


def rows(attribute: Usd.Attribute, time: Usd.TimeCode, width: int) -> F8:
    """Return the values (N, width) of an attribute at ``time``, none where it has none.

    Raises AssetError where it is of another type.
    """
    value = attribute.Get(time)
    array = np.asarray([] if value is None else value)
    if not array.size:
        return np.zeros((0, width))
    if array.dtype.kind not in "fiu" or array.ndim != 2 or array.shape[1] != width:
        raise AssetError(
            f"{attribute.GetPrim().GetPath()}: {attribute.GetName()} is of type {attribute.GetTypeName()}, and "
            f"{width} numbers each are needed; export it again"
        )
    return array.astype(np.float64)


def whole_numbers(attribute: Usd.Attribute, time: Usd.TimeCode) -> I8:
    """Return the values (N,) of an attribute at ``time``, none where it has none.

    Raises AssetError where it is of another type.
    """
    value = attribute.Get(time)
    array = np.asarray([] if value is None else value)
    if not array.size:
        return np.zeros(0, np.int64)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise AssetError(
            f"{attribute.GetPrim().GetPath()}: {attribute.GetName()} is of type {attribute.GetTypeName()}, and whole "
            "numbers are needed; export it again"
        )
    return array.astype(np.int64)


def _refined(cage: Cage, scheme: str, path: str, report: Report) -> Cage:
    """Return a cage refined as often as its size allows (reported where that is less than it should be)."""
    if scheme == "loop":
        report.note(path, "loop subdivision is smoothed by the Catmull-Clark rules")
    level = 0
    while level < _MOST_LEVELS and len(cage.indices) <= _REFINE_TO:
        cage = catmull_clark(cage)
        level += 1
    if level < _MOST_LEVELS:
        report.note(
            path, f"subdivision stops after {level} of {_MOST_LEVELS} levels: the cage has {len(cage.counts)} faces"
        )
    return cage


def _groups(subsets: list[tuple[str, I8]], parent: I8, face_of: I8) -> list[tuple[str | None, Mask]]:
    """Return which triangles (T,) belong to each GeomSubset, in order, and last to none (named None).

    ``parent`` (F,) is the authored face of each face, ``face_of`` (T,) the face of each triangle.
    """
    if not subsets:
        return [(None, np.ones(len(face_of), bool))]
    owner = np.full(int(parent.max()) + 1 if len(parent) else 0, -1)  # of each authored face
    for number, (_, members) in enumerate(subsets):
        owner[members] = number
    groups: list[tuple[str | None, Mask]] = [
        (name, owner[parent[face_of]] == number) for number, (name, _) in enumerate(subsets)
    ]
    return [*groups, (None, owner[parent[face_of]] < 0)]


def _weld(name: str, cage: Cage, triangles: I8, normals: F8) -> Mesh:
    """Return the mesh of corner triangles (T, 3): each distinct (point, normal, uv, colour) gets one vertex."""
    points, indices, data = cage.points, cage.indices, cage.data
    corners = triangles.ravel()
    carried = np.concatenate([normals, data], axis=1, dtype=np.float32, casting="unsafe")[corners]
    first, inverse = _by_points(indices[corners], carried, len(points)) or distinct_rows(
        np.column_stack([indices[corners].astype(np.float32), carried])
    )
    kept = corners[first]
    vertices = points[indices[kept]].astype(np.float32)
    faces = inverse.reshape(-1, 3).astype(np.int32)
    # what has no area as float32 cannot be seen, and would have no normal
    a, b, c = (vertices[faces[:, i]].astype(float) for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    return Mesh(
        name=name,
        vertices=vertices,
        normals=normals[kept].astype(np.float32),
        uvs=data[kept][:, :2].astype(np.float32),
        colours=data[kept][:, 2:5].astype(np.float32),
        triangles=faces[area > 0],
        opacities=np.clip(data[kept][:, 5], 0, 1).astype(np.float32) if data.shape[1] in (6, 8) else None,
        other_uvs=data[kept][:, -2:].astype(np.float32) if data.shape[1] in (7, 8) else None,
    )


def _by_points(numbers: I8, carried: F4, count: int) -> tuple[I8, I8] | None:
    """Return what ``distinct_rows`` gives of corners by their points' ``numbers`` (C,), of ``count``, and of what they
    carry (C, K), where all corners of a point carry the same, so that it needs no search. None where they do not.
    """
    first = np.full(count, len(numbers))
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]  # the last that is written stays: the first corner
    for some in (slice(0, _FEW), slice(None)):  # most meshes with edges are told by a few corners
        if (carried[some] != carried[first[numbers[some]]]).any():
            return None
    used = np.flatnonzero(first < len(numbers))
    rank = np.empty(count, np.int64)
    rank[used] = np.arange(len(used))
    return first[used], rank[numbers]


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
        # Newell's normal of each polygon; it is convex where no corner turns against that
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
    """Return the triangles of a polygon (N, 3) as corner numbers: ears are cut off one by one (Meisters 1975)."""
    # flat along the axis that the polygon looks along most, turned so that it runs counter-clockwise
    axis = int(np.argmax(np.abs(normal)))
    flat = np.delete(polygon, axis, axis=1)
    if (normal[axis] < 0) != (axis == 1):
        flat = flat[:, ::-1]

    def cross(i: int, j: int, k: int) -> float:
        a, b, c = flat[i], flat[j], flat[k]
        return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    left = list(range(len(polygon)))
    triangles: list[tuple[int, int, int]] = []
    while len(left) > 3:
        for at in range(len(left)):
            i, j, k = left[at - 1], left[at], left[(at + 1) % len(left)]
            inside = any(
                cross(i, j, m) >= 0 and cross(j, k, m) >= 0 and cross(k, i, m) >= 0 for m in left if m not in (i, j, k)
            )
            if cross(i, j, k) > 0 and not inside:
                triangles.append((i, j, k))
                left.pop(at)
                break
        else:
            break  # degenerate rest: fan it
    triangles += [(left[0], left[m], left[m + 1]) for m in range(1, len(left) - 1)]
    return triangles


def _computed_normals(points: F8, indices: I8, triangles: I8, face_of: I8, *, smooth: bool) -> F8:
    """Return unit normals at corners (C, 3), weighted by area: one a point where ``smooth``, else one a face."""
    p = points[indices[triangles]]
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    keys = indices[triangles] if smooth else np.repeat(face_of[:, None], 3, axis=1)
    count = int(keys.max()) + 1 if len(keys) else 1
    bins = keys.T.ravel()
    total = np.stack([np.bincount(bins, np.tile(normal[:, axis], 3), count) for axis in range(3)], axis=1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    total = np.where(length > 1e-30, total / np.maximum(length, 1e-30), [0.0, 0.0, 1.0])
    out = np.zeros((len(indices), 3))
    out[triangles.ravel()] = total[keys.ravel()]
    return out


def _normals(prim: Usd.Prim, mesh: UsdGeom.Mesh, time: Usd.TimeCode, corners: _Corners) -> F8 | None:
    """Return the authored unit normals of corners (C, 3), None where there are none or one has no length."""
    values = _primvar(prim, "normals", time, corners, 3)
    if values is None:
        raw = mesh.GetNormalsAttr().Get(time)
        if not raw:
            return None
        array = np.asarray(raw, float)
        if array.ndim != 2 or array.shape[1] != 3:
            return None
        values = corners.spread(array, str(mesh.GetNormalsInterpolation()))
    if values is None:
        return None
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return None if (length < 1e-12).any() else values / length


def _uvs(prim: Usd.Prim, time: Usd.TimeCode, corners: _Corners, wanted: str | None) -> F8:
    """Return the texture coordinates of corners (C, 2): the set ``wanted``, else the usual names,
    else any; 0 for none.
    """
    api = UsdGeom.PrimvarsAPI(prim)
    names = [p.GetPrimvarName() for p in api.GetPrimvarsWithValues()]
    twos = [
        p.GetPrimvarName()
        for p in api.GetPrimvarsWithValues()
        if "2f" in str(p.GetTypeName()) or "float2" in str(p.GetTypeName())
    ]
    for name in ([wanted] if wanted else []) + [n for n in _UV_NAMES if n in names] + twos:
        uvs = _primvar(prim, name, time, corners, 2)
        if uvs is not None:
            return uvs
    return np.zeros((len(corners.points), 2))


def _primvar(prim: Usd.Prim, name: str, time: Usd.TimeCode, corners: _Corners, width: int) -> F8 | None:
    """Return a primvar at corners (C, width), None where it is not there or does not fit."""
    primvar = UsdGeom.PrimvarsAPI(prim).FindPrimvarWithInheritance(name)
    value = primvar.ComputeFlattened(time) if primvar and primvar.HasValue() else None
    if not value:
        return None
    array = np.asarray(value, float)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[1] < width:
        return None
    return corners.spread(array[:, :width], str(primvar.GetInterpolation()))


def _subsets(prim: Usd.Prim, time: Usd.TimeCode, face_count: int) -> list[tuple[str, I8]]:
    subsets = []
    for child in prim.GetAllChildren():
        if child.GetTypeName() == "GeomSubset":
            subset = UsdGeom.Subset(child)
            if str(subset.GetElementTypeAttr().Get() or "face") == "face":
                members = np.asarray(subset.GetIndicesAttr().Get(time) or [], np.int64)
                subsets.append((str(child.GetPath()), members[(members >= 0) & (members < face_count)]))
    return subsets


def _creases(mesh: UsdGeom.Mesh, time: Usd.TimeCode) -> tuple[dict[tuple[int, int], float], dict[int, float]]:
    """Return the sharpness of edges, by their points (low, high), and of points."""
    lengths = [int(n) for n in mesh.GetCreaseLengthsAttr().Get(time) or []]
    indices = [int(n) for n in mesh.GetCreaseIndicesAttr().Get(time) or []]
    sharpness = [float(s) for s in mesh.GetCreaseSharpnessesAttr().Get(time) or []]
    creases: dict[tuple[int, int], float] = {}
    at = 0
    edge = 0
    for number, length in enumerate(lengths):
        for k in range(length - 1):
            i, j = indices[at + k], indices[at + k + 1]
            which = number if len(sharpness) == len(lengths) else edge  # one value a crease, or one an edge
            creases[min(i, j), max(i, j)] = sharpness[which] if which < len(sharpness) else 0.0
            edge += 1
        at += length
    corners = [int(n) for n in mesh.GetCornerIndicesAttr().Get(time) or []]
    strengths = [float(s) for s in mesh.GetCornerSharpnessesAttr().Get(time) or []]
    return creases, dict(zip(corners, strengths))


_NOT_DRAWN = "geometry of this type is not drawn"
READS = (
    Reads(
        "Gprim",
        idle={"doubleSided": "both sides of a surface are drawn"},
        unmet={"orientation": "faces look outwards"},
    ),
    Reads(
        "Mesh",
        read=names(
            "points faceVertexCounts faceVertexIndices normals primvars:normals orientation subdivisionScheme "
            "holeIndices creaseIndices creaseLengths creaseSharpnesses cornerIndices cornerSharpnesses"
        )
        | {f"primvars:{name}" for name in (*_UV_NAMES, OTHER_UVS)},
        idle={"subsetFamily:*:familyType": "subsets are taken as they are"},
        unmet={
            **all_of(
                "interpolateBoundary faceVaryingLinearInterpolation triangleSubdivisionRule",
                "subdivision follows OpenSubdiv's defaults",
            ),
            **all_of("velocities accelerations", "points move as their samples say"),
        },
    ),
    Reads("GeomSubset", read=names("elementType indices"), idle={"familyName": "subsets are taken as they are"}),
    Reads("Cube", read=names("size")),
    Reads("Sphere", read=names("radius")),
    Reads("Cylinder", read=names("radius height axis")),
    Reads("Cone", read=names("radius height axis")),
    Reads("Capsule", read=names("radius height axis")),
    Reads("Plane", read=names("width length axis")),
    *(
        Reads(kind, said=_NOT_DRAWN)
        for kind in ("Curves", "Points", "NurbsPatch", "TetMesh", "Capsule_1", "Cylinder_1", "ParticleField")
    ),
)
