"""Isaac Sim's prims and objects: handles on prims that get and set poses, speeds and materials."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics, UsdShade

from rendersdg.arrays import F8
from rendersdg.errors import BadArgument, NotSupported
from rendersdg.omni.bodies import add_physics_material_to_prim
from rendersdg.omni.isaac.materials import PhysicsMaterial, PreviewSurface
from rendersdg.omni.isaac.rotations import (
    get_local_pose,
    get_local_scale,
    get_world_pose,
    numbers,
    set_local_pose,
    set_world_pose,
)
from rendersdg.omni.isaac.stages import find_matching_prim_paths, get_next_free_path, prim_of, stage
from rendersdg.replicator import functional
from rendersdg.replicator.engine import current
from rendersdg.stage.author import set_attribute


class Rows(np.ndarray):
    """An array that also answers to ``numpy()``, as those of the newest generation do."""

    def numpy(self) -> F8:
        """Return it as a plain array."""
        return np.asarray(self)


def rows(values: Any) -> Rows:
    """Return values as an array with ``numpy()``."""
    return np.array(values, np.float64).view(Rows)


class SinglePrim:
    """A prim with a place: poses are positions and quaternions (w, x, y, z)."""

    def __init__(
        self,
        prim_path: str,
        name: str | None = None,
        position: Any = None,
        translation: Any = None,
        orientation: Any = None,
        scale: Any = None,
        visible: bool | None = None,
        reset_xform_properties: bool = True,
    ) -> None:
        self.prim_path = str(prim_path)
        self.name = name or self.prim_path.rsplit("/", 1)[-1]
        if position is not None and translation is not None:
            raise BadArgument("give position (in the world) or translation, not both", where=current().where())
        if not self.prim:
            stage().DefinePrim(self.prim_path, "Xform")
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
        return stage().GetPrimAtPath(self.prim_path)

    def is_valid(self) -> bool:
        """Return whether the prim is there."""
        return bool(self.prim)

    def initialize(self, physics_sim_view: Any = None) -> None:
        """Do nothing: it is ready."""

    def get_world_pose(self) -> tuple[F8, F8]:
        """Return position and quaternion in the world."""
        return get_world_pose(self.prim)

    def set_world_pose(self, position: Any = None, orientation: Any = None) -> None:
        """Place it in the world."""
        set_world_pose(self.prim, position, orientation)

    def get_local_pose(self) -> tuple[F8, F8]:
        """Return translation and quaternion in its parent's frame."""
        return get_local_pose(self.prim)

    def set_local_pose(self, translation: Any = None, orientation: Any = None) -> None:
        """Place it in its parent's frame."""
        set_local_pose(self.prim, translation, orientation)

    def get_local_scale(self) -> F8:
        """Return its scale."""
        return get_local_scale(self.prim)

    def set_local_scale(self, scale: Any) -> None:
        """Set its scale."""
        set_local_pose(self.prim, scale=scale)

    def get_world_scale(self) -> F8:
        """Return its scale in the world."""
        matrix = UsdGeom.Xformable(self.prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default())
        return np.linalg.norm(np.array(matrix)[:3, :3], axis=1)

    def set_visibility(self, visible: bool) -> None:
        """Show or hide it."""
        functional.modify_visibility(self.prim, bool(visible))

    def get_visibility(self) -> bool:
        """Return whether it is shown."""
        return bool(UsdGeom.Imageable(self.prim).ComputeVisibility() != UsdGeom.Tokens.invisible)

    def apply_visual_material(self, visual_material: Any, weaker_than_descendants: bool = False) -> None:
        """Bind a material."""
        strength = (
            UsdShade.Tokens.weakerThanDescendants
            if weaker_than_descendants
            else UsdShade.Tokens.strongerThanDescendants
        )
        UsdShade.MaterialBindingAPI.Apply(self.prim).Bind(UsdShade.Material(prim_of(visual_material)), strength)

    def set_default_state(self, position: Any = None, orientation: Any = None) -> None:
        """Say where it stands after a reset."""
        was = self._default or self.get_world_pose()
        self._default = (
            was[0] if position is None else numbers(position),
            was[1] if orientation is None else numbers(orientation),
        )

    def get_default_state(self) -> Any:
        """Return where it stands after a reset."""
        position, orientation = self._default or self.get_world_pose()
        return types.SimpleNamespace(position=position, orientation=orientation)

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
        found = self.prim.HasAPI(UsdPhysics.CollisionAPI)
        return bool(found and UsdPhysics.CollisionAPI(self.prim).GetCollisionEnabledAttr().Get() is not False)

    def set_collision_approximation(self, approximation_type: str) -> None:
        """Set the shape that stands for it in collisions; it is kept, for convex hulls are used."""
        functional.apply_collider(self.prim, approximation_type)

    def apply_physics_material(self, physics_material: Any, weaker_than_descendants: bool = False) -> None:
        """Bind a physics material."""
        add_physics_material_to_prim(stage(), self.prim, prim_of(physics_material).GetPath())


class SingleRigidPrim(SingleGeometryPrim):
    """A rigid body. Velocities are stage units a second, spins radians a second."""

    def __init__(
        self,
        prim_path: str,
        name: str | None = None,
        mass: float | None = None,
        density: float | None = None,
        linear_velocity: Any = None,
        angular_velocity: Any = None,
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

    def set_linear_velocity(self, velocity: Any) -> None:
        """Set the velocity."""
        self._api().CreateVelocityAttr().Set(Gf.Vec3f(*numbers(velocity).tolist()))

    def get_linear_velocity(self) -> F8:
        """Return the velocity."""
        return np.array(self._api().GetVelocityAttr().Get() or (0, 0, 0), np.float64)

    def set_angular_velocity(self, velocity: Any) -> None:
        """Set the spin."""
        self._api().CreateAngularVelocityAttr().Set(Gf.Vec3f(*np.degrees(numbers(velocity)).tolist()))

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
        prim_paths_expr: Any = None,
        name: str = "view",
        positions: Any = None,
        translations: Any = None,
        orientations: Any = None,
        scales: Any = None,
        visibilities: Any = None,
        *,
        paths: Any = None,
        **other: Any,
    ) -> None:
        given = prim_paths_expr if paths is None else paths
        self.name = name
        self.prim_paths: list[str] = []
        for one in [given] if isinstance(given, (str, Sdf.Path)) else given:
            text = str(one)
            is_path = Sdf.Path.IsValidPathString(text) and stage().GetPrimAtPath(text)
            self.prim_paths += [text] if is_path else find_matching_prim_paths(text)
        if not self.prim_paths:
            raise BadArgument(f"no prim's path matches {given!r}", where=current().where())
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
        return [stage().GetPrimAtPath(p) for p in self.prim_paths]

    def __len__(self) -> int:
        return self.count

    def initialize(self, physics_sim_view: Any = None) -> None:
        """Do nothing: they are ready."""

    post_reset = initialize

    def _some(self, indices: Any) -> list[Usd.Prim]:
        prims = self.prims
        return prims if indices is None else [prims[int(k)] for k in np.atleast_1d(numbers(indices))]

    def _rows(self, values: Any, count: int, width: int) -> list[Any]:
        if values is None:
            return [None] * count
        given = np.atleast_2d(numbers(values)) if width > 1 else numbers(values).reshape(-1, 1)
        if len(given) not in (1, count):
            raise BadArgument(f"{len(given)} values for {count} prims", where=current().where())
        return list(np.broadcast_to(given, (count, given.shape[1])))

    def _get(self, what: Callable[[Any], Any], indices: Any) -> list[Any]:
        return [what(p) for p in self._some(indices)]

    def get_world_poses(self, indices: Any = None, **other: Any) -> tuple[Rows, Rows]:
        """Return positions (N, 3) and quaternions (N, 4) in the world."""
        places, turns = zip(*self._get(get_world_pose, indices))
        return rows(places), rows(turns)

    def get_local_poses(self, indices: Any = None, **other: Any) -> tuple[Rows, Rows]:
        """Return translations (N, 3) and quaternions (N, 4) in the parents' frames."""
        places, turns = zip(*self._get(get_local_pose, indices))
        return rows(places), rows(turns)

    def get_local_scales(self, indices: Any = None) -> Rows:
        """Return scales (N, 3)."""
        return rows(self._get(get_local_scale, indices))

    def set_world_poses(
        self, positions: Any = None, orientations: Any = None, indices: Any = None, **other: Any
    ) -> None:
        """Place them in the world."""
        prims = self._some(indices)
        for prim, place, turn in zip(
            prims, self._rows(positions, len(prims), 3), self._rows(orientations, len(prims), 4)
        ):
            set_world_pose(prim, place, turn)

    def set_local_poses(self, translations: Any = None, orientations: Any = None, indices: Any = None) -> None:
        """Place them in their parents' frames."""
        prims = self._some(indices)
        for prim, place, turn in zip(
            prims, self._rows(translations, len(prims), 3), self._rows(orientations, len(prims), 4)
        ):
            set_local_pose(prim, place, turn)

    def set_local_scales(self, scales: Any, indices: Any = None) -> None:
        """Set their scales."""
        prims = self._some(indices)
        for prim, scale in zip(prims, self._rows(scales, len(prims), 3)):
            set_local_pose(prim, scale=scale)

    def set_visibilities(self, visibilities: Any, indices: Any = None) -> None:
        """Show or hide them."""
        prims = self._some(indices)
        for prim, shown in zip(prims, self._rows(visibilities, len(prims), 1)):
            functional.modify_visibility(prim, bool(shown[0]))

    def get_visibilities(self, indices: Any = None) -> list[bool]:
        """Return whether each is shown."""
        return [UsdGeom.Imageable(p).ComputeVisibility() != UsdGeom.Tokens.invisible for p in self._some(indices)]

    def apply_visual_materials(self, visual_materials: Any, **other: Any) -> None:
        """Bind a material, or one each."""
        given = list(visual_materials) if isinstance(visual_materials, (list, tuple)) else [visual_materials]
        for k, path in enumerate(self.prim_paths):
            SinglePrim(path).apply_visual_material(given[k % len(given)])


class RigidPrims(Prims):
    """Several rigid bodies. Velocities are stage units a second, spins radians a second."""

    def __init__(
        self,
        prim_paths_expr: Any = None,
        name: str = "rigids",
        masses: Any = None,
        linear_velocities: Any = None,
        angular_velocities: Any = None,
        **other: Any,
    ) -> None:
        super().__init__(prim_paths_expr, name, **other)
        for prim in self.prims:
            UsdPhysics.RigidBodyAPI.Apply(prim)
        self._bodies = [SingleRigidPrim(p) for p in self.prim_paths]
        if masses is not None:
            self.set_masses(masses)
        if linear_velocities is not None or angular_velocities is not None:
            self.set_velocities(linear_velocities, angular_velocities)

    def set_masses(self, masses: Any) -> None:
        """Set the masses in kilograms."""
        for body, value in zip(self._bodies, self._rows(masses, self.count, 1)):
            body.set_mass(float(value[0]))

    def set_velocities(self, linear_velocities: Any = None, angular_velocities: Any = None, **other: Any) -> None:
        """Set velocities (N, 3) and spins (N, 3); one array of six columns holds both."""
        if linear_velocities is not None and numbers(linear_velocities).shape[-1] == 6:
            both = np.atleast_2d(numbers(linear_velocities))
            linear_velocities, angular_velocities = both[:, :3], both[:, 3:]
        pairs = zip(self._rows(linear_velocities, self.count, 3), self._rows(angular_velocities, self.count, 3))
        for body, (velocity, spin) in zip(self._bodies, pairs):
            if velocity is not None:
                body.set_linear_velocity(velocity)
            if spin is not None:
                body.set_angular_velocity(spin)

    def set_linear_velocities(self, velocities: Any, **other: Any) -> None:
        """Set the velocities."""
        self.set_velocities(velocities)

    def set_angular_velocities(self, velocities: Any, **other: Any) -> None:
        """Set the spins."""
        self.set_velocities(None, velocities)

    def get_velocities(self, **other: Any) -> Rows:
        """Return velocities and spins side by side (N, 6)."""
        return rows(np.hstack([self.get_linear_velocities(), self.get_angular_velocities()]))

    def get_linear_velocities(self, **other: Any) -> Rows:
        """Return the velocities (N, 3)."""
        return rows([b.get_linear_velocity() for b in self._bodies])

    def get_angular_velocities(self, **other: Any) -> Rows:
        """Return the spins (N, 3)."""
        return rows([b.get_angular_velocity() for b in self._bodies])


def refused(*names: str) -> dict[str, type[Any]]:
    """Return classes that can be imported and not made: scripts import robots that some of their scenarios never
    use.
    """

    def make(self: Any, *args: Any, **more: Any) -> None:
        raise NotSupported(f"{type(self).__name__}: joints are not simulated", where=current().where())

    return {
        name: type(name, (), {"__init__": make, "__doc__": "Not supported: joints are not simulated."})
        for name in names
    }


# -- objects ----------------------------------------------------------------------------------------------------------

_SOLID: dict[str, tuple[Any, tuple[str, ...]]] = {
    "Cuboid": (UsdGeom.Cube, ("size",)),
    "Sphere": (UsdGeom.Sphere, ("radius",)),
    "Cylinder": (UsdGeom.Cylinder, ("radius", "height")),
    "Cone": (UsdGeom.Cone, ("radius", "height")),
    "Capsule": (UsdGeom.Capsule, ("radius", "height")),
}
_USUAL = {"size": 1.0, "radius": 1.0, "height": 1.0}


def _object(prefix: str, kind: str) -> type[Any]:
    """Return the class of a visual, fixed or dynamic object of a kind."""
    base = SingleRigidPrim if prefix == "Dynamic" else SingleGeometryPrim
    schema, measures = _SOLID[kind]

    def make(
        self: Any,
        prim_path: str,
        name: str | None = None,
        position: Any = None,
        translation: Any = None,
        orientation: Any = None,
        scale: Any = None,
        visible: bool | None = None,
        color: Any = None,
        visual_material: Any = None,
        physics_material: Any = None,
        **more: Any,
    ) -> None:
        is_new = not stage().GetPrimAtPath(str(prim_path))
        prim = schema.Define(stage(), str(prim_path)).GetPrim()
        for key in measures:
            value = more.pop(key, None)
            if value is not None or is_new:
                set_attribute(prim, key, float(_USUAL[key] if value is None else value))
        if prefix != "Visual":
            more["collision"] = True
        base.__init__(
            self,
            prim_path,
            name or f"{prefix}_{kind}".lower(),
            position=position,
            translation=translation,
            orientation=orientation,
            scale=scale,
            visible=visible,
            **more,
        )
        if visual_material is None and color is not None:
            visual_material = PreviewSurface(
                get_next_free_path("/World/Looks/visual_material", prepend_default_prim=False), color=color
            )
        if visual_material is not None:
            self.apply_visual_material(visual_material)
        if physics_material is not None:
            self.apply_physics_material(physics_material)

    def measure(key: str) -> dict[str, Any]:
        return {
            f"get_{key}": lambda self: float(self.prim.GetAttribute(key).Get()),
            f"set_{key}": lambda self, value: set_attribute(self.prim, key, float(value)),
        }

    members = {"__init__": make, "__doc__": f"A {prefix.lower()} {kind.lower()}."}
    for key in measures:
        members |= measure(key)
    return type(f"{prefix}{kind}", (base,), members)


OBJECTS: dict[str, type[Any]] = {
    f"{prefix}{kind}": _object(prefix, kind) for prefix in ("Visual", "Fixed", "Dynamic") for kind in _SOLID
}


class GroundPlane(SingleGeometryPrim):
    """A large horizontal plane that things lie on; of a prim that is there already, that."""

    def __init__(
        self,
        prim_path: str,
        name: str = "ground_plane",
        size: float | None = None,
        z_position: float = 0.0,
        scale: Any = None,
        visible: bool | None = None,
        color: Any = None,
        physics_material: Any = None,
        visual_material: Any = None,
        static_friction: float = 0.5,
        dynamic_friction: float = 0.5,
        restitution: float = 0.8,
        *,
        prim: Any = None,
    ) -> None:
        is_new = not stage().GetPrimAtPath(prim_path)
        if is_new:
            unit = UsdGeom.GetStageMetersPerUnit(stage())
            length = 100.0 / unit if size is None else float(size)
            functional.SHAPES["plane"](name=f"{prim_path}/geom", scale=length * unit)
            UsdPhysics.CollisionAPI.Apply(stage().GetPrimAtPath(f"{prim_path}/geom"))
        super().__init__(prim_path, name, position=(0, 0, z_position), scale=scale, visible=visible)
        if physics_material is None:
            path = get_next_free_path("/World/Physics_Materials/physics_material", prepend_default_prim=False)
            physics_material = PhysicsMaterial(path, "physics_material", static_friction, dynamic_friction, restitution)
        self.apply_physics_material(physics_material)
        if visual_material is None and (is_new or color is not None):
            visual_material = PreviewSurface(
                get_next_free_path("/World/Looks/visual_material", prepend_default_prim=False),
                color=(0.5, 0.5, 0.5) if color is None else color,
                roughness=0.6,
            )
        if visual_material is not None:
            self.apply_visual_material(visual_material)
