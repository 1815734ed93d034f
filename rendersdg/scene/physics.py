"""``rep.physics``: recorded names that need the physics extra, which this version does not have."""

from __future__ import annotations

from typing import Any

from rendersdg.scene.recorder import current
from rendersdg.scene.types import Anything, Items, Number, Text, Vector


def collider(approximation_shape: Text = "convexHull", input_prims: Items = None) -> None:
    """Mark prims as colliders. Not simulated: reported."""
    _not_simulated("collider")


def rigid_body(
    velocity: Vector = None, angular_velocity: Vector = None, overwrite: Anything = None, input_prims: Items = None
) -> None:
    """Mark prims as rigid bodies. Not simulated: reported."""
    _not_simulated("rigid_body")


def physics_material(
    static_friction: Number = None,
    dynamic_friction: Number = None,
    restitution: Number = None,
    input_prims: Items = None,
) -> None:
    """Set friction and restitution. Not simulated: reported."""
    _not_simulated("physics_material")


def mass(
    mass: Number = None,
    density: Number = None,
    center_of_mass: Vector = None,
    diagonal_inertia: Vector = None,
    principal_axes: Vector = None,
    input_prims: Items = None,
) -> None:
    """Set mass properties. Not simulated: reported."""
    _not_simulated("mass")


def drive_properties(stiffness: Number = None, damping: Number = None, input_prims: Items = None) -> None:
    """Set joint drives. Not simulated: reported."""
    _not_simulated("drive_properties")


def _not_simulated(name: str) -> Any:
    current().report.ignored(
        f"physics.{name}", "physics is not simulated by this version; prims stay where they are placed"
    )
