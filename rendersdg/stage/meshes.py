"""Reading geometry prims into triangle meshes: polygons of any size, primvars, subsets, subdivision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from pxr import Usd, UsdGeom, UsdShade

from rendersdg import portable
from rendersdg.arrays import F4, F8, I4, I8, Mask
from rendersdg.assets.creases import creased_normals
from rendersdg.errors import AssetError, Report
from rendersdg.geometry import distinct_rows
from rendersdg.kernels.polygons import corner_normals, cut_fans, have_area
from rendersdg.kernels.rows import numbered_in_groups
from rendersdg.kernels.welding import corner_rows, varying_columns
from rendersdg.snapshot import Mesh
from rendersdg.stage.primvars import (
    OTHER_UVS,
    UNPAINTED,
    UV_NAMES,
    Names,
    Primvar,
    places,
    read_paint,
    read_primvar,
    read_uvs,
    rows,
    whole_numbers,
)
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.skinning import Skin
from rendersdg.stage.stored_normals import judged
from rendersdg.stage.subdivision import Cage, Rules, boundary_faces, refined

_REFINE_TO = 40_000  # faces: a cage is refined while the result stays below this
_MOST_LEVELS = 2
_FEW_CORNERS = 32  # of a face: plain numbers are faster than arrays below
_MOST_TESTS = 100_000_000  # of points against the ears of one face: seconds


@dataclass(frozen=True, eq=False)
class PrimMesh:
    """A mesh of one material: the whole prim, or one of its GeomSubsets (``subset`` is its path)."""

    mesh: Mesh
    subset: str | None


@dataclass(frozen=True, eq=False)
class _Corners:
    """Corners of faces: how many each face has (F,), the point of each corner (C,), and how many points there are."""

    counts: I8
    points: I8
    point_count: int

    @cached_property
    def faces(self) -> I8:
        """The face of each corner, (C,)."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def values(self, primvar: Primvar | None, report: Report) -> F8 | None:
        """Return the values of a primvar at the corners (C, K); None, reported, where they do not fit."""
        if primvar is None:
            return None
        spread = self.spread(primvar.values, primvar.interpolation)
        if spread is None:
            kind = primvar.interpolation
            needed = {"uniform": int(self.faces.max()) + 1, "vertex": self.point_count, "varying": self.point_count}
            primvar.misfits(report, str(needed.get(kind, len(self.points))))
        return spread

    def spread(self, values: F8, interpolation: str) -> F8 | None:
        """Return one row per corner of values that are given by USD's ``interpolation``; None where they do not fit."""
        if interpolation == "constant" or len(values) == 1:
            return np.broadcast_to(values[:1], (len(self.points), values.shape[1]))
        if interpolation == "uniform" and len(values) > int(self.faces.max()):
            return values[self.faces]
        if interpolation in ("vertex", "varying") and len(values) >= self.point_count:
            return values[self.points]
        if len(values) == len(self.points):
            return values
        return None


def read_mesh(
    prim: Usd.Prim, time: Usd.TimeCode, report: Report, asked: Names = Names(), skin: Skin | None = None
) -> list[PrimMesh]:
    """Return the parts of a polygon mesh: refined where it is to be, cut into triangles, split by its subsets.

    The points of a mesh with a ``skin`` are those that it gives. Raises AssetError for indices out of range.
    """
    path = str(prim.GetPath())
    mesh = UsdGeom.Mesh(prim)
    polygons = _polygons(mesh, time)
    if polygons is None:
        report.note(path, "the mesh has no points or no faces, so nothing is drawn")
        return []
    points, counts, indices = polygons
    corners = _Corners(counts, indices, len(points))
    normals = _normals(prim, mesh, time, corners, report)
    if skin is not None:
        points, normals = _skinned(points, normals, indices, skin, time, report)
    paint = read_paint(prim, time, report, asked.colour)
    colours, opacities = corners.values(paint.colour, report), corners.values(paint.opacity, report)
    uvs = next(
        (u for p in read_uvs(prim, time, asked.uv, report) if (u := corners.values(p, report)) is not None), None
    )
    painted = np.broadcast_to(UNPAINTED, (len(indices), 3)) if colours is None else colours
    flat = np.broadcast_to(0.0, (len(indices), 2)) if uvs is None else uvs
    other_uvs = corners.values(read_primvar(prim, asked.other, time, 2, report), report)
    cage = Cage(
        points=points,
        counts=counts,
        indices=indices,
        data=_joined([flat, painted, *(d for d in (opacities, other_uvs) if d is not None)]),
        creases={},
        corners={},
        parent=np.arange(len(counts)),
    )
    # a mesh that brings its normals is a surface already, whatever its scheme says
    scheme = str(mesh.GetSubdivisionSchemeAttr().Get() or "none")
    is_smooth = scheme in ("catmullClark", "loop")
    holes = set(whole_numbers(mesh.GetHoleIndicesAttr(), time).tolist())
    if is_smooth and normals is None:
        cage = replace(cage, data=np.ascontiguousarray(cage.data))
        cage, lost = _smoothed(cage, mesh, time, report, has_uvs=uvs is not None)
        holes.update(lost)
    corner_triangles, face_of = triangulate(cage.points, cage.counts, cage.indices)
    if holes:
        keep = ~np.isin(cage.parent[face_of], list(holes))
        corner_triangles, face_of = corner_triangles[keep], face_of[keep]
    if str(mesh.GetOrientationAttr().Get() or "") == "leftHanded":
        corner_triangles = corner_triangles[:, ::-1]
    if normals is None:
        normals = _computed_normals(cage.points, cage.indices, corner_triangles, face_of, smooth=is_smooth)
    elif skin is None:  # of one that joints move, each moment would be judged anew
        normals = _mended(path, cage, corner_triangles, normals, report)
    parts = []
    for subset, members in _groups(_subsets(prim, time, len(counts), report), cage.parent, face_of):
        if members.any():
            name = path if subset is None else subset
            chosen = corner_triangles if members.all() else corner_triangles[members]
            built = _weld(name, cage, chosen, normals)
            if colours is None:
                built.colours[:] = UNPAINTED  # refining rounds what all corners have in common
            if len(built.triangles):
                parts.append(PrimMesh(built, subset))
    return parts


def _smoothed(
    cage: Cage, mesh: UsdGeom.Mesh, time: Usd.TimeCode, report: Report, *, has_uvs: bool
) -> tuple[Cage, list[int]]:
    """Return a cage refined as often as its size allows, by the mesh's own rules, and the faces that these leave out.

    Where it is refined less often than it should be, that is reported.
    """
    path = str(mesh.GetPath())
    creases, corners = _creases(mesh, time, len(cage.points), report)
    rules = Rules(
        scheme=str(mesh.GetSubdivisionSchemeAttr().Get()),
        boundary=str(mesh.GetInterpolateBoundaryAttr().Get(time) or "edgeAndCorner"),
        seams=str(mesh.GetFaceVaryingLinearInterpolationAttr().Get(time) or "cornersPlus1"),
        has_smooth_triangles=str(mesh.GetTriangleSubdivisionRuleAttr().Get(time) or "") == "smooth",
    )
    if rules.scheme == "loop" and (cage.counts != 3).any():
        report.ignored(path, "loop subdivision is for triangles alone; the mesh is smoothed by Catmull-Clark's rules")
        rules = replace(rules, scheme="catmullClark")
    lost = boundary_faces(cage) if rules.boundary == "none" else []
    cage, level = refined(
        replace(cage, creases=creases, corners=corners), rules, _MOST_LEVELS, _REFINE_TO, uvs=2 if has_uvs else 0
    )
    if level < _MOST_LEVELS:
        report.note(
            path, f"subdivision stops after {level} of {_MOST_LEVELS} levels: the cage has {len(cage.counts)} faces"
        )
    return cage, lost


def _skinned(
    points: F8, normals: F8 | None, indices: I8, skin: Skin, time: Usd.TimeCode, report: Report
) -> tuple[F8, F8 | None]:
    """Return points (V, 3), and normals of corners (C, 3), where blend shapes and then joints carry them."""
    if skin.shapes is not None:
        moved, turned = skin.shapes.offsets(len(points), time, report)
        points = points + moved
        normals = None if normals is None else _unit(normals + turned[indices], normals)
    if skin.hold is None:
        return points, normals
    path = str(skin.mesh.GetPath())
    matrices = skin.hold.matrices(len(points), time)
    if matrices is None:
        report.ignored(path, "the mesh's joints and weights do not fit its skeleton: it keeps its rest shape")
        return points, normals
    if str(skin.hold.influences.GetSkinningMethod()) == "dualQuaternion":
        report.ignored(path, "it is skinned by dual quaternions; it is drawn by linear blending")
    turns = matrices[:, :3, :3]
    posed = portable.product(turns, points[..., None])[..., 0] + matrices[:, :3, 3]
    if normals is None:
        return posed, None
    # cofactors turn normals as the inverse transpose does, up to a scale, and exist where a joint flattens the mesh
    a, b, c = (turns[..., k] for k in range(3))
    cofactors = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=-1)[indices]
    return posed, _unit(portable.product(cofactors, normals[..., None])[..., 0], normals)


def _unit(vectors: F8, spare: F8) -> F8:
    """Return vectors (N, 3) of length 1; those without a length are the ``spare`` ones."""
    length = portable.norm(vectors, axis=1, keepdims=True)
    return np.where(length > 1e-30, vectors / np.maximum(length, 1e-30), spare)


def _polygons(mesh: UsdGeom.Mesh, time: Usd.TimeCode) -> tuple[F8, I8, I8] | None:
    """Return points (V, 3), corners a face (F,) and each corner's point (C,); None where nothing is there to draw.

    Raises AssetError for indices out of range and points that are not finite.
    """
    path = str(mesh.GetPath())
    points = places(mesh.GetPrim(), time)
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
    return points, counts, indices


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


def _joined(columns: list[F8]) -> F8:
    """Return columns (C, k) side by side; where all are one row repeated, so are they, without taking memory."""
    if all(column.strides[0] == 0 for column in columns):
        row = np.concatenate([column[:1] for column in columns], axis=1)
        return np.broadcast_to(row, (len(columns[0]), row.shape[1])) if len(row) else row
    return np.concatenate(columns, axis=1)


def _weld(name: str, cage: Cage, triangles: I8, normals: F8) -> Mesh:
    """Return the mesh of corner triangles (T, 3): each distinct (point, normal, uv, colour) gets one vertex."""
    points, indices, data = cage.points, cage.indices, cage.data
    corners = np.ascontiguousarray(triangles).ravel()
    first, which = _distinct(cage, corners, normals)
    kept = corners[first]
    with np.errstate(over="ignore"):
        vertices = points.astype(np.float32)[indices[kept]]
    if not np.isfinite(vertices).all():
        raise AssetError(f"{name}: points lie farther away than 32 bits can tell; check the poses that reach them")
    faces = which.reshape(-1, 3)

    def carried(columns: slice | int) -> F4:
        """Return what the vertices carry in columns of the data."""
        if data.strides[0] == 0:  # one row repeated
            return np.repeat(data[:1, columns].astype(np.float32), len(kept), axis=0)
        return data[kept, columns].astype(np.float32)

    return Mesh(
        name=name,
        vertices=vertices,
        normals=normals[kept].astype(np.float32),
        uvs=carried(slice(0, 2)),
        colours=carried(slice(2, 5)),
        triangles=faces[have_area(faces, vertices)],  # without one it cannot be seen, and would have no normal
        opacities=np.clip(data[kept, 5], 0, 1).astype(np.float32) if data.shape[1] in (6, 8) else None,
        other_uvs=carried(slice(-2, None)) if data.shape[1] in (7, 8) else None,
    )


def _distinct(cage: Cage, corners: I8, normals: F8) -> tuple[I4, I4]:
    """Return the first of the ``corners`` (N,) of each distinct point, normal and data, by their order as 32-bit
    numbers, and for each corner which of them it is (N,).
    """
    numbers = cage.indices[corners]
    parts = [normals] if cage.data.strides[0] == 0 else [normals, cage.data]
    # what is the same at all corners tells none apart
    carried = [(part, np.flatnonzero(varying_columns(part))) for part in map(np.ascontiguousarray, parts)]
    rows = corner_rows(corners, carried)
    if rows is not None:
        return numbered_in_groups(rows, numbers.astype(np.int32), len(cage.points))
    told = np.concatenate([part[corners][:, columns] for part, columns in carried], axis=1)
    first, which = distinct_rows(np.column_stack([numbers, told]).astype(np.float32))
    return first.astype(np.int32), which.astype(np.int32)


def triangulate(points: F8, counts: I8, indices: I8) -> tuple[I8, I8]:
    """Return triangles as corner numbers (T, 3), and the face of each: fans where convex, ears clipped where not."""
    triangles, faces, convex = cut_fans(
        np.ascontiguousarray(points, np.float64),
        np.ascontiguousarray(indices, np.int64),
        np.ascontiguousarray(counts, np.int64),
    )
    if not convex.all():
        starts, firsts = np.cumsum(counts) - counts, np.searchsorted(faces, np.arange(len(counts)))
        for face in np.flatnonzero(~convex).tolist():
            corners = starts[face] + np.arange(counts[face])
            polygon = points[indices[corners]]
            ways = polygon - polygon[:1]
            newell = _cross(ways, np.roll(ways, -1, axis=0)).sum(0)
            clipped = corners[np.array(_clip_ears(polygon, newell), np.int64)]
            triangles[firsts[face] : firsts[face] + len(clipped)] = clipped
    return triangles, faces


def _cross(a: F8, b: F8) -> F8:
    """Return ``np.cross`` of vectors (..., 3), several times as fast for few of them."""
    first, second = [1, 2, 0], [2, 0, 1]
    return np.asarray(a[..., first] * b[..., second] - a[..., second] * b[..., first])


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
    tests = _MOST_TESTS
    while len(left) > 3:
        for at in range(len(left)):
            i, j, k = left[at - 1], left[at], left[(at + 1) % len(left)]
            is_ear = cross(i, j, k) > 0
            tests -= len(left) if is_ear else _FEW_CORNERS
            if tests < 0:
                raise AssetError(
                    f"a face of {len(polygon)} corners is too intricate to be cut into triangles; cut it in the "
                    "program that made it"
                )
            if is_ear and not _holds_any(flat, (i, j, k), left):
                triangles.append((i, j, k))
                left.pop(at)
                break
        else:
            break  # degenerate rest: fan it
    triangles += [(left[0], left[m], left[m + 1]) for m in range(1, len(left) - 1)]
    return triangles


def _holds_any(flat: F8, triangle: tuple[int, int, int], others: list[int]) -> bool:
    """Return whether any of ``others`` but its own corners lies in a triangle of points (N, 2), or on its edge."""
    if len(others) <= _FEW_CORNERS:
        points = [flat[m].tolist() for m in others if m not in triangle]
        corners = flat[list(triangle)].tolist()
        pairs = list(zip(corners, [*corners[1:], corners[0]]))
        return any(
            all((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) >= 0 for a, b in pairs) for p in points
        )
    numbers = np.array(others)
    points_of = flat[numbers]
    inside = ~np.isin(numbers, triangle)
    for i, j in zip(triangle, (*triangle[1:], triangle[0])):
        a, b = flat[i], flat[j]
        inside &= (b[0] - a[0]) * (points_of[:, 1] - a[1]) - (b[1] - a[1]) * (points_of[:, 0] - a[0]) >= 0
    return bool(inside.any())


def _computed_normals(points: F8, indices: I8, triangles: I8, face_of: I8, *, smooth: bool) -> F8:
    """Return unit normals at corners (C, 3), weighted by area: one a point where ``smooth``, else one a face."""
    return corner_normals(
        np.ascontiguousarray(points, np.float64),
        np.ascontiguousarray(indices, np.int64),
        np.ascontiguousarray(triangles, np.int64),
        None if smooth else np.ascontiguousarray(face_of, np.int64),
    )


def _mended(path: str, cage: Cage, triangles: I8, normals: F8, report: Report) -> F8:
    """Return the stored normals of corners (C, 3); turned or made anew, which is noted, where they are wrong."""
    verdict = judged(cage.points, cage.indices[triangles], normals, triangles)
    if verdict == "inward":
        report.note(f"{path}.normals", "the stored normals point into the body, and are turned")
        return -normals
    if verdict == "astray":
        report.note(f"{path}.normals", "the stored normals contradict the faces, and are made anew")
        made = normals.copy()
        made[triangles] = creased_normals(cage.points, cage.indices[triangles])
        return made
    return normals


def _normals(prim: Usd.Prim, mesh: UsdGeom.Mesh, time: Usd.TimeCode, corners: _Corners, report: Report) -> F8 | None:
    """Return the authored unit normals of corners (C, 3), None where there are none or one has no length."""
    primvar = read_primvar(prim, "normals", time, 3, report)
    if primvar is None:
        own = rows(mesh.GetNormalsAttr(), time, 3)
        if not len(own):
            return None
        if not np.isfinite(own).all():
            report.note(f"{prim.GetPath()}.normals", "the stored normals hold NaN or infinity, and are made anew")
            return None
        primvar = Primvar(f"{prim.GetPath()}.normals", own, str(mesh.GetNormalsInterpolation()))
    values = corners.values(primvar, report)
    if values is None:
        return None
    length = portable.norm(values, axis=1, keepdims=True)
    return None if (length < 1e-12).any() else values / length


def _subsets(prim: Usd.Prim, time: Usd.TimeCode, face_count: int, report: Report) -> list[tuple[str, I8]]:
    """Return the faces of the subsets that have materials: those of the family of materials, and others that are bound.

    Where several have a face it is the last one's, which is reported.
    """
    subsets: list[tuple[str, I8]] = []
    taken = np.zeros(face_count, bool)
    for child in prim.GetFilteredChildren(Usd.TraverseInstanceProxies(Usd.PrimAllPrimsPredicate)):
        if child.GetTypeName() != "GeomSubset" or not child.IsActive():
            continue
        subset, path = UsdGeom.Subset(child), str(child.GetPath())
        if str(subset.GetElementTypeAttr().Get() or "face") != "face":
            continue
        binding = UsdShade.MaterialBindingAPI(child).GetDirectBindingRel()
        if (
            str(subset.GetFamilyNameAttr().Get() or "materialBind") != "materialBind"
            and not binding.HasAuthoredTargets()
        ):
            continue
        members = whole_numbers(subset.GetIndicesAttr(), time)
        inside = members[(members >= 0) & (members < face_count)]
        if len(inside) < len(members):
            report.ignored(
                path, f"{len(members) - len(inside)} of its faces are not among the {face_count} of the mesh"
            )
        if taken[inside].any():
            report.note(
                path, f"{int(taken[inside].sum())} of its faces are in another subset, too; the last one counts"
            )
        taken[inside] = True
        subsets.append((path, inside))
    return subsets


def _creases(
    mesh: UsdGeom.Mesh, time: Usd.TimeCode, count: int, report: Report
) -> tuple[dict[tuple[int, int], float], dict[int, float]]:
    """Return the sharpness of edges, by their points (low, high), and of points; what does not fit is reported."""
    path = str(mesh.GetPath())
    lengths, indices = (whole_numbers(a, time) for a in (mesh.GetCreaseLengthsAttr(), mesh.GetCreaseIndicesAttr()))
    sharpness = rows(mesh.GetCreaseSharpnessesAttr(), time, 1)[:, 0]
    creases: dict[tuple[int, int], float] = {}
    edges = int(np.maximum(lengths - 1, 0).sum())
    if len(lengths):
        fits = lengths.min() >= 0 and lengths.sum() == len(indices) and len(sharpness) in (len(lengths), edges)
        if fits and len(indices) and indices.min() >= 0 and indices.max() < count:
            ends = np.delete(np.arange(len(indices)), np.cumsum(lengths)[lengths > 0] - 1)
            each = np.repeat(sharpness, np.maximum(lengths - 1, 0)) if len(sharpness) == len(lengths) else sharpness
            for i, j, s in zip(indices[ends].tolist(), indices[ends + 1].tolist(), each.tolist()):
                creases[min(i, j), max(i, j)] = s
        else:
            report.ignored(
                f"{path}.creaseIndices",
                f"creases are left out: {len(lengths)} lengths that sum to {lengths.sum()}, {len(indices)} indices and "
                f"{len(sharpness)} sharpnesses do not fit each other or the mesh's {count} points",
            )
    corners = whole_numbers(mesh.GetCornerIndicesAttr(), time)
    strengths = rows(mesh.GetCornerSharpnessesAttr(), time, 1)[:, 0]
    if len(corners) and (len(corners) != len(strengths) or corners.min() < 0 or corners.max() >= count):
        report.ignored(
            f"{path}.cornerIndices",
            f"corners are left out: {len(corners)} indices and {len(strengths)} sharpnesses do not fit each other or "
            f"the mesh's {count} points",
        )
        return creases, {}
    return creases, dict(zip(corners.tolist(), strengths.tolist()))


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
            "holeIndices creaseIndices creaseLengths creaseSharpnesses cornerIndices cornerSharpnesses "
            "interpolateBoundary faceVaryingLinearInterpolation triangleSubdivisionRule"
        )
        | {f"primvars:{name}" for name in (*UV_NAMES, OTHER_UVS)},
        idle={"subsetFamily:*:familyType": "subsets are taken as they are"},
        unmet=all_of("velocities accelerations", "points move as their samples say"),
    ),
    Reads("GeomSubset", read=names("elementType indices familyName")),
)
