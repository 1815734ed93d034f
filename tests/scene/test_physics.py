"""Physics of scenes: what is recorded, and what is said of what is not simulated."""

from __future__ import annotations

from pathlib import Path

from rendersdg.scene import create, physics
from rendersdg.scene.recorder import recording


def test_only_what_is_given_is_recorded(tmp_path: Path) -> None:
    with recording(tmp_path):
        box = create.cube()
        shape = physics.collider("boundingcube", input_prims=box)
        plain = physics.collider(input_prims=box)
        body = physics.rigid_body(velocity=(1, 0, 0), input_prims=box)
        stuff = physics.physics_material(static_friction=0.3, dynamic_friction=0.2, input_prims=box)
        mass = physics.mass(density=500, input_prims=box)
        drive = physics.drive_properties(damping=2, input_prims=box)

    assert (shape.inputs, plain.inputs) == ({"approximation_shape": "boundingCube"}, {})
    assert body.inputs == {"velocity": (1, 0, 0)} and mass.inputs == {"density": 500}
    assert drive.inputs == {"damping": 2}
    assert stuff.inputs == {"dynamic_friction": 0.2}


def test_what_is_not_simulated_is_said(tmp_path: Path) -> None:
    with recording(tmp_path) as recorder:
        box = create.cube()
        physics.collider("potato", input_prims=box)
        physics.mass(mass=1, center_of_mass=(0, 0, 1), input_prims=box)
    said = " ".join(e["text"] for e in recorder.report.as_json())

    assert "potato" in said and "centre and inertia" in said
