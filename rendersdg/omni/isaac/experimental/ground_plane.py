"""``isaacsim.core.experimental.objects.GroundPlane``: one ground or several, which bodies come to rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pxr import Usd, UsdGeom

from rendersdg.errors import BadArgument
from rendersdg.omni.doors import PrimLike, VectorLike
from rendersdg.omni.isaac.experimental.fields import spread
from rendersdg.omni.isaac.experimental.handles import Paths
from rendersdg.omni.isaac.experimental.materials import OmniPbrMaterial
from rendersdg.omni.isaac.experimental.meshes import Mesh
from rendersdg.omni.isaac.experimental.ops import Array, Indices, array
from rendersdg.omni.isaac.experimental.prims import GeomPrim, XformPrim
from rendersdg.omni.isaac.experimental.shapes import Colours, Plane
from rendersdg.omni.isaac.utils.stage import get_current_stage, get_stage_up_axis
from rendersdg.omni.kit.physics_schema_tools import addGroundPlane
from rendersdg.replicator.engine import current

__all__ = ["GroundPlane"]

_TEMPLATES = {"wireframe-blue": "rendersdg:texture/wireframe"}  # the pictures that they are laid out with


class GroundPlane(XformPrim):
    """One ground or several: an Xform with a plane that bodies collide with, and a mesh that is seen.

    ``sizes`` are the lengths of their edges in stage units, of new ones. ``templates`` are named looks and go before
    ``colors``.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        sizes: VectorLike = 100.0,
        colors: Colours | None = None,
        templates: str | Sequence[str] | None = "wireframe-blue",
        reset_xform_op_properties: bool = True,
        **more: Any,
    ) -> None:
        missing = self.resolve_paths(paths)[1]
        for path, size in zip(missing, spread(sizes, len(missing), float)):
            addGroundPlane(get_current_stage(), path, get_stage_up_axis(), size / 2.0, (0, 0, 0), (0.5, 0.5, 0.5))
        super().__init__(paths, reset_xform_op_properties=reset_xform_op_properties, **more)
        self._planes = Plane([self._part(p, UsdGeom.Plane) for p in self.prims])
        self._meshes = Mesh([self._part(p, UsdGeom.Mesh) for p in self.prims])
        self._geoms = GeomPrim(self._planes.paths)
        if colors is not None:
            self._planes.set_display_colors(colors)
            self._meshes.set_display_colors(colors)
        if templates is not None:
            self.apply_visual_templates(templates)

    @staticmethod
    def _part(ground: Usd.Prim, schema: Any) -> str:
        for child in ground.GetChildren():
            if child.IsA(schema):
                return str(child.GetPath())
        raise BadArgument(f"{ground.GetPath()} is not a ground plane: it has no {schema.__name__}")

    @property
    def planes(self) -> Plane:
        """The planes that bodies collide with."""
        return self._planes

    @property
    def meshes(self) -> Mesh:
        """The meshes that are seen."""
        return self._meshes

    def set_offsets(
        self,
        contact_offsets: VectorLike | None = None,
        rest_offsets: VectorLike | None = None,
        *,
        indices: Indices = None,
    ) -> None:
        """Set how far from the surface contacts begin, and rest: stage units, kept without effect."""
        self._geoms.set_offsets(contact_offsets, rest_offsets, indices=indices)

    def get_offsets(self, *, indices: Indices = None) -> tuple[Array, Array]:
        """Return how far from the surface contacts begin, and rest."""
        contact, rest = self._geoms.get_offsets(indices=indices)
        return contact, rest

    def set_torsional_patch_radii(self, radii: VectorLike, *, indices: Indices = None, minimum: bool = False) -> None:
        """Set the radii of contacts that resist turning: stage units, kept without effect."""
        self._geoms.set_torsional_patch_radii(radii, indices=indices, minimum=minimum)

    def get_torsional_patch_radii(self, *, indices: Indices = None, minimum: bool = False) -> Array:
        """Return the radii of contacts that resist turning."""
        return self._geoms.get_torsional_patch_radii(indices=indices, minimum=minimum)

    def set_enabled_collisions(self, enabled: VectorLike, *, indices: Indices = None) -> None:
        """Say whether bodies collide with them."""
        self._geoms.set_enabled_collisions(enabled, indices=indices)

    def get_enabled_collisions(self, *, indices: Indices = None) -> Array:
        """Return whether bodies collide with them (N, 1)."""
        return self._geoms.get_enabled_collisions(indices=indices)

    def apply_physics_materials(
        self,
        materials: PrimLike | Sequence[PrimLike],
        *,
        weaker_than_descendants: VectorLike | None = None,
        indices: Indices = None,
    ) -> None:
        """Bind a physics material to all, or one to each."""
        self._geoms.apply_physics_materials(materials, weaker_than_descendants=weaker_than_descendants, indices=indices)

    def get_applied_physics_materials(self, *, indices: Indices = None) -> list[Any]:
        """Return the physics material of each as an object, None where there is none."""
        return self._geoms.get_applied_physics_materials(indices=indices)

    def apply_visual_templates(self, templates: str | Sequence[str], *, indices: Indices = None) -> None:
        """Give them named looks: ``wireframe-blue`` is dark with a blue grid, a line each metre."""
        which = np.arange(len(self)) if indices is None else array(indices, np.int32).reshape(-1)
        for k, template in zip(which, spread(templates, len(which), str)):
            if template not in _TEMPLATES:
                raise BadArgument(
                    f"templates={template!r}: give {', '.join(_TEMPLATES)}, or None", where=current().where()
                )
            material = OmniPbrMaterial(f"{self.paths[k]}/visualMaterial")
            material.set_input_values("diffuse_texture", _TEMPLATES[template])
            self._meshes.apply_visual_materials(material, indices=[k])
