"""Which material each surface has as things stand; materials are built once and kept between frames."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rendersdg.assets.textures import TextureLibrary
from rendersdg.errors import Report
from rendersdg.snapshot import Finish, Material
from rendersdg.stage.base import BaseScene
from rendersdg.stage.materials import Shading, build_material, unapplied
from rendersdg.stage.state import Look, SceneState
from rendersdg.texels import normal_texels

MOST_KEPT = 4096  # entries of a cache: what random values make anew each frame must not pile up
_GREY = Shading("preview", {"diffuseColor": (0.5, 0.5, 0.5), "roughness": 0.5})  # where a shader cannot be read
_PAINTED = Shading(
    "preview", {**_GREY.inputs, "vertex_colour": True, "vertex_opacity": True}
)  # what has no material at all


class LookBuilder:
    """Builds the materials of a stage."""

    def __init__(self, base: BaseScene, report: Report, textures: TextureLibrary) -> None:
        self._base = base
        self._report = report
        self._textures = textures
        self._materials: dict[tuple[object, ...], Material] = {}
        self._surfaces: dict[str, tuple[object, Material]] = {}

    def refresh(self) -> None:
        """Build materials anew, after an edit of the stage's values."""
        self._materials.clear()

    def material(self, state: SceneState, bound: str | None, chain: tuple[str, ...]) -> Material:
        """Return the material of a surface: ``chain`` lists its prim and those above, ``bound`` the stage's binding."""
        if state.looks:
            for path in reversed(chain):  # the outermost wins, as a binding stronger than descendants does
                if path in state.looks:
                    look = state.looks[path]
                    if look.surface is not None:
                        return self._procedural(look, path)
                    if look.path is None:
                        return self._kept(Shading("omnipbr", {}), dict(look.inputs), ("inline", look.inputs))
                    bound = look.path
                    break
        if bound is None:
            return self._kept(_PAINTED, {}, ("default",))
        shading = self._base.shading(bound) or _GREY
        changes: dict[str, object] = {}
        if state.attributes:
            for path in {bound, shading.shader_path}:
                changes.update({n.removeprefix("inputs:"): v for (p, n), v in state.attributes.items() if p == path})
        key = (bound, self._base.looks_at(bound), tuple(sorted((k, _hashable(v)) for k, v in changes.items())))
        return self._kept(shading, changes, key)

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

    def _kept(self, shading: Shading, changes: Mapping[str, object], key: tuple[object, ...]) -> Material:
        """Return the material of a shader under ``changes``; ``key`` is what it is kept by."""
        if key not in self._materials:
            if len(self._materials) > MOST_KEPT:
                self._materials.clear()
            material = build_material(shading, changes, self._textures)
            for name in unapplied(shading, changes):
                self._report.ignored(f"{shading.shader_path}.inputs:{name}", "this input of the shader is not applied")
            self._materials[key] = material
        return self._materials[key]


def _hashable(value: object) -> object:
    return tuple(_hashable(v) for v in value) if isinstance(value, (list, tuple, np.ndarray)) else value
