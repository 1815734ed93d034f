"""What moves as one body: bodies below bodies, and the parts of assets of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from pxr import Usd, UsdGeom, UsdPhysics

from rendersdg.errors import Report
from rendersdg.stage.base import BaseScene
from rendersdg.stage.compounds import nested
from rendersdg.stage.physics import bodies_of
from rendersdg.stage.state import SceneState
from tests.running import ran

pytest.importorskip("mujoco")
pytestmark = pytest.mark.extra


def box(stage: Usd.Stage, path: str) -> UsdGeom.Cube:
    cube = UsdGeom.Cube.Define(stage, path)
    UsdPhysics.RigidBodyAPI.Apply(cube.GetPrim())
    UsdPhysics.CollisionAPI.Apply(cube.GetPrim())
    return cube


@pytest.fixture
def stage() -> Usd.Stage:
    """A body that holds two bodies, of which one holds another, and a body beside it."""
    stage = Usd.Stage.CreateInMemory()
    for path in ("/cart", "/cart/wheel", "/cart/load", "/cart/load/lid", "/tree"):
        box(stage, path)
    return stage


def state_of(stage: Usd.Stage) -> SceneState:
    return SceneState(BaseScene(stage, Report(False)))


def test_a_body_below_a_body_is_part_of_it(stage: Usd.Stage) -> None:
    state = state_of(stage)

    assert sorted(bodies_of(state)) == ["/cart", "/tree"]
    assert "below the body /cart" in state.base.report.entries["note", "/cart/wheel"]


def test_a_body_whose_transform_is_reset_moves_by_itself_with_what_is_below(stage: Usd.Stage) -> None:
    UsdGeom.Xformable(stage.GetPrimAtPath("/cart/load")).SetResetXformStack(True)

    assert sorted(bodies_of(state_of(stage))) == ["/cart", "/cart/load", "/tree"]


def test_a_body_that_a_joint_names_moves_by_itself(stage: Usd.Stage) -> None:
    joint = UsdPhysics.RevoluteJoint.Define(stage, "/cart/axle")
    joint.CreateBody0Rel().SetTargets(["/cart"])
    joint.CreateBody1Rel().SetTargets(["/cart/wheel"])

    assert sorted(bodies_of(state_of(stage))) == ["/cart", "/cart/wheel", "/tree"]


def test_a_body_below_one_that_does_not_move_by_itself_moves(stage: Usd.Stage) -> None:
    UsdPhysics.RigidBodyAPI(stage.GetPrimAtPath("/cart")).CreateKinematicEnabledAttr(True)
    state = state_of(stage)

    assert sorted(bodies_of(state)) == ["/cart/load", "/cart/wheel", "/tree"]
    assert nested(state, ["/tree"]) == {}


def test_the_parts_of_a_stand_in_that_are_made_rigid_one_by_one_fall_as_one(tmp_path: Path) -> None:
    outcome = ran(
        tmp_path,
        """
        import numpy as np
        import omni.replicator.core as rep
        import omni.timeline
        from isaacsim.core.experimental.utils.app import update_app
        from pxr import UsdGeom

        rep.functional.physics.apply_collider(rep.functional.create.plane(scale=(10, 10, 1)))
        cart = rep.functional.create.reference(usd_path="/Isaac/Props/Dolly/dolly.usd", position=(0, 0, 0.1))
        parts = [p for p in cart.GetChildren() if p.IsA(UsdGeom.Gprim)]
        for part in parts:
            rep.functional.physics.apply_rigid_body(part)
        omni.timeline.get_timeline_interface().play()
        for _ in range(60):
            update_app()
        places = [UsdGeom.Xformable(p).ComputeLocalToWorldTransform(0).ExtractTranslation() for p in parts]

        assert len(parts) == 3 and np.abs(np.array(places)).max() < 1e-3, places
        """,
    )

    assert outcome.error is None, outcome.error
