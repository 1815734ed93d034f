"""``isaacsim.core.experimental.prims.RigidPrim``: one rigid body or several."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdPhysics

from rendersdg import portable
from rendersdg.errors import BadArgument, NotSupported
from rendersdg.geometry import quaternion_rotation
from rendersdg.omni.doors import VectorLike
from rendersdg.omni.isaac.experimental.fields import Field, accessors, chosen, rows
from rendersdg.omni.isaac.experimental.handles import Paths, listed
from rendersdg.omni.isaac.experimental.ops import Array, Indices, array
from rendersdg.omni.isaac.experimental.prims import XformPrim
from rendersdg.omni.isaac.utils.xforms import get_world_pose
from rendersdg.replicator.engine import current
from rendersdg.stage.rigid import Force

__all__ = ["RigidPrim"]

_BODY = "PhysxRigidBodyAPI"
_MASSLESS = 1e-8  # kg, added before a mass is inverted: 0 says that it follows from the density


class RigidPrim(XformPrim):
    """One rigid body or several. Velocities are stage units a second, spins radians a second, masses kilograms."""

    def __init__(
        self,
        paths: Paths,
        *,
        masses: VectorLike | None = None,
        densities: VectorLike | None = None,
        contact_filter_paths: Paths | None = None,
        max_contact_count: int = 0,
        **more: Any,
    ) -> None:
        super().__init__(paths, **more)
        self._contact_filters = [] if contact_filter_paths is None else listed(contact_filter_paths)
        self._default_speeds: list[Array | None] = [None, None]
        for prim in self.prims:
            UsdPhysics.RigidBodyAPI.Apply(prim)
            prim.AddAppliedSchema(_BODY)
        if masses is not None:
            self.set_masses(masses)
        if densities is not None:
            self.set_densities(densities)

    @property
    def num_shapes(self) -> int:
        """How many colliders each body has: of the first."""
        return sum(p.HasAPI(UsdPhysics.CollisionAPI) for p in Usd.PrimRange(self.prim))

    @property
    def num_contact_filters(self) -> int:
        """How many prims contacts are asked with."""
        return len(self._contact_filters)

    def is_physics_tensor_entity_valid(self) -> bool:
        """Return whether the bodies are there: they can be asked at any time."""
        return self.valid

    # -- velocities and forces ----------------------------------------------------------------------------------------

    def get_velocities(self, *, indices: Indices = None) -> tuple[Array, Array]:
        """Return velocities (N, 3) and spins (N, 3)."""
        bodies = [UsdPhysics.RigidBodyAPI(p) for p in chosen(self, indices)]
        speeds = [b.GetVelocityAttr().Get() or (0, 0, 0) for b in bodies]
        spins = [b.GetAngularVelocityAttr().Get() or (0, 0, 0) for b in bodies]
        return array(speeds), array(np.radians(np.array(spins, np.float64)))

    def set_velocities(
        self,
        linear_velocities: VectorLike | None = None,
        angular_velocities: VectorLike | None = None,
        *,
        indices: Indices = None,
    ) -> None:
        """Set velocities and spins; what is not given stays."""
        prims = chosen(self, indices)
        if linear_velocities is not None:
            for prim, speed in zip(prims, rows(linear_velocities, len(prims), 3)):
                UsdPhysics.RigidBodyAPI(prim).CreateVelocityAttr().Set(Gf.Vec3f(*speed.tolist()))
        if angular_velocities is not None:
            for prim, spin in zip(prims, np.degrees(rows(angular_velocities, len(prims), 3))):
                UsdPhysics.RigidBodyAPI(prim).CreateAngularVelocityAttr().Set(Gf.Vec3f(*spin.tolist()))

    def apply_forces(self, forces: VectorLike, *, indices: Indices = None, local_frame: bool = False) -> None:
        """Let forces (N, 3) act on the bodies' centres during the next step: kg stage units / s^2."""
        self.apply_forces_and_torques_at_pos(forces, indices=indices, local_frame=local_frame)

    def apply_forces_and_torques_at_pos(
        self,
        forces: VectorLike | None = None,
        torques: VectorLike | None = None,
        *,
        positions: VectorLike | None = None,
        indices: Indices = None,
        local_frame: bool = False,
    ) -> None:
        """Let forces (N, 3) at positions, and torques, act during the next step: kg stage units / s^2, and times stage
        units; in the world, or in the bodies' own frames.
        """
        if forces is None and torques is None:
            raise BadArgument("give forces or torques", where=current().where())
        prims = chosen(self, indices)
        unit = float(UsdGeom.GetStageMetersPerUnit(current().recorder.stage))
        pushes, twists = (np.zeros((len(prims), 3)) if v is None else rows(v, len(prims), 3) for v in (forces, torques))
        points = [None] * len(prims) if positions is None else list(rows(positions, len(prims), 3))
        for prim, push, twist, point in zip(prims, pushes, twists, points):
            place, turn = get_world_pose(prim)
            world_from_body = quaternion_rotation(turn.tolist()) if local_frame else np.eye(3)
            at = None if point is None else portable.product(world_from_body, point) + (place if local_frame else 0.0)
            current().physics.forces.append(
                Force(
                    str(prim.GetPath()),
                    portable.product(world_from_body, push) * unit,
                    portable.product(world_from_body, twist) * (unit * unit),
                    None if at is None else at * unit,
                )
            )

    # -- what they weigh, and how they are simulated ------------------------------------------------------------------

    set_masses, _masses = accessors(
        "the masses in kilograms", Field("masses", "physics:mass", float, "PhysicsMassAPI", "float", 0.0)
    )
    set_densities, get_densities = accessors(
        "the densities in kilograms a cubic stage unit",
        Field("densities", "physics:density", float, "PhysicsMassAPI", "float", 0.0),
    )
    set_sleep_thresholds, get_sleep_thresholds = accessors(
        "the energy below which PhysX lets a body rest: kept without effect",
        Field("thresholds", "physxRigidBody:sleepThreshold", float, _BODY, "float", 5e-5),
    )
    set_enabled_rigid_bodies, get_enabled_rigid_bodies = accessors(
        "whether they move", Field("enabled", "physics:rigidBodyEnabled", bool, "PhysicsRigidBodyAPI", "bool", True)
    )
    set_enabled_gravities, get_enabled_gravities = accessors(
        "whether they fall",
        Field("enabled", "physxRigidBody:disableGravity", bool, _BODY, "bool", False, is_negated=True),
    )

    def get_masses(self, *, indices: Indices = None, inverse: bool = False) -> Array:
        """Return the masses that were set, in kilograms (N, 1); 0 where they follow from the density."""
        masses = type(self)._masses(self, indices=indices)
        return array(1.0 / (masses + _MASSLESS)) if inverse else masses

    def set_coms(
        self,
        positions: VectorLike | None = None,
        orientations: VectorLike | None = None,
        *,
        indices: Indices = None,
    ) -> None:
        """Set the centres of mass in the bodies' frames, in stage units."""
        if positions is not None:
            prims = chosen(self, indices)
            for prim, place in zip(prims, rows(positions, len(prims), 3)):
                UsdPhysics.MassAPI.Apply(prim).CreateCenterOfMassAttr().Set(Gf.Vec3f(*place.tolist()))

    def set_enabled_contact_tracking(
        self, enabled: VectorLike, *, indices: Indices = None, threshold: float = 0.0
    ) -> None:
        """Say whether PhysX's contact report tells of them."""
        prims = chosen(self, indices)
        for prim, is_on in zip(prims, np.broadcast_to(np.asarray(enabled, bool).ravel(), len(prims))):
            (prim.AddAppliedSchema if is_on else prim.RemoveAppliedSchema)("PhysxContactReportAPI")

    def get_enabled_contact_tracking(self, *, indices: Indices = None) -> Array:
        """Return whether PhysX's contact report tells of them (N, 1)."""
        schemas = [p.GetPrimTypeInfo().GetAppliedAPISchemas() for p in chosen(self, indices)]
        return array([["PhysxContactReportAPI" in s] for s in schemas], np.bool_)

    # -- the state after a reset --------------------------------------------------------------------------------------

    def set_default_state(
        self,
        positions: VectorLike | None = None,
        orientations: VectorLike | None = None,
        linear_velocities: VectorLike | None = None,
        angular_velocities: VectorLike | None = None,
        *,
        indices: Indices = None,
    ) -> None:
        """Say where they stand, and how they move, after a reset."""
        super().set_default_state(positions, orientations, indices=indices)
        for k, values in enumerate((linear_velocities, angular_velocities)):
            if values is not None:
                self._default_speeds[k] = self._changed(self._default_speeds[k], values, 3, indices)

    def get_default_state(self, *, indices: Indices = None) -> Any:
        """Return positions, quaternions, velocities and spins after a reset, None where nothing was said."""
        which = slice(None) if indices is None else array(indices, np.int32).reshape(-1)
        speeds = (None if s is None else array(s[which]) for s in self._default_speeds)
        return (*super().get_default_state(indices=indices), *speeds)

    def reset_to_default_state(self, *, warn_on_non_default_state: bool = False) -> None:
        """Put them where they stand, and let them move as they do, after a reset."""
        super().reset_to_default_state(warn_on_non_default_state=warn_on_non_default_state)
        if any(s is not None for s in self._default_speeds):
            self.set_velocities(*self._default_speeds)

    # -- what PhysX alone knows ---------------------------------------------------------------------------------------

    def _unknown(self, *args: object, **options: object) -> NoReturn:
        raise NotSupported(
            "RigidPrim: centres of mass, inertias and contact forces cannot be read; where bodies meet is told by "
            "omni.physx's contact report",
            where=current().where(),
        )

    get_coms = get_inertias = set_inertias = get_net_contact_forces = get_contact_force_matrix = _unknown
    get_contact_force_data = get_friction_data = get_raw_contact_data = get_actor_paths_from_ids = _unknown

    def initialize_cpp_data_view(self) -> None:
        """Do nothing: data are read from the stage."""
