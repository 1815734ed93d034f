"""Curves and points of USD as meshes: tubes or, with normals, ribbons as thick as their widths, and balls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from pxr import Usd

from rendersdg import portable
from rendersdg.arrays import F4, F8, I8
from rendersdg.errors import AssetError, Report
from rendersdg.shapes import Shape, joined
from rendersdg.snapshot import Mesh
from rendersdg.stage.primvars import UNPAINTED, Primvar, mesh_of, places, read_paint, read_primvar, rows, whole_numbers
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.splines import BASES, bspline_weights, curve_weights, segment_count
from rendersdg.stage.strands import MOST_TRIANGLES, TUBES, Lines, balls, tubes

CURVES = ("BasisCurves", "HermiteCurves", "NurbsCurves")
POINTS = "Points"
_THIN = 0.01  # of the extent of curves or points: as thick as those without widths may be


@dataclass(frozen=True, eq=False)
class _Group:
    """Curves that are made alike: their ``numbers`` (K,), the ``points`` of each (K, V), and where values that vary by
    segment begin (K,).

    ``vertex`` (S, V) and ``varying`` (S, N) are what each sample has of them.
    """

    numbers: I8
    points: I8
    begins: I8
    vertex: F8
    varying: F8
    is_closed: bool


@dataclass(frozen=True, eq=False)
class _Curves:
    """The control points of a prim's curves: ``places`` (V, 3), how many each has, and how they are joined."""

    prim: Usd.Prim
    places: F8
    counts: I8
    basis: str
    wrap: str
    rational: F8 | None = None  # weights (V,) of the points

    @property
    def segments(self) -> I8:
        return np.array([segment_count(int(n), self.basis, self.wrap) for n in self.counts], np.int64)


def read_curves(prim: Usd.Prim, time: Usd.TimeCode, report: Report) -> Mesh | None:
    """Return the curves of a prim as one mesh, None where there is nothing to draw.

    Raises AssetError for arrays that do not fit each other.
    """
    curves = _control_points(prim, time, report)
    if curves is None:
        report.note(str(prim.GetPath()), "it has no curves, so nothing is drawn")
        return None
    widths, normals = _widths(prim, curves.places, time, report), _normals(prim, time, report)
    paint = read_paint(prim, time, report)
    sides, steps, every = _detail(prim, curves, normals is not None, report)
    values = _Values(curves, report)
    shapes: list[Shape] = []
    colours: list[F8] = []
    for group in _groups(curves, steps, time):
        group = replace(
            group, numbers=group.numbers[::every], points=group.points[::every], begins=group.begins[::every]
        )
        here = values.of(group)
        lines = Lines(
            places=here.placed(curves.places, curves.rational),
            radii=here.spread(widths, _thin(curves.places))[..., 0] / 2 * np.sqrt(every),
            colours=np.concatenate([here.spread(paint.colour, UNPAINTED, 3), here.spread(paint.opacity, 1.0)], axis=-1),
            normals=None if normals is None else here.spread(normals, 0.0, 3),
            is_closed=group.is_closed,
        )
        shape, painted = tubes(lines, sides)
        shapes.append(shape)
        colours.append(painted)
    if not shapes:
        report.ignored(str(prim.GetPath()), "it is not drawn: none of its curves has the points of one segment")
        return None
    whole, painted = joined(shapes), np.concatenate(colours)
    opacities = np.clip(painted[:, 3], 0, 1) if paint.opacity is not None else None
    return _mesh(str(prim.GetPath()), whole, (painted[:, :3].astype(np.float32), opacities))


def read_points(prim: Usd.Prim, time: Usd.TimeCode, report: Report) -> Mesh | None:
    """Return the points of a prim as balls of its widths, None where there are none. Raises AssetError as
    :func:`read_curves` does.
    """
    path, centres = str(prim.GetPath()), places(prim, time)
    if not len(centres):
        report.note(path, "it has no points, so nothing is drawn")
        return None
    every = -(-len(centres) * 8 // MOST_TRIANGLES)
    if every > 1:
        report.ignored(path, f"of its {len(centres)} points one in {every} is drawn, larger")
    chosen = np.arange(0, len(centres), every)
    widths, paint = _widths(prim, centres, time, report), read_paint(prim, time, report)
    radii = _by_point(widths, len(centres), _thin(centres), report)[:, 0] / 2 * np.sqrt(every)
    shape, owner = balls(centres[chosen], radii[chosen])
    owner = chosen[owner]
    colours = _by_point(paint.colour, len(centres), UNPAINTED, report, 3)[owner]
    opacities = None if paint.opacity is None else _by_point(paint.opacity, len(centres), 1.0, report)[owner, 0]
    return _mesh(path, shape, (colours.astype(np.float32), opacities))


def _mesh(path: str, shape: Shape, paint: tuple[F4, F8 | None]) -> Mesh | None:
    # what has no thickness cannot be seen
    a, b, c = (shape.vertices.astype(np.float32)[shape.triangles[:, k]].astype(float) for k in range(3))
    seen = portable.norm(np.cross(b - a, c - a), axis=1) > 0
    if not seen.any():
        return None
    colours, opacities = paint
    made = None if opacities is None else opacities.astype(np.float32)
    return mesh_of(path, shape.vertices, shape.normals, shape.uvs, shape.triangles[seen], (colours, made))


def _by_point(primvar: Primvar | None, count: int, default: float, report: Report, width: int = 1) -> F8:
    """Return the values (count, width) of a primvar of points."""
    if primvar is not None and len(primvar.values) in (1, count):
        return np.broadcast_to(primvar.values, (count, width))
    if primvar is not None:
        primvar.misfits(report, f"1 or {count}")
    return np.full((count, width), default)


def _control_points(prim: Usd.Prim, time: Usd.TimeCode, report: Report) -> _Curves | None:
    kind, path = str(prim.GetTypeName()), str(prim.GetPath())
    points, counts = places(prim, time), whole_numbers(prim.GetAttribute("curveVertexCounts"), time)
    if not len(points) or not len(counts):
        return None
    if counts.min() < 0 or counts.sum() != len(points):
        raise AssetError(
            f"{path}: curveVertexCounts sum to {counts.sum()} for {len(points)} points, so it is not known which make "
            "a curve; export it again"
        )
    if kind == "NurbsCurves":
        weights = rows(prim.GetAttribute("pointWeights"), time, 1)[:, 0]
        rational = weights if len(weights) == len(points) and (weights > 0).all() else None
        return _Curves(prim, points, counts, "nurbs", "nonperiodic", rational)
    if kind == "HermiteCurves":
        tangents = rows(prim.GetAttribute("tangents"), time, 3)
        if len(tangents) != len(points):
            raise AssetError(f"{path}: it has {len(tangents)} tangents for {len(points)} points; export it again")
        return _as_bezier(prim, points, tangents, counts)
    basis = str(prim.GetAttribute("basis").Get(time) or "bezier")
    basis = "linear" if str(prim.GetAttribute("type").Get(time) or "cubic") == "linear" else basis
    wrap = str(prim.GetAttribute("wrap").Get(time) or "nonperiodic")
    if basis not in BASES or wrap not in ("nonperiodic", "periodic", "pinned"):
        raise AssetError(f"{path}: curves of the basis {basis!r} and wrap {wrap!r} are not known")
    curves = _Curves(prim, points, counts, basis, wrap)
    if (lost := int((curves.segments == 0).sum())) and lost < len(counts):
        report.ignored(path, f"{lost} of its {len(counts)} curves have too few points for {basis} segments: left out")
    return curves


def _as_bezier(prim: Usd.Prim, points: F8, tangents: F8, counts: I8) -> _Curves:
    """Return Hermite curves as Bezier ones: inner points lie a third of a tangent away."""
    triples = np.stack([points - tangents / 3, points, points + tangents / 3], axis=1).reshape(-1, 3)
    inner = np.ones(len(triples), bool)
    starts = np.cumsum(counts) - counts
    whole = counts > 1
    inner[starts * 3] = False
    inner[(starts + counts) * 3 - 1] = False
    return _Curves(prim, triples[inner], np.where(whole, counts * 3 - 2, 1), "bezier", "nonperiodic")


def _widths(prim: Usd.Prim, points: F8, time: Usd.TimeCode, report: Report) -> Primvar:
    """Return the widths of curves or points; where they have none 1 unit, as Hydra has, or less where that is thick."""
    primvar = read_primvar(prim, "widths", time, 1, report)
    own = rows(prim.GetAttribute("widths"), time, 1)
    if primvar is None and len(own):
        said = prim.GetAttribute("widths").GetMetadata("interpolation")
        primvar = Primvar(f"{prim.GetPath()}.widths", np.nan_to_num(own), str(said or "vertex"))
    if primvar is not None:
        return replace(primvar, values=np.maximum(primvar.values, 0.0))
    thin = _thin(points)
    report.note(str(prim.GetPath()), f"it has no widths; it is drawn {thin:.3g} units thick")
    return Primvar(f"{prim.GetPath()}.widths", np.full((1, 1), thin), "constant")


def _thin(points: F8) -> float:
    return min(1.0, max(float(np.ptp(points, axis=0).max()) * _THIN, 1e-6))


def _normals(prim: Usd.Prim, time: Usd.TimeCode, report: Report) -> Primvar | None:
    primvar = read_primvar(prim, "normals", time, 3, report)
    own = rows(prim.GetAttribute("normals"), time, 3)
    if primvar is None and len(own) and np.isfinite(own).all():
        said = prim.GetAttribute("normals").GetMetadata("interpolation")
        primvar = Primvar(f"{prim.GetPath()}.normals", own, str(said or "vertex"))
    return primvar


def _detail(prim: Usd.Prim, curves: _Curves, flat: bool, report: Report) -> tuple[int, int, int]:
    """Return how many sides tubes have, samples segments, and that one in how many curves is drawn."""
    segments = int(curves.counts.sum() if curves.basis == "nurbs" else curves.segments.sum())
    for sides, steps in TUBES:
        steps = 1 if curves.basis == "linear" else steps
        if segments * steps * 2 * (1 if flat else sides) <= MOST_TRIANGLES:
            return sides, steps, 1
    sides, steps = TUBES[-1]
    every = -(-segments * steps * 2 * (1 if flat else sides) // MOST_TRIANGLES)
    report.ignored(str(prim.GetPath()), f"of its {len(curves.counts)} curves one in {every} is drawn, thicker")
    return sides, steps, every


def _groups(curves: _Curves, steps: int, time: Usd.TimeCode) -> Iterator[_Group]:
    """Give the curves that have points for a segment, those of one number of points at a time."""
    starts = np.cumsum(curves.counts) - curves.counts
    if curves.basis == "nurbs":
        yield from _nurbs(curves, steps, time, starts)
        return
    varying = curves.segments + (curves.wrap != "periodic")
    begins = np.cumsum(varying) - varying
    for count in np.unique(curves.counts).tolist():
        if segment_count(count, curves.basis, curves.wrap):
            numbers = np.flatnonzero(curves.counts == count)
            vertex, by_segment = curve_weights(count, curves.basis, curves.wrap, steps)
            yield _Group(
                numbers,
                starts[numbers][:, None] + np.arange(count),
                begins[numbers],
                vertex,
                by_segment,
                curves.wrap == "periodic",
            )


def _nurbs(curves: _Curves, steps: int, time: Usd.TimeCode, starts: I8) -> Iterator[_Group]:
    prim, path = curves.prim, str(curves.prim.GetPath())
    orders = whole_numbers(prim.GetAttribute("order"), time)
    knots = rows(prim.GetAttribute("knots"), time, 1)[:, 0]
    ranges = rows(prim.GetAttribute("ranges"), time, 2)
    orders = np.repeat(orders, len(curves.counts)) if len(orders) == 1 else orders
    if len(orders) != len(curves.counts) or len(knots) != int((curves.counts + orders).sum()):
        raise AssetError(
            f"{path}: its {len(curves.counts)} curves have {len(orders)} orders and {len(knots)} knots; a curve needs "
            "as many knots as points and its order together"
        )
    at = 0
    for number, (count, order) in enumerate(zip(curves.counts.tolist(), orders.tolist())):
        own = knots[at : at + count + order]
        at += count + order
        if not 2 <= order <= count or (np.diff(own) < 0).any() or own[order - 1] >= own[count]:
            raise AssetError(f"{path}: curve {number} has {count} points of order {order}, or knots that fall")
        span = (float(ranges[number, 0]), float(ranges[number, 1])) if len(ranges) == len(orders) else None
        vertex, parameters = bspline_weights(count, order, own, span, steps)
        share = (parameters - parameters[0]) / max(parameters[-1] - parameters[0], 1e-12)
        yield _Group(
            np.array([number]),
            starts[number] + np.arange(count)[None],
            np.array([2 * number]),
            vertex,
            np.column_stack([1 - share, share]),
            is_closed=False,
        )


@dataclass(frozen=True, eq=False)
class _Values:
    """Spreads the values of a prim's curves over the samples of a group."""

    curves: _Curves
    report: Report
    group: _Group | None = None

    def of(self, group: _Group) -> _Values:
        return replace(self, group=group)

    def placed(self, points: F8, rational: F8 | None) -> F8:
        """Return where the samples lie, (K, S, 3)."""
        assert self.group is not None
        group = self.group
        if rational is None:
            return portable.product(group.vertex, points[group.points])
        weights = rational[group.points]
        top = portable.product(group.vertex, points[group.points] * weights[..., None])
        return np.asarray(top / portable.product(weights, group.vertex.T)[..., None])

    def spread(self, primvar: Primvar | None, default: float, width: int = 1) -> F8:
        """Return the values of a primvar at the samples, (K, S, width)."""
        assert self.group is not None
        group, curves = self.group, self.curves
        shape = (len(group.numbers), len(group.vertex), width)
        if primvar is None:
            return np.full(shape, default)
        values, count = primvar.values, len(primvar.values)
        if count == 1:
            return np.broadcast_to(values[0], shape)
        by_segment = int((curves.segments + (curves.wrap != "periodic")).sum())
        by_segment = 2 * len(curves.counts) if curves.basis == "nurbs" else by_segment
        if primvar.interpolation == "uniform" and count == len(curves.counts):
            return np.broadcast_to(values[group.numbers][:, None], shape)
        if primvar.interpolation == "vertex" and count == len(curves.places):
            return portable.product(group.vertex, values[group.points])
        if primvar.interpolation in ("varying", "vertex", "faceVarying") and count == by_segment:
            at = group.begins[:, None] + np.arange(group.varying.shape[1])
            return portable.product(group.varying, values[at])
        if count == len(curves.places):
            return portable.product(group.vertex, values[group.points])
        if count == len(curves.counts):
            return np.broadcast_to(values[group.numbers][:, None], shape)
        primvar.misfits(self.report, f"1, {len(curves.counts)}, {by_segment} or {len(curves.places)}")
        return np.full(shape, default)


_MOVES = all_of("velocities accelerations", "points move as their samples say")
_OF_CURVES = names("points curveVertexCounts widths normals primvars:widths primvars:normals")
READS = (
    Reads("Curves", read=_OF_CURVES, idle={"orientation": "a tube has no back"}, unmet=_MOVES),
    Reads("BasisCurves", read=names("type basis wrap")),
    Reads("HermiteCurves", read=names("tangents")),
    Reads("NurbsCurves", read=names("order knots ranges pointWeights")),
    Reads(
        "Points",
        read=names("points widths primvars:widths"),
        idle={"ids": "points are not told apart", "normals": "a ball has its own", "orientation": "a ball has no back"},
        unmet=_MOVES,
    ),
)
