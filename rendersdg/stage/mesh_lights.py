"""Meshes that are lights (``UsdLuxMeshLightAPI``): their surfaces send out what the light says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.snapshot import Material, Mesh
from rendersdg.stage.attributes import Attributes
from rendersdg.stage.base import BaseScene, Drawable
from rendersdg.stage.lights import radiance_of
from rendersdg.stage.looks import Palette
from rendersdg.stage.reads import Reads, all_of, names
from rendersdg.stage.state import SceneState

_TINTS, _ALONE, _NO_MATERIAL = "materialGlowTintsLight", "independent", "noMaterialResponse"
_LEAST_AREA = 1e-9  # square metres
_LARGEST = 1e15  # nits: the square is held by 32 bits
_DARK = (
    "a mesh that is a light glows but lights nothing here: that takes raster in quality balanced or high, or mitsuba"
)
_AS_BRIGHT = "it is seen as bright as it shines, not as its material glows"


def shining(
    state: SceneState,
    palette: Palette,
    drawables: Sequence[Drawable],
    worlds: F8,
    numbers: Sequence[int],
    *,
    lights_others: bool,
) -> list[int]:
    """Return the numbers in ``palette`` of surfaces' materials, ``numbers`` but for those of meshes that are lights.

    ``worlds`` (N, 4, 4) are world_from_mesh, metres. Where glowing surfaces light nothing that is reported, and so is a
    material whose own glow another light takes the place of.
    """
    found = list(numbers)
    parts: dict[str, list[int]] = {}
    for k, drawable in enumerate(drawables):
        if _source(state.base, drawable.path) in state.base.mesh_lights:
            parts.setdefault(drawable.path, []).append(k)
    for path, own in parts.items():
        source = _source(state.base, path)
        prim = state.base.stage.GetPrimAtPath(source)
        values = Attributes(state, prim, ("inputs:",))
        mode = str(Attributes(state, prim).get("light:materialSyncMode", _TINTS))
        radiance = radiance_of(values)
        if values.get("normalize", False):
            area = sum(_area(state.base.meshes[drawables[k].mesh], worlds[k]) for k in own)
            radiance = radiance / max(area, _LEAST_AREA)
        if not (np.abs(radiance) <= _LARGEST).all():
            state.base.report.ignored(source, f"it does not shine: it is brighter than {_LARGEST:g} nits")
            continue
        if not lights_others and (radiance > 0).any():
            state.base.report.ignored(source, _DARK)
        for k in own:
            material = palette.materials[numbers[k]]
            found[k] = palette.add(_lit(material, radiance, mode))
            if any(material.emission) and mode != _NO_MATERIAL:
                state.base.report.ignored(source, _AS_BRIGHT)
    return found


def _source(base: BaseScene, path: str) -> str:
    """Return the path on the stage of a prim that is drawn, which an instancer may have copied."""
    copy = base.copies.get(path)
    return path if copy is None else copy.source


def _lit(material: Material, radiance: F8, mode: str) -> Material:
    """Return what a material is on a mesh that sends ``radiance`` (3,) out: nothing but light; itself beside it; or
    itself, the light tinted by its glow, whose strongest colour counts as 1.
    """
    red, green, blue = (float(v) for v in np.maximum(radiance, 0.0))
    if mode == _NO_MATERIAL:
        return Material(base_colour=(0.0, 0.0, 0.0), specular=0.0, roughness=1.0, emission=(red, green, blue))
    strongest = max(material.emission)
    if mode == _ALONE or strongest <= 0:
        return replace(material, emission=(red, green, blue), emission_texture=-1)
    tint = [max(v, 0.0) / strongest for v in material.emission]
    return replace(material, emission=(red * tint[0], green * tint[1], blue * tint[2]))


def _area(mesh: Mesh, world_from_mesh: F8) -> float:
    """Return the area of a mesh in the world, square metres."""
    corners = portable.product(mesh.vertices.astype(np.float64), world_from_mesh[:3, :3].T)[mesh.triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(0.5 * np.sqrt((across**2).sum(-1)).sum())


_NAMES = names("color colorTemperature enableColorTemperature intensity exposure normalize")
_ALL_OVER = "a mesh that is a light shines alike in all directions"
READS = (
    Reads(
        "Gprim",
        read=frozenset(f"inputs:{name}" for name in _NAMES) | {"light:materialSyncMode"},
        idle={"light:shaderId": "lights are told by their types"},
        unmet={
            **all_of("inputs:diffuse inputs:specular", "a light shines on everything alike"),
            **all_of("inputs:shaping:*", _ALL_OVER),
            **all_of("inputs:shadow:*", "what a mesh that is a light sends is stopped by all that stands before it"),
            **all_of("collection:lightLink:* collection:shadowLink:*", "a mesh that is a light shines on everything"),
            "light:filters": "light filters are not applied",
        },
    ),
)
