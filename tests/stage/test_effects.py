"""What operations do to the scene."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.geometry import euler_rotation
from rendersdg.stage.state import SceneState
from tests.conftest import Opener

CUBE = "/Replicator/Cube_Xform"


def acted(open_scene: Opener, operation: str) -> SceneState:
    session = open_scene(f"box: {{create.cube: {{position: [1, 2, 3]}}}}\ngo:\n  with.box:\n    {operation}\n")
    return session.builder.state(session.planner.plan(0))


def test_one_component_of_a_pose_changes_alone(open_scene: Opener) -> None:
    state = acted(open_scene, "modify.pose: {position_y: 9, rotation_z: 90}")

    assert state.pose(CUBE).translate == (1, 9, 3)
    assert np.allclose(state.world(CUBE)[:3, :3], euler_rotation((0, 0, 90)))


def test_a_prim_looks_at_its_target_by_the_cameras_axis(open_scene: Opener) -> None:
    state = acted(open_scene, "modify.pose: {look_at: [5, 2, 3]}")

    # on a Z-up stage what is not turned looks along -x
    assert np.allclose(state.world(CUBE)[:3, :3] @ (-1, 0, 0), (1, 0, 0), atol=1e-9)


def test_attributes_and_visibility_are_opinions_of_the_frame(open_scene: Opener) -> None:
    state = acted(open_scene, "modify.visibility: {value: false}")

    assert not state.is_visible((CUBE,))
    assert state.base.is_visible(CUBE)  # the stage itself stays as it is


@pytest.mark.parametrize("value", ["invisible", "inherited"])
def test_the_attribute_visibility_shows_and_hides(open_scene: Opener, value: str) -> None:
    state = acted(open_scene, f"modify.attribute: {{name: visibility, value: {value}}}")

    assert state.is_visible((CUBE,)) == (value == "inherited")


def test_semantics_are_replaced_or_added(open_scene: Opener) -> None:
    added = acted(open_scene, 'modify.semantics: {semantics: [["class", "a"]]}')

    assert added.semantics(CUBE) == (("class", "a"),)


@pytest.mark.parametrize(
    ("operation", "said"),
    [("modify.pose: {scale: [1, 0, 1]}", "flattens"), ("modify.pose: {look_at: /Nowhere}", "not on the stage")],
)
def test_what_cannot_be_done_is_named(open_scene: Opener, operation: str, said: str) -> None:
    with pytest.raises((BadArgument, RenderSDGError), match=said):
        acted(open_scene, operation)
