"""Operations that make prims fall."""

from __future__ import annotations

from pathlib import Path

import pytest
from pxr import Usd, UsdGeom, UsdPhysics

from rendersdg.errors import RenderSDGError
from rendersdg.stage.state import Contact, SceneState
from tests.conftest import Opener

VIEW = (
    "eye: {create.camera: {position: [0, 0, 500]}}\nview: {create.render_product: {camera: eye, resolution: [8, 8]}}\n"
)
CUBE = "/Replicator/Cube_Xform"


def acted(open_scene: Opener, *operations: str) -> SceneState:
    lines = "".join(f"    {operation}\n" for operation in operations)
    session = open_scene(f"{VIEW}box: {{create.cube: {{}}}}\ngo:\n  with.box:\n{lines}", bare=True)
    session.builder.simulates = False
    return session.builder.state(session.planner.plan(0))


def test_speeds_are_in_metres_and_densities_by_the_cubic_metre(open_scene: Opener) -> None:
    state = acted(open_scene, "physics.rigid_body: {velocity: [100, 0, 0]}", "physics.mass: {density: 0.001}")

    assert state.motions[CUBE].velocity == pytest.approx((1, 0, 0))  # a unit is a centimetre
    assert state.motions[CUBE].density == pytest.approx(1000)


def test_contacts_keep_what_is_not_said(open_scene: Opener) -> None:
    state = acted(open_scene, "physics.physics_material: {dynamic_friction: 0.9}", "physics.collider: {}")

    assert state.contacts[CUBE] == Contact(friction=0.9, restitution=Contact().restitution)
    assert state.colliders == {CUBE: "convexHull"}


def test_nothing_bounces_higher_than_it_fell(open_scene: Opener) -> None:
    with pytest.raises(RenderSDGError, match="at most 1"):
        acted(open_scene, "physics.physics_material: {restitution: 1.5}")


def test_drives_are_set_in_the_units_of_the_stage_and_only_of_joints_that_have_one_way_to_move(
    open_scene: Opener, tmp_path: Path
) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "door.usda"))
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/door").GetPrim())
    UsdPhysics.RevoluteJoint.Define(stage, "/door/hinge"), UsdPhysics.SphericalJoint.Define(stage, "/door/ball")
    stage.Save()
    session = open_scene(
        VIEW
        + """
door: {create.from_usd: {usd: door.usda}}
joints: {get.prims: {path_pattern: (hinge|ball)}}
go:
  with.joints:
    physics.drive_properties: {stiffness: 3, damping: 0.5}
""",
        bare=True,
        folder=tmp_path,
    )
    session.builder.simulates = False
    state = session.builder.state(session.planner.plan(0))

    written = {name: value for (path, name), value in state.attributes.items() if path.endswith("hinge")}
    assert written == {"drive:angular:physics:stiffness": 3.0, "drive:angular:physics:damping": 0.5}
    assert not any(path.endswith("ball") for path, _ in state.attributes)
    assert "drives revolute and prismatic joints" in str(session.builder.base.report.as_json())
