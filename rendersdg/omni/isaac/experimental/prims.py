"""``isaacsim.core.experimental.prims``: handles on one prim or several; quaternions are (w, x, y, z)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from pxr import Usd, UsdGeom, UsdShade

from rendersdg.errors import BadArgument
from rendersdg.omni.doors import PrimLike, VectorLike, prim_of
from rendersdg.omni.isaac.experimental import prim as prim_utils
from rendersdg.omni.isaac.experimental.fields import Field, accessors, chosen, rows, spread
from rendersdg.omni.isaac.experimental.handles import Paths, Prim
from rendersdg.omni.isaac.experimental.materials import PhysicsMaterial, VisualMaterial
from rendersdg.omni.isaac.experimental.ops import Array, Indices, array
from rendersdg.omni.isaac.utils import xforms
from rendersdg.omni.isaac.utils.xforms import get_local_scale, reset_and_set_xform_ops
from rendersdg.replicator import functional
from rendersdg.replicator.engine import current

__all__ = ["GeomPrim", "XformPrim"]

Poses: TypeAlias = tuple[Array | None, Array | None]


class XformPrim(Prim):
    """One prim or several that have places."""

    def __init__(
        self,
        paths: Paths,
        *,
        resolve_paths: bool = True,
        positions: VectorLike | None = None,
        translations: VectorLike | None = None,
        orientations: VectorLike | None = None,
        scales: VectorLike | None = None,
        reset_xform_op_properties: bool = False,
    ) -> None:
        super().__init__(paths, resolve_paths=resolve_paths)
        self._defaults: list[Array | None] = [None, None]
        if positions is not None and translations is not None:
            raise BadArgument("give positions (in the world) or translations, not both", where=current().where())
        if reset_xform_op_properties:
            self.reset_xform_op_properties()
        if positions is not None or (orientations is not None and translations is None):
            self.set_world_poses(positions, orientations)
        if translations is not None:
            self.set_local_poses(translations, orientations)
        if scales is not None:
            self.set_local_scales(scales)

    @property
    def is_non_root_articulation_link(self) -> bool:
        """Whether the first prim is a link of an articulation, and not its root."""
        return prim_utils.is_prim_non_root_articulation_link(self.prim)

    def reset_xform_op_properties(self) -> None:
        """Give each prim the operations translate, orient and scale, and no others; it stays where it is."""
        for prim in self.prims:
            place, turn = xforms.get_local_pose(prim)
            reset_and_set_xform_ops(prim, place, turn, get_local_scale(prim))

    # -- poses --------------------------------------------------------------------------------------------------------

    def get_world_poses(self, *, indices: Indices = None) -> tuple[Array, Array]:
        """Return positions (N, 3) and quaternions (N, 4) in the world."""
        places, turns = zip(*(xforms.get_world_pose(p) for p in chosen(self, indices)))
        return array(places), array(turns)

    def get_local_poses(self, *, indices: Indices = None) -> tuple[Array, Array]:
        """Return translations (N, 3) and quaternions (N, 4) in the parents' frames."""
        places, turns = zip(*(xforms.get_local_pose(p) for p in chosen(self, indices)))
        return array(places), array(turns)

    def set_world_poses(
        self,
        positions: VectorLike | None = None,
        orientations: VectorLike | None = None,
        *,
        indices: Indices = None,
    ) -> None:
        """Place them in the world; what is not given stays."""
        prims = chosen(self, indices)
        for prim, *pose in zip(prims, _each(positions, len(prims), 3), _each(orientations, len(prims), 4)):
            xforms.set_world_pose(prim, *pose)

    def set_local_poses(
        self,
        translations: VectorLike | None = None,
        orientations: VectorLike | None = None,
        *,
        indices: Indices = None,
    ) -> None:
        """Place them in their parents' frames; what is not given stays."""
        prims = chosen(self, indices)
        for prim, *pose in zip(prims, _each(translations, len(prims), 3), _each(orientations, len(prims), 4)):
            xforms.set_local_pose(prim, *pose)

    def get_local_scales(self, *, indices: Indices = None) -> Array:
        """Return scales (N, 3)."""
        return array([get_local_scale(p) for p in chosen(self, indices)])

    def set_local_scales(self, scales: VectorLike, *, indices: Indices = None) -> None:
        """Set their scales."""
        prims = chosen(self, indices)
        for prim, scale in zip(prims, rows(scales, len(prims), 3)):
            xforms.set_local_pose(prim, scale=scale)

    def set_default_state(
        self,
        positions: VectorLike | None = None,
        orientations: VectorLike | None = None,
        *,
        indices: Indices = None,
    ) -> None:
        """Say where they stand after a reset."""
        for k, values in enumerate((positions, orientations)):
            if values is not None:
                self._defaults[k] = self._changed(self._defaults[k], values, 3 + k, indices)

    def _changed(self, before: Array | None, values: VectorLike, width: int, indices: Indices) -> Array:
        """Return values of all prims after those of some were set; of the others they are ``before``, or 0."""
        after = np.zeros((len(self), width)) if before is None else np.array(before)
        which = np.arange(len(self))[slice(None) if indices is None else array(indices, np.int32).reshape(-1)]
        after[which] = rows(values, len(which), width)
        return array(after)

    def get_default_state(self, *, indices: Indices = None) -> Poses:
        """Return where they stand after a reset: positions and quaternions, None where nothing was said."""
        which = slice(None) if indices is None else array(indices, np.int32).reshape(-1)
        places, turns = (None if d is None else array(d[which]) for d in self._defaults)
        return places, turns

    def reset_to_default_state(self, *, warn_on_non_default_state: bool = False) -> None:
        """Put them where they stand after a reset."""
        places, turns = self._defaults
        if places is not None or turns is not None:
            XformPrim.set_world_poses(self, places, turns)
        elif warn_on_non_default_state:
            current().recorder.report.note(type(self).__name__, "no default state was set; nothing is reset")

    # -- looks --------------------------------------------------------------------------------------------------------

    def set_visibilities(self, visibilities: VectorLike, *, indices: Indices = None) -> None:
        """Show or hide them."""
        prims = chosen(self, indices)
        for prim, is_shown in zip(prims, spread(visibilities, len(prims), bool)):
            functional.modify_visibility(prim, is_shown)

    def get_visibilities(self, *, indices: Indices = None) -> Array:
        """Return whether each is shown (N, 1)."""
        seen = [UsdGeom.Imageable(p).ComputeVisibility() != UsdGeom.Tokens.invisible for p in chosen(self, indices)]
        return array(np.reshape(seen, (-1, 1)), np.bool_)

    def apply_visual_materials(
        self,
        materials: PrimLike | Sequence[PrimLike],
        *,
        weaker_than_descendants: VectorLike | None = None,
        indices: Indices = None,
    ) -> None:
        """Bind a material to all, or one to each."""
        self._bind(materials, weaker_than_descendants, indices)

    def _bind(
        self,
        materials: PrimLike | Sequence[PrimLike],
        weaker_than_descendants: VectorLike | None,
        indices: Indices,
        purpose: str = UsdShade.Tokens.allPurpose,
    ) -> None:
        prims = chosen(self, indices)
        several = list(materials) if isinstance(materials, (list, tuple)) else [materials]
        weak = spread(False if weaker_than_descendants is None else weaker_than_descendants, len(prims), bool)
        if len(several) not in (1, len(prims)):
            raise BadArgument(f"{len(several)} materials for {len(prims)} prims", where=current().where())
        for prim, material, is_weak in zip(prims, several * (len(prims) // len(several)), weak):
            strength = UsdShade.Tokens.weakerThanDescendants if is_weak else UsdShade.Tokens.strongerThanDescendants
            binding = UsdShade.MaterialBindingAPI.Apply(prim)
            binding.Bind(UsdShade.Material(prim_of(material)), strength, purpose)

    def get_applied_visual_materials(self, *, indices: Indices = None) -> list[Any]:
        """Return the material of each as an object, None where there is none."""
        return [VisualMaterial.fetch_instances(m)[0] if m else None for m in self._bound(indices)]

    def _bound(self, indices: Indices, purpose: str = UsdShade.Tokens.allPurpose) -> list[Usd.Prim | None]:
        """Return the material that is bound to each prim itself."""
        bindings = (UsdShade.MaterialBindingAPI(p).GetDirectBinding(purpose) for p in chosen(self, indices))
        return [b.GetMaterial().GetPrim() if b.GetMaterial() else None for b in bindings]


def _each(values: VectorLike | None, count: int, width: int) -> Sequence[Any]:
    """Return a row for each of ``count`` prims; None for each where nothing is given."""
    return [None] * count if values is None else list(rows(values, count, width))


class GeomPrim(XformPrim):
    """One prim or several with surfaces that may collide."""

    def __init__(self, paths: Paths, *, apply_collision_apis: bool = False, **more: Any) -> None:
        super().__init__(paths, **more)
        if apply_collision_apis:
            self.apply_collision_apis()

    @property
    def geoms(self) -> list[UsdGeom.Gprim]:
        """The prims as USD's shapes."""
        return [UsdGeom.Gprim(p) for p in self.prims]

    def apply_collision_apis(self, *, indices: Indices = None) -> None:
        """Let others collide with them."""
        for prim in chosen(self, indices):
            for schema in ("PhysicsCollisionAPI", "PhysicsMeshCollisionAPI", "PhysxCollisionAPI"):
                prim.AddAppliedSchema(schema)

    set_enabled_collisions, get_enabled_collisions = accessors(
        "whether others collide with them", Field("enabled", "physics:collisionEnabled", bool, "PhysicsCollisionAPI")
    )
    set_collision_approximations, get_collision_approximations = accessors(
        "the shapes that stand for them in collisions, as physics:approximation names them",
        Field("approximations", "physics:approximation", str, "PhysicsMeshCollisionAPI", "token", "none"),
    )
    set_offsets, get_offsets = accessors(
        "how far from the surface contacts begin, and rest: stage units, kept without effect",
        Field("contact_offsets", "physxCollision:contactOffset", float, "PhysxCollisionAPI", "float", -np.inf),
        Field("rest_offsets", "physxCollision:restOffset", float, "PhysxCollisionAPI", "float", -np.inf),
    )

    def set_torsional_patch_radii(self, radii: VectorLike, *, indices: Indices = None, minimum: bool = False) -> None:
        """Set the radii of contacts that resist turning: stage units, kept without effect."""
        prims = chosen(self, indices)
        for prim, radius in zip(prims, spread(radii, len(prims), float)):
            _patch(minimum).write(prim, radius)

    def get_torsional_patch_radii(self, *, indices: Indices = None, minimum: bool = False) -> Array:
        """Return the radii of contacts that resist turning (N, 1)."""
        return array([[_patch(minimum).read(p)] for p in chosen(self, indices)])

    def apply_physics_materials(
        self,
        materials: PrimLike | Sequence[PrimLike],
        *,
        weaker_than_descendants: VectorLike | None = None,
        indices: Indices = None,
    ) -> None:
        """Bind a physics material to all, or one to each."""
        self._bind(materials, weaker_than_descendants, indices, "physics")

    def get_applied_physics_materials(self, *, indices: Indices = None) -> list[Any]:
        """Return the physics material of each as an object, None where there is none."""
        return [PhysicsMaterial.fetch_instances(m)[0] if m else None for m in self._bound(indices, "physics")]


def _patch(minimum: bool) -> Field:
    name = "minTorsionalPatchRadius" if minimum else "torsionalPatchRadius"
    return Field("radii", f"physxCollision:{name}", float, "PhysxCollisionAPI", "float")
