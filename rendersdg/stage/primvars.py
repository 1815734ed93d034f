"""What USD's attributes and primvars hold, as arrays: checked, and said where it does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.arrays import F4, F8, I8
from rendersdg.errors import AssetError, Report
from rendersdg.snapshot import Mesh

UNPAINTED = 0.5  # linear grey of a surface that has neither a material nor a displayColor
OTHER_UVS = "rendersdg:st1"  # texture coordinates that a material may lay some of its images by
UV_NAMES = ("st", "UVMap", "map1", "st0", "UVW", "uv", "st_0", "Texture_uv")


class Names(NamedTuple):
    """The primvars that a material asks a mesh for: its texture coordinates ``uv``, None for the usual ones, the
    ``colour`` of its vertices, and its second set of texture coordinates ``other``.
    """

    uv: str | None = None
    colour: str = "displayColor"
    other: str = OTHER_UVS


@dataclass(frozen=True, eq=False)
class Primvar:
    """A primvar's ``values`` (N, width), its own or inherited, without indices; ``subject`` names it in reports."""

    subject: str
    values: F8
    interpolation: str

    def misfits(self, report: Report, needed: str) -> None:
        """Report that the primvar is left out, since it has other values than are ``needed``."""
        report.ignored(
            self.subject,
            f"it is left out: it holds {len(self.values)} values, and {needed} are needed ({self.interpolation})",
        )


@dataclass(frozen=True, eq=False)
class Paint:
    """The colours and opacities of a prim: as they are given, None where they are not."""

    colour: Primvar | None
    opacity: Primvar | None

    def first(self, count: int) -> tuple[F4, F4 | None]:
        """Return colours (count, 3) and opacities (count,) of something that has one of each."""
        colours = np.full((count, 3), UNPAINTED, np.float32)
        if self.colour is not None:
            colours[:] = self.colour.values[0]
        if self.opacity is None:
            return colours, None
        return colours, np.full(count, np.clip(self.opacity.values[0, 0], 0, 1), np.float32)


def read_paint(prim: Usd.Prim, time: Usd.TimeCode, report: Report, colour: str = "displayColor") -> Paint:
    """Return the primvar ``colour`` and ``displayOpacity`` of a prim."""
    return Paint(read_primvar(prim, colour, time, 3, report), read_primvar(prim, "displayOpacity", time, 1, report))


def read_primvar(prim: Usd.Prim, name: str, time: Usd.TimeCode, width: int, report: Report) -> Primvar | None:
    """Return a primvar of a prim, or of the nearest prim above that hands it down; None where there is none.

    One of another type, with NaN or with indices beyond its values is reported and left out.
    """
    primvar = UsdGeom.PrimvarsAPI(prim).FindPrimvarWithInheritance(name)
    value = primvar.Get(time) if primvar and primvar.HasValue() else None
    array = np.asarray([] if value is None else value)
    if not array.size:
        return None
    subject = f"{prim.GetPath()}.primvars:{name}"
    array = array[:, None] if array.ndim == 1 and width == 1 else array
    if array.dtype.kind not in "fiu" or array.ndim != 2 or array.shape[1] < width:
        report.ignored(subject, f"it is left out: what it holds is not {width} numbers each")
        return None
    values = array[:, :width].astype(np.float64)
    if primvar.IsIndexed():
        chosen = np.asarray(primvar.GetIndices(time) or [], np.int64)
        if not len(chosen) or chosen.min() < 0 or chosen.max() >= len(values):
            reach = f"reach from {chosen.min()} to {chosen.max()}" if len(chosen) else "are none"
            report.ignored(subject, f"it is left out: its indices {reach}, and it holds {len(values)} values")
            return None
        values = values[chosen]
    if not np.isfinite(values).all():
        report.ignored(subject, "it is left out: it holds NaN or infinity")
        return None
    return Primvar(subject, values, str(primvar.GetInterpolation()))


def read_uvs(prim: Usd.Prim, time: Usd.TimeCode, wanted: str | None, report: Report) -> Iterator[Primvar]:
    """Give the texture coordinates of a prim, the best first: the set ``wanted``, the usual names, any other."""
    kinds = {p.GetPrimvarName(): str(p.GetTypeName()) for p in UsdGeom.PrimvarsAPI(prim).GetPrimvarsWithValues()}
    twos = [n for n, kind in kinds.items() if "2f" in kind or "float2" in kind]
    for name in dict.fromkeys([*([wanted] if wanted else []), *(n for n in UV_NAMES if n in kinds), *twos]):
        primvar = read_primvar(prim, name, time, 2, report)
        if primvar is not None:
            yield primvar


def rows(attribute: Usd.Attribute, time: Usd.TimeCode, width: int) -> F8:
    """Return the values (N, width) of an attribute at ``time``, none where it has none.

    Raises AssetError where it is of another type.
    """
    value = attribute.Get(time) if attribute else None
    array = np.asarray([] if value is None else value)
    if not array.size:
        return np.zeros((0, width))
    array = array[:, None] if array.ndim == 1 and width == 1 else array
    if array.dtype.kind not in "fiu" or array.ndim != 2 or array.shape[1] != width:
        raise AssetError(
            f"{attribute.GetPrim().GetPath()}: {attribute.GetName()} is of type {attribute.GetTypeName()}, and "
            f"{width} numbers each are needed; export it again"
        )
    return array.astype(np.float64)


def places(prim: Usd.Prim, time: Usd.TimeCode) -> F8:
    """Return the points (V, 3) of a prim. Raises AssetError for those that are not finite."""
    points = rows(prim.GetAttribute("points"), time, 3)
    if not np.isfinite(points).all():
        bad = int((~np.isfinite(points)).any(axis=1).sum())
        raise AssetError(f"{prim.GetPath()}: {bad} of {len(points)} points are NaN or infinite; export it again")
    return points


def whole_numbers(attribute: Usd.Attribute, time: Usd.TimeCode) -> I8:
    """Return the values (N,) of an attribute at ``time``, none where it has none.

    Raises AssetError where it is of another type.
    """
    value = attribute.Get(time) if attribute else None
    array = np.asarray([] if value is None else value)
    if not array.size:
        return np.zeros(0, np.int64)
    if array.dtype.kind not in "iu" or array.ndim > 2:
        raise AssetError(
            f"{attribute.GetPrim().GetPath()}: {attribute.GetName()} is of type {attribute.GetTypeName()}, and whole "
            "numbers are needed; export it again"
        )
    return array.astype(np.int64).ravel()


def mesh_of(name: str, vertices: F8, normals: F8, uvs: F8, triangles: I8, paint: tuple[F4, F4 | None]) -> Mesh:
    """Return a mesh of arrays of any precision; ``paint`` are colours (V, 3) and opacities (V,), if any."""
    f4 = np.float32
    colours, opacities = paint
    return Mesh(
        name=name,
        vertices=vertices.astype(f4),
        normals=normals.astype(f4),
        uvs=uvs.astype(f4),
        colours=colours.astype(f4),
        triangles=triangles.astype(np.int32),
        opacities=None if opacities is None else opacities.astype(f4),
    )
