"""Reading geometry prims into triangle meshes: polygons of any size, primvars, subsets, subdivision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from pxr import Usd, UsdGeom, UsdShade

from rendersdg import portable
from rendersdg.arrays import F4, F8, I8, Mask
from rendersdg.errors import AssetError, Report
from rendersdg.geometry import distinct_rows_of
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
from rendersdg.stage.subdivision import Cage, Rules, boundary_faces, refined

_REFINE_TO = 40_000  # faces: a cage is refined while the result stays below this
_MOST_LEVELS = 2
_FEW = 3000  # corners
_CHUNK = 8192  # faces
_MOST_RANKS = 16  # triangles of a face that are added one after the other
_FEW_CORNERS = 32  # of a face: plain numbers are faster than arrays below
_MOST_TESTS = 100_000_000  # of points against the ears of one face: seconds


@dataclass(frozen=True, eq=False)
class PrimMesh:
    """A mesh of one material: the whole prim, or one of its GeomSubsets (``subset`` is its path)."""

    mesh: Mesh
    subset: str | None


@dataclass(frozen=True, eq=False)
class _Corners:
    """The corners of a mesh's faces: the face (C,) and the point (C,) of each, and how many points there are."""

    faces: I8
    points: I8
    point_count: int

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
            return np.repeat(values[:1], len(self.points), axis=0)
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
    corners = _Corners(np.repeat(np.arange(len(counts)), counts), indices, len(points))
    normals = _normals(prim, mesh, time, corners, report)
    if skin is not None:
        points, normals = _skinned(points, normals, indices, skin, time, report)
    paint = read_paint(prim, time, report, asked.colour)
    colours, opacities = corners.values(paint.colour, report), corners.values(paint.opacity, report)
    uvs = next(
        (u for p in read_uvs(prim, time, asked.uv, report) if (u := corners.values(p, report)) is not None), None
    )
    painted = np.full((len(indices), 3), UNPAINTED) if colours is None else colours
    flat = np.zeros((len(indices), 2)) if uvs is None else uvs
    other_uvs = corners.values(read_primvar(prim, asked.other, time, 2, report), report)
    cage = Cage(
        points=points,
        counts=counts,
        indices=indices,
        data=np.concatenate([flat, painted, *(d for d in (opacities, other_uvs) if d is not None)], axis=1),
        creases={},
        corners={},
        parent=np.arange(len(counts)),
    )
    # a mesh that brings its normals is a surface already, whatever its scheme says
    scheme = str(mesh.GetSubdivisionSchemeAttr().Get() or "none")
    is_smooth = scheme in ("catmullClark", "loop")
    holes = set(whole_numbers(mesh.GetHoleIndicesAttr(), time).tolist())
    if is_smooth and normals is None:
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
    parts = []
    for subset, members in _groups(_subsets(prim, time, len(counts), report), cage.parent, face_of):
        if members.any():
            name = path if subset is None else subset
            built = _weld(name, cage, corner_triangles[members], normals)
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


def _weld(name: str, cage: Cage, triangles: I8, normals: F8) -> Mesh:
    """Return the mesh of corner triangles (T, 3): each distinct (point, normal, uv, colour) gets one vertex."""
    points, indices, data = cage.points, cage.indices, cage.data
    corners = triangles.ravel()
    numbers = indices[corners]
    columns = [column for column in (*normals.T, *data.T) if len(column) and not (column == column[0]).all()]
    # what is the same at all corners tells none apart; one column of it holds the place of all
    told = np.stack(columns or [np.zeros(len(normals))], axis=1, dtype=np.float32, casting="unsafe")
    carried = told if len(corners) == len(told) and (corners == np.arange(len(told))).all() else told[corners]
    first, inverse = _by_points(numbers, carried, len(points)) or distinct_rows_of(numbers, len(points), carried)
    kept = corners[first]
    with np.errstate(over="ignore"):
        vertices = points[indices[kept]].astype(np.float32)
    if not np.isfinite(vertices).all():
        raise AssetError(f"{name}: points lie farther away than 32 bits can tell; check the poses that reach them")
    faces = inverse.reshape(-1, 3).astype(np.int32)
    # what has no area as float32 cannot be seen, and would have no normal
    area = portable.norm(_normals_of(vertices.astype(float), np.arange(len(vertices)), faces.astype(np.int64)), axis=1)
    kept_data = data[kept]
    return Mesh(
        name=name,
        vertices=vertices,
        normals=normals[kept].astype(np.float32),
        uvs=kept_data[:, :2].astype(np.float32),
        colours=kept_data[:, 2:5].astype(np.float32),
        triangles=faces[area > 0],
        opacities=np.clip(kept_data[:, 5], 0, 1).astype(np.float32) if data.shape[1] in (6, 8) else None,
        other_uvs=kept_data[:, -2:].astype(np.float32) if data.shape[1] in (7, 8) else None,
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
    is_one_size = len(counts) and bool((counts == counts[0]).all())  # most meshes: what follows is then in order
    for size in counts[:1].tolist() if is_one_size else np.unique(counts).tolist():
        if size < 3:
            continue
        which = np.arange(len(counts)) if is_one_size else np.flatnonzero(counts == size)
        corners = starts[which][:, None] + np.arange(size)
        if size == 3:
            triangles.append(corners)
            owners.append(which)
            continue
        convex, others = _convex(points, indices, corners)
        fan = corners[:, [[0, k, k + 1] for k in range(1, size - 1)]]
        if is_one_size and convex.all():
            return fan.reshape(-1, 3), np.repeat(which, size - 2)
        triangles.append(fan[convex].reshape(-1, 3))
        owners.append(np.repeat(which[convex], size - 2))
        for row, (polygon, newell) in others.items():
            clipped = _clip_ears(polygon, newell)
            triangles.append(corners[row][np.array(clipped, np.int64)])
            owners.append(np.full(len(clipped), which[row]))
    if not triangles:
        return np.zeros((0, 3), np.int64), np.zeros(0, np.int64)
    t, o = np.concatenate(triangles), np.concatenate(owners)
    order = np.argsort(o, kind="stable")
    return t[order], o[order]


def _convex(points: F8, indices: I8, corners: I8) -> tuple[Mask, dict[int, tuple[F8, F8]]]:
    """Return which polygons (F, N) of corner numbers are convex, and of those that are not the points (N, 3) and
    Newell's normal (3,), by their number.
    """
    convex = np.empty(len(corners), bool)
    others: dict[int, tuple[F8, F8]] = {}
    after = (np.arange(corners.shape[1]) + 1) % corners.shape[1]
    for part in _parts(len(corners)):
        # a polygon is convex where no corner turns against Newell's normal
        p = points[indices[corners[part]]]
        q = p[:, after]
        newell = _cross(p - p[:, :1], q - p[:, :1]).sum(1)
        turn = _cross(q - p, q[:, after] - q)
        convex[part] = ((turn * newell[:, None]).sum(2) >= -1e-12 * (newell**2).sum(1)[:, None]).all(1)
        for row in np.flatnonzero(~convex[part]).tolist():
            others[part.start + row] = p[row], newell[row]
    return convex, others


def _parts(count: int) -> Iterator[slice]:
    """Give slices of 0..count that are short enough for what is made of them to stay in the processor's cache."""
    for start in range(0, count, _CHUNK):
        yield slice(start, min(start + _CHUNK, count))


def _normals_of(points: F8, indices: I8, triangles: I8) -> F8:
    """Return the normals (T, 3) of triangles of corner numbers, as long as twice their areas."""
    out = np.empty((len(triangles), 3))
    for part in _parts(len(triangles)):
        p = points[indices[triangles[part]]]
        out[part] = _cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    return out


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
    normal = _normals_of(points, indices, triangles)
    total = _sums_at_points(normal, indices[triangles]) if smooth else _sums_of_faces(normal, face_of)
    for part in _parts(len(total)):
        length = portable.norm(total[part], axis=1, keepdims=True)
        total[part] = np.where(length > 1e-30, total[part] / np.maximum(length, 1e-30), [0.0, 0.0, 1.0])
    out = np.zeros((len(indices), 3))
    for part in _parts(len(triangles)):
        for corner in range(3):
            of = indices[triangles[part, corner]] if smooth else face_of[part]
            out[triangles[part, corner]] = total[of]
    return out


def _sums_at_points(normal: F8, keys: I8) -> F8:
    """Return the sum of the normals (T, 3) of the triangles at each of their ``keys`` (T, 3), those of first corners
    first.
    """
    count = int(keys.max()) + 1 if len(keys) else 1
    bins = keys.T.ravel()
    return np.stack([np.bincount(bins, np.tile(normal[:, axis], 3), count) for axis in range(3)], axis=1)


def _sums_of_faces(normal: F8, face_of: I8) -> F8:
    """Return three times the sum of the normals (T, 3) of each face's triangles, as :func:`_sums_at_points` adds
    them.
    """
    is_first = np.ones(len(face_of), bool)
    is_first[1:] = face_of[1:] != face_of[:-1]
    if not len(face_of) or (np.diff(face_of) < 0).any():
        return _sums_at_points(normal, np.repeat(face_of[:, None], 3, axis=1))
    starts = np.flatnonzero(is_first)
    rank = np.arange(len(face_of)) - np.repeat(starts, np.diff(np.append(starts, len(face_of))))
    if rank.max() > _MOST_RANKS:
        return _sums_at_points(normal, np.repeat(face_of[:, None], 3, axis=1))
    total = np.zeros((int(face_of[-1]) + 1, 3))
    members = [np.flatnonzero(rank == k) for k in range(int(rank.max()) + 1)]
    for _ in range(3):
        for which in members:  # one triangle a face
            total[face_of[which]] += normal[which]
    return total


def _normals(prim: Usd.Prim, mesh: UsdGeom.Mesh, time: Usd.TimeCode, corners: _Corners, report: Report) -> F8 | None:
    """Return the authored unit normals of corners (C, 3), None where there are none or one has no length."""
    primvar = read_primvar(prim, "normals", time, 3, report)
    if primvar is None:
        own = rows(mesh.GetNormalsAttr(), time, 3)
        if not len(own) or not np.isfinite(own).all():
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
