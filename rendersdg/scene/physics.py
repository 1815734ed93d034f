"""``rep.physics``: what falls and what it falls on. Simulated with the ``physics`` extra; without it, reported."""

from __future__ import annotations

from typing import Annotated

from rendersdg.graph.nodes import Node
from rendersdg.scene.recorder import current
from rendersdg.scene.types import Anything, Items, Number, OneOf, TextLike, Vector

_SHAPES = (
    "convexHull",
    "convexDecomposition",
    "convexMesh",
    "boundingCube",
    "boundingSphere",
    "none",
    "meshSimplification",
    "sdf",
)
Approximation = Annotated[TextLike, "string", OneOf(_SHAPES, any_case=True, is_open=True)]  # others are noted


def collider(
    approximation_shape: Approximation = "convexHull",
    contact_offset: Number = None,
    rest_offset: Number = None,
    input_prims: Items = None,
) -> Node:
    """Mark prims as colliders: by the convex hull of each connected part, or as ``approximation_shape`` says ("none":
    by their faces).
    """
    recorder = current()
    known = {name.lower(): name for name in _SHAPES}
    name = known.get(str(approximation_shape or "none").lower())
    if name is None:
        recorder.report.note("physics.collider", f"approximation_shape={approximation_shape!r} is taken as convexHull")
    inputs = {"approximation_shape": name} if name not in (None, "convexHull") else {}
    return recorder.node("physics.collider", inputs, recorder.targets(input_prims))


def rigid_body(
    velocity: Vector = None,
    angular_velocity: Vector = None,
    contact_offset: Number = None,
    rest_offset: Number = None,
    overwrite: Anything = None,
    input_prims: Items = None,
) -> Node:
    """Make prims rigid bodies, with a velocity (stage units a second) and a spin (degrees a second)."""
    recorder = current()
    inputs = {"velocity": velocity, "angular_velocity": angular_velocity}
    return recorder.node(
        "physics.rigid_body", {k: v for k, v in inputs.items() if v is not None}, recorder.targets(input_prims)
    )


def physics_material(
    static_friction: Number = None,
    dynamic_friction: Number = None,
    restitution: Number = None,
    input_prims: Items = None,
) -> Node:
    """Set how bodies and colliders rub and bounce. Static and dynamic friction are
    one here (the dynamic one, if given).
    """
    recorder = current()
    value = dynamic_friction if dynamic_friction is not None else static_friction
    inputs: dict[str, object] = {} if value is None else {"dynamic_friction": value}
    if restitution is not None:
        inputs["restitution"] = restitution
    return recorder.node("physics.physics_material", inputs, recorder.targets(input_prims))


def mass(
    mass: Number = None,
    density: Number = None,
    center_of_mass: Vector = None,
    diagonal_inertia: Vector = None,
    principal_axes: Vector = None,
    input_prims: Items = None,
) -> Node:
    """Set the mass of bodies in kilograms, or their density (kilograms a cubic stage unit);
    the rest follows from their shape.
    """
    recorder = current()
    if any(v is not None for v in (center_of_mass, diagonal_inertia, principal_axes)):
        recorder.report.note(
            "physics.mass", "centre and inertia follow from the shape; only mass and density are taken"
        )
    inputs = {"mass": mass, "density": density}
    return recorder.node(
        "physics.mass", {k: v for k, v in inputs.items() if v is not None}, recorder.targets(input_prims)
    )


def drive_properties(stiffness: Number = None, damping: Number = None, input_prims: Items = None) -> Node:
    """Drive revolute and prismatic joints: ``stiffness`` and ``damping`` of UsdPhysics' drives, by the units of the
    stage (angular ones are torques a degree).
    """
    recorder = current()
    inputs = {"stiffness": stiffness, "damping": damping}
    return recorder.node(
        "physics.drive_properties", {k: v for k, v in inputs.items() if v is not None}, recorder.targets(input_prims)
    )
