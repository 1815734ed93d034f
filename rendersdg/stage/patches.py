"""NURBS patches as meshes: a grid of samples over their parameters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pxr import Usd

from rendersdg import portable
from rendersdg.arrays import F4, F8
from rendersdg.errors import AssetError, Report
from rendersdg.snapshot import Mesh
from rendersdg.stage.primvars import UNPAINTED, Primvar, mesh_of, places, read_paint, read_primvar, rows
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.splines import bspline_weights

PATCH = "NurbsPatch"
_STEPS = (8, 4, 2, 1)  # samples a span, from fine to coarse
_MOST_SAMPLES = 200_000


def read_patch(prim: Usd.Prim, time: Usd.TimeCode, report: Report) -> Mesh | None:
    """Return a NURBS patch as a mesh, None where it has no points. Raises AssetError where its arrays do not fit."""
    path = str(prim.GetPath())
    points = places(prim, time)
    if not len(points):
        report.note(path, "it has no points, so nothing is drawn")
        return None
    if len(rows(prim.GetAttribute("trimCurve:points"), time, 3)):
        report.ignored(path, "trim curves are not applied: the whole patch is drawn")
    steps = next((s for s in _STEPS if len(points) * s * s <= _MOST_SAMPLES), 1)
    (across, u), (along, v) = (_shares(prim, time, name, steps) for name in "uv")
    columns, lines = across.shape[1], along.shape[1]
    if columns * lines != len(points):
        raise AssetError(f"{path}: it has {len(points)} points, and {columns} x {lines} are needed; export it again")

    def spread(values: F8) -> F8:
        grid = values.reshape(lines, columns, -1)
        lines_along = portable.product(along, grid.reshape(lines, -1)).reshape(len(along), columns, grid.shape[2])
        return portable.product(across, lines_along)

    weights = rows(prim.GetAttribute("pointWeights"), time, 1)
    weights = weights if len(weights) == len(points) and (weights > 0).all() else np.ones((len(points), 1))
    surface = spread(points * weights) / spread(weights)
    normals = _normals(surface, u, v)
    height, width, _ = surface.shape
    number = np.arange(height * width).reshape(height, width)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]
    triangles = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], axis=2).reshape(-1, 3)
    if str(prim.GetAttribute("orientation").Get(time) or "") == "leftHanded":
        triangles, normals = triangles[:, ::-1], -normals
    flat = surface.reshape(-1, 3)
    corners = flat.astype(np.float32)[triangles].astype(float)
    area = portable.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    uvs = np.stack(np.broadcast_arrays(u[None], v[:, None]), axis=-1).reshape(-1, 2)
    own = read_primvar(prim, "st", time, 2, report)
    if own is not None and len(own.values) == len(points):
        uvs = spread(own.values).reshape(-1, 2)
    paint = _painted(prim, time, report, spread, len(points))
    return mesh_of(path, flat, normals.reshape(-1, 3), uvs, triangles[area > 0], paint) if (area > 0).any() else None


def _shares(prim: Usd.Prim, time: Usd.TimeCode, name: str, steps: int) -> tuple[F8, F8]:
    """Return what each sample has of the points of one direction, and where the samples lie there, 0 to 1."""
    path = str(prim.GetPath())

    def number(what: str) -> int:
        value = prim.GetAttribute(f"{name}{what}").Get(time)
        return 0 if value is None else int(value)

    count, order = number("VertexCount"), number("Order")
    knots = rows(prim.GetAttribute(f"{name}Knots"), time, 1)[:, 0]
    if not 2 <= order <= count or len(knots) != count + order or (np.diff(knots) < 0).any():
        raise AssetError(
            f"{path}: along {name} it has {count} points of order {order} and {len(knots)} knots, and {count + order} "
            "that do not fall are needed; export it again"
        )
    if knots[order - 1] >= knots[count]:
        raise AssetError(f"{path}: its knots along {name} leave no room; export it again")
    span = prim.GetAttribute(f"{name}Range").Get(time)
    limits = (float(span[0]), float(span[1])) if span is not None and span[0] < span[1] else None
    shares, parameters = bspline_weights(count, order, knots, limits, steps)
    return shares, (parameters - parameters[0]) / max(parameters[-1] - parameters[0], 1e-12)


def _normals(surface: F8, u: F8, v: F8) -> F8:
    """Return the unit normals of a grid of places (H, W, 3), right-handed in the order of ``u`` (W,) and ``v`` (H,)."""
    across, along = (
        np.gradient(surface, at, axis=axis, edge_order=2 if len(at) > 2 else 1) for at, axis in ((u, 1), (v, 0))
    )
    normal = np.cross(across, along)
    length = portable.norm(normal, axis=-1, keepdims=True)
    spare = normal.reshape(-1, 3).sum(0)
    size = portable.norm(spare)
    whole = spare / size if size > 1e-30 else np.array([0.0, 0.0, 1.0])
    return np.where(length > 1e-30, normal / np.maximum(length, 1e-30), whole)


def _painted(
    prim: Usd.Prim, time: Usd.TimeCode, report: Report, spread: Callable[[F8], F8], count: int
) -> tuple[F4, F4 | None]:
    paint = read_paint(prim, time, report)

    def values(primvar: Primvar | None, default: float, width: int) -> F8:
        if primvar is not None and len(primvar.values) in (1, count):
            whole = np.broadcast_to(primvar.values, (count, width))
            return spread(whole).reshape(-1, width)
        if primvar is not None:
            primvar.misfits(report, f"1 or {count}")
        return np.full((spread(np.ones((count, 1))).size, width), default)

    colours = values(paint.colour, UNPAINTED, 3).astype(np.float32)
    opacities = None if paint.opacity is None else values(paint.opacity, 1.0, 1)[:, 0]
    return colours, None if opacities is None else np.clip(opacities, 0, 1).astype(np.float32)


READS = (
    Reads(
        "NurbsPatch",
        read=names(
            "points uVertexCount vVertexCount uOrder vOrder uKnots vKnots uRange vRange pointWeights orientation "
            "primvars:st"
        ),
        idle={
            **all_of("uForm vForm", "the knots say where a patch closes"),
            "normals": "normals are those of the patch",
            **{
                f"trimCurve:{n}": "the whole patch is drawn"
                for n in ("counts", "orders", "vertexCounts", "knots", "ranges")
            },
        },
        told={"trimCurve:points": "the whole patch is drawn"},
        unmet=all_of("velocities accelerations", "points move as their samples say"),
    ),
)
