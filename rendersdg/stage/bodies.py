"""Operations that make prims rigid bodies and colliders."""

from __future__ import annotations

from dataclasses import replace

from rendersdg.errors import BadArgument
from rendersdg.graph.plan import Firing
from rendersdg.stage.author import Author
from rendersdg.stage.state import Contact, Motion, SceneState
from rendersdg.stage.values import item, number, vector


def rigid_body(state: SceneState, firing: Firing) -> None:
    """physics.rigid_body: makes prims fall, with a velocity (stage units a second) and a spin (degrees a second)."""
    unit = Author(state.base.stage).meters_per_unit
    for index, path in enumerate(firing.targets):
        speed = vector("velocity", item(firing.inputs.get("velocity") or 0.0, index))
        spin = vector("angular_velocity", item(firing.inputs.get("angular_velocity") or 0.0, index))
        old = state.motions.get(path, Motion())
        state.motions[path] = replace(old, velocity=tuple(v * unit for v in speed), angular_velocity=spin)


def collider(state: SceneState, firing: Firing) -> None:
    """physics.collider: makes prims stop what falls on them."""
    shape = str(firing.inputs.get("approximation_shape", "convexHull"))
    state.colliders.update(dict.fromkeys(firing.targets, shape))


def mass(state: SceneState, firing: Firing) -> None:
    """physics.mass: gives bodies a mass in kilograms, or a density in kilograms a cubic stage unit."""
    unit = Author(state.base.stage).meters_per_unit
    for index, path in enumerate(firing.targets):
        for name, scale in (("mass", 1.0), ("density", 1 / (unit * unit * unit))):
            value = firing.inputs.get(name)
            if value is not None and path in state.motions:
                weight = number(name, item(value, index))
                if weight <= 0:
                    raise BadArgument(f"{name}={weight:g} must be above 0")
                state.motions[path] = replace(state.motions[path], **{name: weight * scale})  # type: ignore[arg-type]


def contact(state: SceneState, firing: Firing) -> None:
    """physics.physics_material: says how bodies and colliders rub and bounce."""
    for index, path in enumerate(firing.targets):
        changes = {}
        for name, key in (("dynamic_friction", "friction"), ("restitution", "restitution")):
            if (value := firing.inputs.get(name)) is not None:
                changes[key] = number(name, item(value, index))
                if changes[key] < 0 or (key == "restitution" and changes[key] > 1):
                    raise BadArgument(
                        f"{name}={changes[key]:g} must be at least 0" + (", at most 1" if key == "restitution" else "")
                    )
        state.contacts[path] = replace(state.contacts.get(path, Contact()), **changes)


def drive_properties(state: SceneState, firing: Firing) -> None:
    """physics.drive_properties: writes stiffness and damping of the drives of joints, in the units of the stage."""
    freedoms = {"PhysicsRevoluteJoint": "angular", "PhysicsPrismaticJoint": "linear"}
    for index, path in enumerate(firing.targets):
        prim = state.base.stage.GetPrimAtPath(path)
        freedom = freedoms.get(str(prim.GetTypeName())) if prim else None
        if freedom is None:
            state.base.report.ignored(
                path, "physics.drive_properties drives revolute and prismatic joints; write the attributes of others"
            )
            continue
        for name, value in firing.inputs.items():
            state.attributes[path, f"drive:{freedom}:physics:{name}"] = number(name, item(value, index))
