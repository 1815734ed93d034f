"""``isaacsim.core.experimental.objects``: cubes, balls and their like, one prim or several at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from pxr import Gf, Usd, UsdGeom

from rendersdg.colour import named_colour
from rendersdg.omni.doors import PrimLike, VectorLike
from rendersdg.omni.isaac.experimental.fields import Field, accessors, chosen, rows
from rendersdg.omni.isaac.experimental.handles import Paths, prims_at
from rendersdg.omni.isaac.experimental.ops import Array, Indices, array
from rendersdg.omni.isaac.experimental.prims import XformPrim
from rendersdg.omni.isaac.utils.stage import get_current_stage

__all__ = ["Capsule", "Cone", "Cube", "Cylinder", "Plane", "Shape", "Sphere"]

Colours = VectorLike | str | Sequence[str]  # linear RGB 0..1, or names as CSS has them, or #rrggbb


def colours(values: Colours, count: int) -> list[Gf.Vec3f]:
    """Return a colour for each of ``count`` prims, given as numbers or names, as many or one for all."""
    if isinstance(values, str):
        values = named_colour(values)
    elif isinstance(values, (list, tuple)):
        values = [named_colour(v) if isinstance(v, str) else v for v in values]
    return [Gf.Vec3f(*c.tolist()) for c in rows(values, count, 3)]


class Defined(XformPrim):
    """Prims of a schema, made where there are none. ``values`` are those of the fields that a kind has, by name."""

    _schema: ClassVar[Any]

    def __init__(
        self,
        paths: Paths,
        *,
        positions: VectorLike | None = None,
        translations: VectorLike | None = None,
        orientations: VectorLike | None = None,
        scales: VectorLike | None = None,
        reset_xform_op_properties: bool = True,
        **values: Any,
    ) -> None:
        self._define(self.resolve_paths(paths)[1], values)
        super().__init__(
            paths,
            positions=positions,
            translations=translations,
            orientations=orientations,
            scales=scales,
            reset_xform_op_properties=reset_xform_op_properties,
        )
        for name, given in values.items():
            if given is not None:
                getattr(self, f"set_{name}")(given)

    def _define(self, paths: Sequence[str], values: dict[str, Any]) -> None:
        """Make the prims that are not there yet. What only a new prim takes is taken out of ``values``."""
        for path in paths:
            self._schema.Define(get_current_stage(), path)

    @classmethod
    def are_of_type(cls, paths: PrimLike | Sequence[PrimLike]) -> Array:
        """Return whether each of some prims is of this kind."""
        return array([bool(p) and p.IsA(cls._schema) for p in prims_at(paths)], np.bool_)

    @classmethod
    def fetch_instances(cls, paths: PrimLike | Sequence[PrimLike]) -> list[Any]:
        """Return each of some prims as an object of its kind, None for one of another."""
        return [_fetched(cls, p) for p in prims_at(paths)]


def _fetched(kind: type[Any], prim: Usd.Prim) -> Any:
    """Return a prim as an object of a kind or of one below it, None where it is of none."""
    if hasattr(kind, "_schema"):
        return kind(str(prim.GetPath())) if prim and prim.IsA(kind._schema) else None
    return next((made for one in kind.__subclasses__() if (made := _fetched(one, prim)) is not None), None)


class Coloured(Defined):
    """Prims with surfaces, which have a colour where no material is bound."""

    def __init__(self, paths: Paths, *, colors: Colours | None = None, **more: Any) -> None:
        super().__init__(paths, **more)
        self.update_extents(self.geoms)
        if colors is not None:
            self.set_display_colors(colors)

    @property
    def geoms(self) -> list[Any]:
        """The prims as USD's shapes."""
        return [self._schema(p) for p in self.prims]

    @staticmethod
    def update_extents(geoms: Sequence[UsdGeom.Gprim]) -> None:
        """Write the extents of shapes anew."""
        for geom in geoms:
            extent = UsdGeom.Boundable.ComputeExtentFromPlugins(UsdGeom.Boundable(geom), Usd.TimeCode.Default())
            if extent:
                UsdGeom.Boundable(geom).CreateExtentAttr().Set(extent)

    def set_display_colors(self, colors: Colours, *, indices: Indices = None) -> None:
        """Set the colours: linear RGB 0..1, or names."""
        prims = chosen(self, indices)
        for prim, colour in zip(prims, colours(colors, len(prims))):
            UsdGeom.Gprim(prim).CreateDisplayColorAttr().Set([colour])


class Shape(Coloured):
    """One shape or several."""


class Cube(Shape):
    """One cube or several; ``sizes`` are the lengths of their edges in stage units, 2 unless given."""

    _schema = UsdGeom.Cube
    set_sizes, get_sizes = accessors("the lengths of their edges in stage units", Field("sizes", "size"))


class Sphere(Shape):
    """One ball or several; ``radii`` are in stage units, 1 unless given."""

    _schema = UsdGeom.Sphere
    set_radii, get_radii = accessors("the radii in stage units", Field("radii", "radius"))


class Long(Shape):
    """Shapes with a radius, a height and an axis."""

    set_radii, get_radii = accessors("the radii in stage units", Field("radii", "radius"))
    set_heights, get_heights = accessors("the heights in stage units", Field("heights", "height"))
    set_axes, get_axes = accessors("the axes that they stand along: X, Y or Z", Field("axes", "axis", str))


class Cylinder(Long):
    """One cylinder or several: ``radii`` 1, ``heights`` 2 stage units along ``axes`` Z unless given."""

    _schema = UsdGeom.Cylinder


class Cone(Long):
    """One cone or several: ``radii`` 1, ``heights`` 2 stage units along ``axes`` Z unless given."""

    _schema = UsdGeom.Cone


class Capsule(Long):
    """One capsule or several: ``radii`` 0.5, ``heights`` without caps 1 stage unit along ``axes`` Z unless given."""

    _schema = UsdGeom.Capsule


class Plane(Shape):
    """One rectangle or several: ``widths`` and ``lengths`` 2 stage units, facing along ``axes`` Z unless given."""

    _schema = UsdGeom.Plane
    set_widths, get_widths = accessors("the widths in stage units", Field("widths", "width"))
    set_lengths, get_lengths = accessors("the lengths in stage units", Field("lengths", "length"))
    set_axes, get_axes = accessors("the axes that they face along: X, Y or Z", Field("axes", "axis", str))
