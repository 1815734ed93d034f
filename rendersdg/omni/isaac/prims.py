"""Isaac Sim's prims: handles on one prim or on several that get and set poses, speeds and materials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from pxr import Sdf, Usd, UsdGeom, UsdPhysics, UsdShade

from rendersdg import portable
from rendersdg.arrays import F8
from rendersdg.english import counted
from rendersdg.errors import BadArgument
from rendersdg.omni.doors import PathLike, PrimLike, VectorLike, gf_vec3f, numbers, prim_of
from rendersdg.omni.isaac.utils.prims import find_matching_prim_paths
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.omni.isaac.utils.xforms import (
    get_local_pose,
    get_local_scale,
    get_world_pose,
    keep_isaacs_ops,
    set_local_pose,
    set_world_pose,
)
from rendersdg.omni.kit.physics_utils import add_physics_material_to_prim
from rendersdg.replicator import functional
from rendersdg.replicator.engine import current

T = TypeVar("T")


class Rows(np.ndarray):
    """An array that also answers to ``numpy()``, as those of the newest generation do."""

    def numpy(self) -> F8:
        """Return it as a plain array."""
        return np.asarray(self)


def rows(values: Sequence[F8] | F8) -> Rows:
    """Return values as an array with ``numpy()``."""
    return np.array(values, np.float64).view(Rows)


@dataclass(eq=False)
class XFormPrimState:
    """Where a prim stands in the world: (3,) stage units and a quaternion (w, x, y, z)."""

    position: F8
    orientation: F8


class SinglePrim:
    """A prim with a place: poses are positions and quaternions (w, x, y, z)."""

    def __init__(
        self,
        prim_path: str,
        name: str | None = None,
        position: VectorLike | None = None,
        translation: VectorLike | None = None,
        orientation: VectorLike | None = None,
        scale: VectorLike | None = None,
        visible: bool | None = None,
        reset_xform_properties: bool = True,
    ) -> None:
        self.prim_path = str(prim_path)
        self.name = name or self.prim_path.rsplit("/", 1)[-1]
        if position is not None and translation is not None:
            raise BadArgument("give position (in the world) or translation, not both", where=current().where())
        if not self.prim:
            get_current_stage().DefinePrim(self.prim_path, "Xform")
        if reset_xform_properties:
            keep_isaacs_ops(self.prim)
        if translation is not None or scale is not None:
            set_local_pose(self.prim, translation, None, scale)
        if position is not None or orientation is not None:
            self.set_world_pose(position, orientation) if translation is None else self.set_local_pose(
                None, orientation
            )
        if visible is not None:
            self.set_visibility(visible)
        self._default = self.get_world_pose() if UsdGeom.Xformable(self.prim) else None

    @property
    def prim(self) -> Usd.Prim:
        """The prim."""
        return get_current_stage().GetPrimAtPath(self.prim_path)

    def is_valid(self) -> bool:
        """Return whether the prim is there."""
        return bool(self.prim)

    def initialize(self, physics_sim_view: object = None) -> None:
        """Do nothing: it is ready."""

    def get_world_pose(self) -> tuple[F8, F8]:
        """Return position and quaternion in the world."""
        return get_world_pose(self.prim)

    def set_world_pose(self, position: VectorLike | None = None, orientation: VectorLike | None = None) -> None:
        """Place it in the world."""
        set_world_pose(self.prim, position, orientation)

    def get_local_pose(self) -> tuple[F8, F8]:
        """Return translation and quaternion in its parent's frame."""
        return get_local_pose(self.prim)

    def set_local_pose(self, translation: VectorLike | None = None, orientation: VectorLike | None = None) -> None:
        """Place it in its parent's frame."""
        set_local_pose(self.prim, translation, orientation)

    def get_local_scale(self) -> F8:
        """Return its scale."""
        return get_local_scale(self.prim)

    def set_local_scale(self, scale: VectorLike) -> None:
        """Set its scale."""
        set_local_pose(self.prim, scale=scale)

    def get_world_scale(self) -> F8:
        """Return its scale in the world."""
        matrix = UsdGeom.Xformable(self.prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default())
        return portable.norm(np.array(matrix)[:3, :3], axis=1)

    def set_visibility(self, visible: bool) -> None:
        """Show or hide it."""
        functional.modify_visibility(self.prim, bool(visible))

    def get_visibility(self) -> bool:
        """Return whether it is shown."""
        return bool(UsdGeom.Imageable(self.prim).ComputeVisibility() != UsdGeom.Tokens.invisible)

    def apply_visual_material(self, visual_material: PrimLike, weaker_than_descendants: bool = False) -> None:
        """Bind a material."""
        strength = (
            UsdShade.Tokens.weakerThanDescendants
            if weaker_than_descendants
            else UsdShade.Tokens.strongerThanDescendants
        )
        UsdShade.MaterialBindingAPI.Apply(self.prim).Bind(UsdShade.Material(prim_of(visual_material)), strength)

    def set_default_state(self, position: VectorLike | None = None, orientation: VectorLike | None = None) -> None:
        """Say where it stands after a reset."""
        before = self._default or self.get_world_pose()
        self._default = (
            before[0] if position is None else numbers(position),
            before[1] if orientation is None else numbers(orientation),
        )

    def get_default_state(self) -> XFormPrimState:
        """Return where it stands after a reset."""
        return XFormPrimState(*(self._default or self.get_world_pose()))

    def post_reset(self) -> None:
        """Put it where it stands after a reset."""
        if self._default is not None:
            self.set_world_pose(*self._default)


class SingleGeometryPrim(SinglePrim):
    """A prim with surfaces that may collide."""

    def __init__(self, prim_path: str, name: str | None = None, collision: bool = False, **pose: Any) -> None:
        super().__init__(prim_path, name, **pose)
        if collision:
            self.set_collision_enabled(True)

    def set_collision_enabled(self, enabled: bool) -> None:
        """Say whether others collide with it."""
        UsdPhysics.CollisionAPI.Apply(self.prim).CreateCollisionEnabledAttr().Set(bool(enabled))

    def get_collision_enabled(self) -> bool:
        """Return whether others collide with it."""
        has_collider = self.prim.HasAPI(UsdPhysics.CollisionAPI)
        return bool(has_collider and UsdPhysics.CollisionAPI(self.prim).GetCollisionEnabledAttr().Get() is not False)

    def set_collision_approximation(self, approximation_type: str) -> None:
        """Set the shape that stands for it in collisions, as ``physics:approximation`` names them."""
        functional.apply_collider(self.prim, approximation_type)

    def apply_physics_material(self, physics_material: PrimLike, weaker_than_descendants: bool = False) -> None:
        """Bind a physics material."""
        add_physics_material_to_prim(get_current_stage(), self.prim, prim_of(physics_material).GetPath())


class SingleRigidPrim(SingleGeometryPrim):
    """A rigid body. Velocities are stage units a second, spins radians a second."""

    def __init__(
        self,
        prim_path: str,
        name: str | None = None,
        mass: float | None = None,
        density: float | None = None,
        linear_velocity: VectorLike | None = None,
        angular_velocity: VectorLike | None = None,
        **more: Any,
    ) -> None:
        super().__init__(prim_path, name, **more)
        UsdPhysics.RigidBodyAPI.Apply(self.prim)
        if mass is not None:
            self.set_mass(mass)
        if density is not None:
            self.set_density(density)
        if linear_velocity is not None:
            self.set_linear_velocity(linear_velocity)
        if angular_velocity is not None:
            self.set_angular_velocity(angular_velocity)
        self._speed = self.get_linear_velocity(), self.get_angular_velocity()

    def _api(self) -> UsdPhysics.RigidBodyAPI:
        return UsdPhysics.RigidBodyAPI(self.prim)

    def set_linear_velocity(self, velocity: VectorLike) -> None:
        """Set the velocity."""
        self._api().CreateVelocityAttr().Set(gf_vec3f(velocity))

    def get_linear_velocity(self) -> F8:
        """Return the velocity."""
        return np.array(self._api().GetVelocityAttr().Get() or (0, 0, 0), np.float64)

    def set_angular_velocity(self, velocity: VectorLike) -> None:
        """Set the spin."""
        self._api().CreateAngularVelocityAttr().Set(gf_vec3f(np.degrees(numbers(velocity))))

    def get_angular_velocity(self) -> F8:
        """Return the spin."""
        return np.radians(np.array(self._api().GetAngularVelocityAttr().Get() or (0, 0, 0), np.float64))

    def set_mass(self, mass: float) -> None:
        """Set the mass in kilograms."""
        UsdPhysics.MassAPI.Apply(self.prim).CreateMassAttr().Set(float(mass))

    def get_mass(self) -> float:
        """Return the mass that was set, in kilograms; 0 where it follows from the density."""
        return float(UsdPhysics.MassAPI(self.prim).GetMassAttr().Get() or 0.0)

    def set_density(self, density: float) -> None:
        """Set the density in kilograms a cubic stage unit."""
        UsdPhysics.MassAPI.Apply(self.prim).CreateDensityAttr().Set(float(density))

    def enable_rigid_body_physics(self) -> None:
        """Let it fall."""
        self._api().CreateRigidBodyEnabledAttr().Set(True)

    def disable_rigid_body_physics(self) -> None:
        """Hold it where it is."""
        self._api().CreateRigidBodyEnabledAttr().Set(False)

    def post_reset(self) -> None:
        """Put it where it stands after a reset, with the speed that it began with."""
        super().post_reset()
        self.set_linear_velocity(self._speed[0])
        self.set_angular_velocity(self._speed[1])


class Prims:
    """Several prims, by path or by regular expression, level by level: poses are arrays, a row each."""

    def __init__(
        self,
        prim_paths_expr: PathLike | Sequence[PathLike] | None = None,
        name: str = "view",
        positions: VectorLike | None = None,
        translations: VectorLike | None = None,
        orientations: VectorLike | None = None,
        scales: VectorLike | None = None,
        visibilities: VectorLike | None = None,
        *,
        paths: PathLike | Sequence[PathLike] | None = None,
        **options: object,
    ) -> None:
        patterns: Any = prim_paths_expr if paths is None else paths
        self.name = name
        self.prim_paths: list[str] = []
        for one in [patterns] if isinstance(patterns, (str, Sdf.Path)) else patterns:
            text = str(one)
            is_path = Sdf.Path.IsValidPathString(text) and get_current_stage().GetPrimAtPath(text)
            self.prim_paths += [text] if is_path else find_matching_prim_paths(text)
        if not self.prim_paths:
            raise BadArgument(f"no prim's path matches {patterns!r}", where=current().where())
        if options.get("reset_xform_properties", True):
            for path in self.prim_paths:
                keep_isaacs_ops(path)
        if scales is not None:
            self.set_local_scales(scales)
        if positions is not None:
            self.set_world_poses(positions, orientations)
        elif translations is not None or orientations is not None:
            self.set_local_poses(translations, orientations)
        if visibilities is not None:
            self.set_visibilities(visibilities)

    @property
    def paths(self) -> list[str]:
        """The paths."""
        return list(self.prim_paths)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.prim_paths)

    @property
    def prims(self) -> list[Usd.Prim]:
        """The prims."""
        return [get_current_stage().GetPrimAtPath(p) for p in self.prim_paths]

    def __len__(self) -> int:
        return self.count

    def initialize(self, physics_sim_view: object = None) -> None:
        """Do nothing: they are ready."""

    post_reset = initialize

    def _some(self, indices: VectorLike | None) -> list[Usd.Prim]:
        prims = self.prims
        return prims if indices is None else [prims[int(k)] for k in np.atleast_1d(numbers(indices))]

    def _rows(self, values: VectorLike, count: int, width: int) -> list[F8]:
        """Return a row for each of ``count`` prims, out of as many or one for all. Raises BadArgument for others."""
        listed = np.atleast_2d(numbers(values)) if width > 1 else numbers(values).reshape(-1, 1)
        if len(listed) not in (1, count):
            raise BadArgument(f"{counted(len(listed), 'value')} for {counted(count, 'prim')}", where=current().where())
        return list(np.broadcast_to(listed, (count, listed.shape[1])))

    def _rows_or_none(self, values: VectorLike | None, count: int, width: int) -> Sequence[F8 | None]:
        return [None] * count if values is None else self._rows(values, count, width)

    def _get(self, read: Callable[[Usd.Prim], T], indices: VectorLike | None) -> list[T]:
        return [read(p) for p in self._some(indices)]

    def get_world_poses(self, indices: VectorLike | None = None, **options: object) -> tuple[Rows, Rows]:
        """Return positions (N, 3) and quaternions (N, 4) in the world."""
        places, turns = zip(*self._get(get_world_pose, indices))
        return rows(places), rows(turns)

    def get_local_poses(self, indices: VectorLike | None = None, **options: object) -> tuple[Rows, Rows]:
        """Return translations (N, 3) and quaternions (N, 4) in the parents' frames."""
        places, turns = zip(*self._get(get_local_pose, indices))
        return rows(places), rows(turns)

    def get_local_scales(self, indices: VectorLike | None = None) -> Rows:
        """Return scales (N, 3)."""
        return rows(self._get(get_local_scale, indices))

    def set_world_poses(
        self,
        positions: VectorLike | None = None,
        orientations: VectorLike | None = None,
        indices: VectorLike | None = None,
        **options: object,
    ) -> None:
        """Place them in the world."""
        prims = self._some(indices)
        for prim, place, turn in zip(
            prims, self._rows_or_none(positions, len(prims), 3), self._rows_or_none(orientations, len(prims), 4)
        ):
            set_world_pose(prim, place, turn)

    def set_local_poses(
        self,
        translations: VectorLike | None = None,
        orientations: VectorLike | None = None,
        indices: VectorLike | None = None,
    ) -> None:
        """Place them in their parents' frames."""
        prims = self._some(indices)
        for prim, place, turn in zip(
            prims, self._rows_or_none(translations, len(prims), 3), self._rows_or_none(orientations, len(prims), 4)
        ):
            set_local_pose(prim, place, turn)

    def set_local_scales(self, scales: VectorLike, indices: VectorLike | None = None) -> None:
        """Set their scales."""
        prims = self._some(indices)
        for prim, scale in zip(prims, self._rows(scales, len(prims), 3)):
            set_local_pose(prim, scale=scale)

    def set_visibilities(self, visibilities: VectorLike, indices: VectorLike | None = None) -> None:
        """Show or hide them."""
        prims = self._some(indices)
        for prim, shown in zip(prims, self._rows(visibilities, len(prims), 1)):
            functional.modify_visibility(prim, bool(shown[0]))

    def get_visibilities(self, indices: VectorLike | None = None) -> list[bool]:
        """Return whether each is shown."""
        return [UsdGeom.Imageable(p).ComputeVisibility() != UsdGeom.Tokens.invisible for p in self._some(indices)]

    def apply_visual_materials(self, visual_materials: PrimLike | Sequence[PrimLike], **options: object) -> None:
        """Bind a material, or one each."""
        materials = list(visual_materials) if isinstance(visual_materials, (list, tuple)) else [visual_materials]
        for k, path in enumerate(self.prim_paths):
            SinglePrim(path).apply_visual_material(materials[k % len(materials)])


class RigidPrims(Prims):
    """Several rigid bodies. Velocities are stage units a second, spins radians a second."""

    def __init__(
        self,
        prim_paths_expr: PathLike | Sequence[PathLike] | None = None,
        name: str = "rigids",
        masses: VectorLike | None = None,
        linear_velocities: VectorLike | None = None,
        angular_velocities: VectorLike | None = None,
        **more: Any,
    ) -> None:
        super().__init__(prim_paths_expr, name, **more)
        for prim in self.prims:
            UsdPhysics.RigidBodyAPI.Apply(prim)
        self._bodies = [SingleRigidPrim(p) for p in self.prim_paths]
        if masses is not None:
            self.set_masses(masses)
        if linear_velocities is not None or angular_velocities is not None:
            self.set_velocities(linear_velocities, angular_velocities)

    def set_masses(self, masses: VectorLike) -> None:
        """Set the masses in kilograms."""
        for body, value in zip(self._bodies, self._rows(masses, self.count, 1)):
            body.set_mass(float(value[0]))

    def set_velocities(
        self,
        linear_velocities: VectorLike | None = None,
        angular_velocities: VectorLike | None = None,
        **options: object,
    ) -> None:
        """Set velocities (N, 3) and spins (N, 3); one array of six columns holds both."""
        if linear_velocities is not None and numbers(linear_velocities).shape[-1] == 6:
            both = np.atleast_2d(numbers(linear_velocities))
            linear_velocities, angular_velocities = both[:, :3], both[:, 3:]
        pairs = zip(
            self._rows_or_none(linear_velocities, self.count, 3), self._rows_or_none(angular_velocities, self.count, 3)
        )
        for body, (velocity, spin) in zip(self._bodies, pairs):
            if velocity is not None:
                body.set_linear_velocity(velocity)
            if spin is not None:
                body.set_angular_velocity(spin)

    def set_linear_velocities(self, velocities: VectorLike, **options: object) -> None:
        """Set the velocities."""
        self.set_velocities(velocities)

    def set_angular_velocities(self, velocities: VectorLike, **options: object) -> None:
        """Set the spins."""
        self.set_velocities(None, velocities)

    def get_velocities(self, **options: object) -> Rows:
        """Return velocities and spins side by side (N, 6)."""
        return rows(np.hstack([self.get_linear_velocities(), self.get_angular_velocities()]))

    def get_linear_velocities(self, **options: object) -> Rows:
        """Return the velocities (N, 3)."""
        return rows([b.get_linear_velocity() for b in self._bodies])

    def get_angular_velocities(self, **options: object) -> Rows:
        """Return the spins (N, 3)."""
        return rows([b.get_angular_velocity() for b in self._bodies])
