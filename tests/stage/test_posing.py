"""Operations that place prims."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.stage import posing
from rendersdg.stage.posing import camera_prim, local_bounds, point_of
from tests.conftest import Opener

TWO = "a: {create.cube: {name: a, position: [1, 0, 0]}}\nb: {create.cube: {name: b, position: [3, 0, 4]}}\n"


def test_prims_are_looked_at_in_their_middle(open_scene: Opener) -> None:
    session = open_scene(TWO)
    state = session.builder.state(session.planner.plan(0))

    assert np.allclose(point_of(state, ["/Replicator/a_Xform", "/Replicator/b_Xform"]), (2, 0, 2))
    assert np.allclose(point_of(state, (1, 2, 3)), (1, 2, 3))
    assert np.allclose(local_bounds(state, "/Replicator/b_Xform"), [[-0.5] * 3, [0.5] * 3])
    with pytest.raises(BadArgument, match="holds no camera"):
        camera_prim(state, "/Replicator/a_Xform")


def test_an_orbit_keeps_its_distance(open_scene: Opener) -> None:
    orbit = "modify.pose_orbit: {barycentre: [0, 0, 1], distance: 5, azimuth: 90, elevation: 30}"
    session = open_scene(f"{TWO}go:\n  with.a:\n    {orbit}\n")
    state = session.builder.state(session.planner.plan(0))

    # azimuth turns from +x about the up axis, elevation rises from the ground
    assert np.allclose(state.world("/Replicator/a_Xform")[:3, 3], (0, 5 * np.cos(np.pi / 6), 1 + 2.5))


def test_a_pivot_comes_to_lie_at_the_position(open_scene: Opener) -> None:
    # a cube of 1 m that stands on its position: its bottom is the pivot, whatever its scale
    session = open_scene("it: {create.cube: {position: [1, 2, 3], pivot: [0, 0, -1], scale: [1, 1, 4]}}\n")
    low, high = session.builder.state(session.planner.plan(0)).bounds("/Replicator/Cube_Xform")

    assert np.allclose(low, (0.5, 1.5, 3)) and np.allclose(high, (1.5, 2.5, 7))


def test_an_up_axis_is_a_letter_or_a_vector(open_scene: Opener) -> None:
    text = "it: {create.cube: {position: [0, -5, 0], look_at: [0, 0, 0], look_at_up_axis: %s}}\n"
    letter, vector = (
        (s := open_scene(text % axis)).builder.state(s.planner.plan(0)).world("/Replicator/Cube_Xform")
        for axis in ("x", "[1, 0, 0]")
    )

    assert np.allclose(letter, vector)
    with pytest.raises(RenderSDGError, match="X, Y, Z or three numbers"):
        open_scene(text % "sideways")


ANY = "{distribution.uniform: {lower: [-4, -4, -3], upper: [4, 4, 3]}}"
STATED = "{distribution.sequence: {items: [[1, 2.5, 3], [4.0, 5.0, 6.0]]}}"


@pytest.mark.parametrize(
    "given",
    [
        f"position: {ANY}",
        f"rotation: {ANY}, scale: [1.0, 2.0, 0.5]",
        f"rotation: {ANY}, rotation_order: ZYX, position: [1.0, 2.0, 3.0]",
        f"position: {STATED}, scale: 2",
        f"rotation: {ANY}, position_x: 7",
    ],
)
def test_many_prims_are_posed_as_each_would_be_alone(
    open_scene: Opener, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    text = "things: {create.cube: {count: 12, position: [1, 0, 0], rotation: [0, 0, 30]}}\n"
    move = f"move:\n  trigger.on_frame: {{}}\n  with.things:\n    modify.pose: {{{given}}}\n"
    session = open_scene(text + move)
    plan = session.planner.plan(1)

    at_once = session.builder.state(plan)
    monkeypatch.setattr(posing, "_MANY", 1000)
    alone = session.builder.state(plan)

    assert len(at_once.poses) >= 12 and at_once.poses == alone.poses
    assert all(type(v) is float for pose in at_once.poses.values() for part in pose[:4] for v in part)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("scale: [1.0, 0.0, 1.0]", "flattens"),
        ("position: [1.0, 2.0]", "2 components"),
        ("position: [.inf, 0.0, 0.0]", "fin"),
    ],
)
def test_a_pose_that_no_prim_can_have_is_told_of_many_too(open_scene: Opener, given: str, said: str) -> None:
    text = f"things: {{create.cube: {{count: 12}}}}\nmove:\n  with.things:\n    modify.pose: {{{given}}}\n"

    with pytest.raises(RenderSDGError, match=said):
        open_scene(text).snapshot(0)
