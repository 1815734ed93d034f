"""``isaacsim.core.experimental.objects``: shapes and lights, one or several prims at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from pxr import Sdf, Usd, UsdGeom, UsdLux

from rendersdg.omni.doors import PathLike, VectorLike, numbers
from rendersdg.omni.isaac.materials import PreviewSurface
from rendersdg.omni.isaac.prims import Prims
from rendersdg.omni.isaac.utils.stage import get_current_stage, get_next_free_path
from rendersdg.stage.author import set_attribute

__all__ = [
    "Capsule",
    "Cone",
    "Cube",
    "Cylinder",
    "CylinderLight",
    "DiskLight",
    "DistantLight",
    "DomeLight",
    "RectLight",
    "Sphere",
    "SphereLight",
]


class Defined(Prims):
    """Prims of a schema, made where there are none: one path or several.

    ``more`` are measures by the names in ``_measures``, a value each or one for all, and what ``Prims`` takes.
    """

    _schema: ClassVar[type[Usd.Typed]]
    _measures: ClassVar[Mapping[str, str]] = MappingProxyType({})  # the attribute that each sets

    def __init__(self, paths: PathLike | Sequence[PathLike], *, colors: VectorLike | None = None, **more: Any) -> None:
        listed = [paths] if isinstance(paths, (str, Sdf.Path)) else list(paths)
        for path in listed:
            if not get_current_stage().GetPrimAtPath(str(path)):
                self._schema.Define(get_current_stage(), str(path))
        sizes = {self._measures[k]: more.pop(k) for k in list(more) if k in self._measures}
        super().__init__(paths=listed, **more)
        for attribute, values in sizes.items():
            if values is not None:
                self._set(attribute, values)
        if colors is not None:
            self._colour(colors)

    def _set(self, attribute: str, values: VectorLike) -> None:
        for prim, value in zip(self.prims, np.broadcast_to(numbers(values).reshape(-1, 1), (self.count, 1))):
            set_attribute(prim, attribute, float(value[0]))

    def _colour(self, colors: VectorLike) -> None:
        path = get_next_free_path("/World/Looks/visual_material", prepend_default_prim=False)
        every = np.broadcast_to(numbers(colors).reshape(-1, 3), (self.count, 3))
        self.apply_visual_materials([PreviewSurface(f"{path}_{k}", color=c) for k, c in enumerate(every)])


class Cube(Defined):
    """One or several cubes."""

    _schema = UsdGeom.Cube
    _measures: ClassVar = {"sizes": "size"}

    def set_sizes(self, values: VectorLike, **options: object) -> None:
        """Set the lengths of their edges in stage units."""
        self._set("size", values)


class Sphere(Defined):
    """One or several balls."""

    _schema = UsdGeom.Sphere
    _measures: ClassVar = {"radii": "radius"}

    def set_radii(self, values: VectorLike, **options: object) -> None:
        """Set the radii in stage units."""
        self._set("radius", values)


class Cylinder(Sphere):
    """One or several cylinders."""

    _schema = UsdGeom.Cylinder
    _measures: ClassVar = {"radii": "radius", "heights": "height"}

    def set_heights(self, values: VectorLike, **options: object) -> None:
        """Set the heights in stage units."""
        self._set("height", values)


class Cone(Cylinder):
    """One or several cones."""

    _schema = UsdGeom.Cone


class Capsule(Cylinder):
    """One or several capsules."""

    _schema = UsdGeom.Capsule


class Light(Defined):
    """One or several lights."""

    def _colour(self, colors: VectorLike) -> None:
        for prim, color in zip(self.prims, np.broadcast_to(numbers(colors).reshape(-1, 3), (self.count, 3))):
            set_attribute(prim, "inputs:color", [float(v) for v in color])

    def set_intensities(self, values: VectorLike, **options: object) -> None:
        """Set the intensities, as UsdLux has them."""
        self._set("inputs:intensity", values)

    def set_exposures(self, values: VectorLike, **options: object) -> None:
        """Set the exposures, in stops."""
        self._set("inputs:exposure", values)

    def set_colors(self, values: VectorLike, **options: object) -> None:
        """Set the colours, linear RGB."""
        self._colour(values)


class DomeLight(Light):
    """One or several lights that shine from everywhere."""

    _schema = UsdLux.DomeLight


class DistantLight(Light):
    """One or several lights as far away as the sun."""

    _schema = UsdLux.DistantLight
    _measures: ClassVar = {"angles": "inputs:angle"}

    def set_angles(self, values: VectorLike, **options: object) -> None:
        """Set the angles that they appear under, in degrees."""
        self._set("inputs:angle", values)


class SphereLight(Light):
    """One or several lamps that are balls."""

    _schema = UsdLux.SphereLight
    _measures: ClassVar = {"radii": "inputs:radius"}

    def set_radii(self, values: VectorLike, **options: object) -> None:
        """Set the radii in stage units."""
        self._set("inputs:radius", values)


class RectLight(Light):
    """One or several lamps that are rectangles."""

    _schema = UsdLux.RectLight
    _measures: ClassVar = {"widths": "inputs:width", "heights": "inputs:height"}

    def set_widths(self, values: VectorLike, **options: object) -> None:
        """Set the widths in stage units."""
        self._set("inputs:width", values)

    def set_heights(self, values: VectorLike, **options: object) -> None:
        """Set the heights in stage units."""
        self._set("inputs:height", values)


class DiskLight(Light):
    """One or several lamps that are disks."""

    _schema = UsdLux.DiskLight
    _measures: ClassVar = {"radii": "inputs:radius"}

    def set_radii(self, values: VectorLike, **options: object) -> None:
        """Set the radii in stage units."""
        self._set("inputs:radius", values)


class CylinderLight(Light):
    """One or several lamps that are tubes."""

    _schema = UsdLux.CylinderLight
    _measures: ClassVar = {"radii": "inputs:radius", "lengths": "inputs:length"}

    def set_radii(self, values: VectorLike, **options: object) -> None:
        """Set the radii in stage units."""
        self._set("inputs:radius", values)

    def set_lengths(self, values: VectorLike, **options: object) -> None:
        """Set the lengths in stage units."""
        self._set("inputs:length", values)
