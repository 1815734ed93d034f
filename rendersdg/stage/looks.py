"""Which material each surface has as things stand; materials are built once and kept between frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from pxr import UsdGeom

from rendersdg.arrays import F8
from rendersdg.assets.textures import TextureLibrary
from rendersdg.errors import Report
from rendersdg.geometry import extent
from rendersdg.snapshot import Finish, Material, Mesh
from rendersdg.stage.base import BaseScene
from rendersdg.stage.materials import Shading, build_material, omnipbr_shading, plain_shading, unapplied
from rendersdg.stage.shading.fields import constant
from rendersdg.stage.shading.painting import Canvas, Span
from rendersdg.stage.shading.painting import Look as Fields
from rendersdg.stage.state import Look, SceneState
from rendersdg.texels import normal_texels

MOST_KEPT = 4096  # entries of a cache: what random values make anew each frame must not pile up
_COLOUR = "diffuse_color_constant"
_MOST_COLOUR = 1e6  # beyond it arithmetic could overflow, and the shader says what comes of that
_GREY = plain_shading(Fields())  # where a shader cannot be read
_PLAIN = omnipbr_shading()  # what scripts change without a material
_PAINTED = plain_shading(  # what has no material
    Fields(base_colour=constant((1.0, 1.0, 1.0)), has_vertex_colour=True, has_vertex_opacity=True)
)
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class _Use:
    """Where a material is used: by the name that it is ``bound`` by, on which mesh of which prim. ``key`` is what it is
    kept by.
    """

    bound: str
    mesh: int
    path: str
    key: tuple[object, ...]


class LookBuilder:
    """Builds the materials of a stage."""

    def __init__(self, base: BaseScene, report: Report, textures: TextureLibrary) -> None:
        self._base = base
        self._report = report
        self._textures = textures
        self._materials: dict[tuple[object, ...], Material] = {}
        self._surfaces: dict[str, tuple[object, Material]] = {}
        self._painted: dict[str, tuple[object, Material]] = {}
        self._spans: dict[int, tuple[Mesh, Span | None]] = {}

    def refresh(self) -> None:
        """Build materials anew, after an edit of the stage's values."""
        self._materials.clear()
        self._painted.clear()

    def material(self, state: SceneState, bound: str | None, chain: tuple[str, ...], mesh: int) -> Material:
        """Return the material of a surface: ``chain`` lists its prim and those above, ``bound`` is the stage's binding,
        ``mesh`` the index of what it covers.
        """
        if state.looks:
            for path in reversed(chain):  # the outermost wins, as a binding stronger than descendants does
                if path in state.looks:
                    look = state.looks[path]
                    if look.surface is not None:
                        return self._procedural(look, path)
                    if look.path is None and (colour := _colour_alone(look)) is not None:
                        return self._of_colour(colour, chain[0], mesh)
                    if look.path is None:
                        use = _Use(f"{path} (inline)", mesh, chain[0], ("inline", look.inputs))
                        return self._kept(_PLAIN, dict(look.inputs), use)
                    bound = look.path
                    break
        if bound is None:
            return self._kept(_PAINTED, {}, _Use("", mesh, chain[0], ("default",)))
        shading = self._base.shading(bound) or _GREY
        changes: dict[str, object] = {}
        if state.attributes:
            for (path, name), value in state.attributes.items():
                if path in (bound, shading.shader_path):
                    changes[name.removeprefix("inputs:")] = value
                elif f"{path}.{name}" in shading.origins:
                    changes[f"{path}.{name}"] = value
        key = (bound, self._base.looks_at(bound), tuple(sorted((k, _hashable(v)) for k, v in changes.items())))
        return self._kept(shading, changes, _Use(bound, mesh, chain[0], key))

    def _of_colour(self, colour: Colour, path: str, mesh: int) -> Material:
        """Return the plain surface of a colour. Nothing else of it depends on the colour, so the rest is made once."""
        grey = ((_COLOUR, (0.5, 0.5, 0.5)),)
        made = self._kept(_PLAIN, dict(grey), _Use("(inline)", mesh, path, ("inline", grey)))
        return Material(**vars(made) | {"base_colour": colour})  # as replace, in a third of the time

    def _procedural(self, look: Look, path: str) -> Material:
        """Return the material of a procedural surface, its images in slots of the prim's own."""
        surface, source = look.surface, look.source
        assert surface is not None and source is not None
        kept = self._surfaces.get(path)
        if kept is None or kept[0] != (surface, source):
            maps = surface.maps(source.rng())
            colour = self._textures.slot(f"{path}/colour", maps.colour)
            normal = -1
            if maps.slopes is not None:
                normal = self._textures.slot(f"{path}/normal", normal_texels(maps.slopes))
            scale = 1000.0 / surface.tile  # tiles a metre
            material = Material(
                base_colour=(1.0, 1.0, 1.0),
                metallic=surface.metallic,
                roughness=surface.roughness,
                specular=surface.specular,
                base_colour_texture=colour,
                normal_texture=normal,
                project_uvw=True,
                uv_scale=(scale, scale),
                uv_rotate=surface.angle,
                uv_translate=(0.5, 0.5),
                finish=Finish(surface.coat, surface.coat_roughness, surface.anisotropy),
            )
            kept = self._surfaces[path] = ((surface, source), material)
        return kept[1]

    def _kept(self, shading: Shading, changes: Mapping[str, object], use: _Use) -> Material:
        """Return the material of a shader under ``changes`` where it is used."""
        fields = shading.plain_look
        variant = self._variant(fields, use)
        key = (*use.key, variant)
        name = f"{use.bound} {variant}" if variant else use.bound
        if key in self._materials:
            return self._materials[key]
        if name in self._painted and self._painted[name][0] == key:
            return self._painted[name][1]
        if len(self._materials) > MOST_KEPT:
            self._materials.clear()
        subject = shading.shader_path or use.bound
        carried = partial(self._carried, use.path)
        canvas = Canvas(subject, name, self._textures, self._report, self._span(use.mesh), carried)
        material = build_material(shading, changes, self._textures, canvas)
        for unused in unapplied(shading, changes):
            self._report.ignored(f"{shading.shader_path}.inputs:{unused}", "this input of the shader is not applied")
        if canvas.painted:  # its images have slots by that name, which the next one takes
            self._painted[name] = (key, material)
        else:
            self._materials[key] = material
        return material

    def _variant(self, fields: Fields, use: _Use) -> tuple[object, ...]:
        """Return what of a mesh its material depends on: how far images reach, and what it carries for them."""
        if not fields.is_by_span and not fields.carried:
            return ()
        reach = fields.reach(self._span(use.mesh)) if fields.is_by_span else ()
        held = [(name, self._carried(use.path, name)) for name in sorted(fields.carried)]
        return (*reach, *((name, None if value is None else value.tobytes()) for name, value in held))

    def _span(self, mesh: int) -> Span | None:
        """Return how far the texture coordinates of a mesh reach."""
        read = self._base.meshes[mesh]
        if mesh not in self._spans or self._spans[mesh][0] is not read:
            uvs = read.uvs if np.isfinite(read.uvs).all() else read.uvs[np.isfinite(read.uvs).all(1)]
            whole: Span | None = None
            if len(uvs):
                low, high = extent(uvs)
                whole = low.astype(np.float64), high.astype(np.float64)
            self._spans[mesh] = (read, whole)
        return self._spans[mesh][1]

    def _carried(self, path: str, name: str) -> F8 | None:
        """Return what a prim holds as a primvar: (width,) where it is the same all over, else (N, width)."""
        copy = self._base.copies.get(path)
        prim = self._base.stage.GetPrimAtPath(path if copy is None else copy.source)
        primvar = UsdGeom.PrimvarsAPI(prim).FindPrimvarWithInheritance(name) if prim else None
        value = primvar.ComputeFlattened(self._base.time) if primvar else None
        try:
            rows = np.asarray(value, np.float64)
        except (TypeError, ValueError):
            return None
        if primvar is None or value is None or not rows.size:
            return None
        rows = rows.reshape(len(rows) if primvar.GetTypeName().isArray else 1, -1)
        return np.asarray(rows[0] if (rows == rows[0]).all() else rows)


def _colour_alone(look: Look) -> Colour | None:
    """Return the colour of a plain surface of which nothing else is said, None for other looks."""
    if len(look.inputs) != 1 or look.inputs[0][0] != _COLOUR:
        return None
    given = look.inputs[0][1]
    if not isinstance(given, tuple) or [type(c) for c in given] != [float, float, float]:
        return None
    red, green, blue = given
    if not max(abs(red), abs(green), abs(blue)) <= _MOST_COLOUR:
        return None
    return red + 0.0, green + 0.0, blue + 0.0  # without negative zeros


def _hashable(value: object) -> object:
    return tuple(_hashable(v) for v in value) if isinstance(value, (list, tuple, np.ndarray)) else value
