"""``isaacsim.core.experimental.objects``: lights, one prim or several at once. Intensities are UsdLux's."""

from __future__ import annotations

import numpy as np
from pxr import UsdLux

from rendersdg.omni.isaac.experimental.fields import Field, accessors, chosen
from rendersdg.omni.isaac.experimental.ops import Array, Indices, array
from rendersdg.omni.isaac.experimental.shapes import Colours, Defined, colours

__all__ = ["CylinderLight", "DiskLight", "DistantLight", "DomeLight", "Light", "RectLight", "SphereLight"]


class Light(Defined):
    """One light or several."""

    @property
    def lights(self) -> list[UsdLux.LightAPI]:
        """The prims as USD's lights."""
        return [self._schema(p) for p in self.prims]

    set_intensities, get_intensities = accessors("the intensities", Field("intensities", "inputs:intensity"))
    set_exposures, get_exposures = accessors("the exposures, in stops", Field("exposures", "inputs:exposure"))
    set_multipliers, get_multipliers = accessors(
        "how much of each light is diffuse, and how much is specular",
        Field("diffuse_multipliers", "inputs:diffuse"),
        Field("specular_multipliers", "inputs:specular"),
    )
    set_enabled_normalizations, get_enabled_normalizations = accessors(
        "whether the power stays when the size changes", Field("enabled", "inputs:normalize", bool)
    )
    set_enabled_color_temperatures, get_enabled_color_temperatures = accessors(
        "whether the colour temperature counts", Field("enabled", "inputs:enableColorTemperature", bool)
    )
    set_color_temperatures, get_color_temperatures = accessors(
        "the colour temperatures, in kelvin", Field("color_temperatures", "inputs:colorTemperature")
    )

    def set_colors(self, colors: Colours, *, indices: Indices = None) -> None:
        """Set the colours: linear RGB, or names."""
        prims = chosen(self, indices)
        for prim, colour in zip(prims, colours(colors, len(prims))):
            prim.GetAttribute("inputs:color").Set(colour)

    def get_colors(self, *, indices: Indices = None) -> Array:
        """Return the colours (N, 3), linear RGB."""
        return array([np.array(p.GetAttribute("inputs:color").Get()) for p in chosen(self, indices)])


_RADII = Field("radii", "inputs:radius")
_TEXTURES = Field("texture_files", "inputs:texture:file", str)


class DomeLight(Light):
    """One light or several that shine from everywhere."""

    _schema = UsdLux.DomeLight
    set_radii, _ = accessors("the radii that windows draw", Field("radii", "guideRadius"))
    set_guide_radii, get_guide_radii = accessors("the radii that windows draw", Field("radii", "guideRadius"))
    set_texture_files, get_texture_files = accessors("the pictures that they shine with", _TEXTURES)
    set_texture_formats, get_texture_formats = accessors(
        "how the pictures are unrolled", Field("texture_formats", "inputs:texture:format", str)
    )


class DistantLight(Light):
    """One light or several as far away as the sun."""

    _schema = UsdLux.DistantLight
    set_angles, get_angles = accessors("the angles that they appear under, in degrees", Field("angles", "inputs:angle"))


class SphereLight(Light):
    """One lamp or several that are balls."""

    _schema = UsdLux.SphereLight
    set_radii, get_radii = accessors("the radii in stage units", _RADII)
    set_enabled_treat_as_points, get_enabled_treat_as_points = accessors(
        "whether they are points", Field("enabled", "treatAsPoint", bool)
    )


class DiskLight(Light):
    """One lamp or several that are disks."""

    _schema = UsdLux.DiskLight
    set_radii, get_radii = accessors("the radii in stage units", _RADII)


class RectLight(Light):
    """One lamp or several that are rectangles."""

    _schema = UsdLux.RectLight
    set_widths, get_widths = accessors("the widths in stage units", Field("widths", "inputs:width"))
    set_heights, get_heights = accessors("the heights in stage units", Field("heights", "inputs:height"))
    set_texture_files, get_texture_files = accessors("the pictures that they shine with", _TEXTURES)


class CylinderLight(Light):
    """One lamp or several that are tubes."""

    _schema = UsdLux.CylinderLight
    set_radii, get_radii = accessors("the radii in stage units", _RADII)
    set_lengths, get_lengths = accessors("the lengths in stage units", Field("lengths", "inputs:length"))
    set_enabled_treat_as_lines, get_enabled_treat_as_lines = accessors(
        "whether they are lines", Field("enabled", "treatAsLine", bool)
    )
