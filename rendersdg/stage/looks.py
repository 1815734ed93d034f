"""Which material each surface has as things stand; materials are built once and kept between frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from pxr import UsdGeom

from rendersdg.arrays import F8
from rendersdg.assets.textures import TextureLibrary
from rendersdg.errors import Report
from rendersdg.geometry import extent
from rendersdg.snapshot import Finish, Material, Mesh, Paints
from rendersdg.stage.base import BaseScene, Drawable
from rendersdg.stage.materials import Shading, build_material, omnipbr_shading, plain_shading, unapplied
from rendersdg.stage.shading.blending import fitted
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
_IS_BY_MESH = _PLAIN.plain_look.is_by_span or bool(_PLAIN.plain_look.carried)
Colour = tuple[float, float, float]


class Palette:
    """The distinct materials of a snapshot, numbered as they are met; one surface of many colours is a kind of them."""

    def __init__(self) -> None:
        self.materials: list[Material] = []
        self._kinds: list[Material] = []
        self._kind: list[int] = []
        self._known: dict[int, tuple[Material, int]] = {}  # by the ids of materials, which are kept for that
        self._numbers: dict[Material, int] = {}
        self._plain: dict[int, tuple[Material, int, dict[Colour, int]]] = {}  # those that were coloured, by their ids

    def add(self, material: Material) -> int:
        """Return the number of a material."""
        known = self._known.get(id(material))
        if known is None:
            known = self._known[id(material)] = material, self._number(material)
        return known[1]

    def _number(self, material: Material) -> int:
        alike = [n for plain, _, n in self._plain.values() if material.coloured(plain.base_colour) == plain]
        number = next((n[material.base_colour] for n in alike if material.base_colour in n), None)
        if number is None:
            if material not in self._numbers:
                self._numbers[material] = self._append(material, self._append_kind(material))
            number = self._numbers[material]
        for numbers in alike:
            numbers[material.base_colour] = number
        return number

    def coloured(self, plain: Material, colour: Colour) -> int:
        """Return the number of a material, which lets no light through, in another colour."""
        known = self._plain.get(id(plain))
        if known is None:
            alike = {m.base_colour: n for m, n in self._numbers.items() if m.coloured(plain.base_colour) == plain}
            known = self._plain[id(plain)] = plain, self._append_kind(plain), alike
        number = known[2].get(colour)
        if number is None:
            number = known[2][colour] = self._append(plain.coloured(colour), known[1])
        return number

    def _append(self, material: Material, kind: int) -> int:
        self.materials.append(material)
        self._kind.append(kind)
        return len(self.materials) - 1

    def _append_kind(self, material: Material) -> int:
        self._kinds.append(material)
        return len(self._kinds) - 1

    def paints(self) -> Paints:
        """Return the materials by their kinds."""
        return Paints(tuple(self._kinds), np.array(self._kind, np.int64))


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
        self._plain: Material | None = None

    def refresh(self) -> None:
        """Build materials anew, after an edit of the stage's values."""
        self._materials.clear()
        self._painted.clear()
        self._plain = None

    def numbers(
        self, palette: Palette, state: SceneState, drawables: Sequence[Drawable], chains: Sequence[tuple[str, ...]]
    ) -> list[int]:
        """Return the numbers in a palette of surfaces' materials; the ``chains`` list their prims and those above."""
        worn, found = state.looks.get, []
        for drawable, chain in zip(drawables, chains):
            look = None
            for path in reversed(chain):  # the outermost wins, as a binding stronger than descendants does
                look = worn(path)
                if look is not None:
                    break
            colour = None if look is None else _colour_alone(look)
            if colour is not None:
                found.append(palette.coloured(self._grey(chain[0], drawable.mesh), colour))
            else:
                material = self._material(state, look, drawable.material, chain, drawable.mesh)
                found.append(palette.add(fitted(material, self._base.meshes[drawable.mesh])))
        return found

    def _material(
        self, state: SceneState, look: Look | None, bound: str | None, chain: tuple[str, ...], mesh: int
    ) -> Material:
        """Return the material of a surface that wears a look, or what the stage binds."""
        if look is not None:
            path = next(path for path in reversed(chain) if state.looks.get(path) is look)
            if look.surface is not None:
                return self._procedural(look, path)
            if look.path is None:
                use = _Use(f"{path} (inline)", mesh, chain[0], ("inline", look.inputs))
                return self._kept(_PLAIN, dict(look.inputs), use)
            bound = look.path
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

    def _grey(self, path: str, mesh: int) -> Material:
        """Return the plain surface of which colours alone are drawn. Nothing else of it depends on the colour."""
        if self._plain is None or _IS_BY_MESH:
            grey = ((_COLOUR, (0.5, 0.5, 0.5)),)
            made = self._kept(_PLAIN, dict(grey), _Use("(inline)", mesh, path, ("inline", grey)))
            self._plain = fitted(made, self._base.meshes[mesh])
        return self._plain

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
    if len(look.inputs) != 1 or look.path is not None or look.surface is not None:
        return None
    name, given = look.inputs[0]
    if name != _COLOUR or type(given) is not tuple or len(given) != 3:
        return None
    red, green, blue = given
    if not type(red) is type(green) is type(blue) is float:
        return None
    if not max(abs(red), abs(green), abs(blue)) <= _MOST_COLOUR:
        return None
    return red + 0.0, green + 0.0, blue + 0.0  # without negative zeros


def _hashable(value: object) -> object:
    return tuple(_hashable(v) for v in value) if isinstance(value, (list, tuple, np.ndarray)) else value
