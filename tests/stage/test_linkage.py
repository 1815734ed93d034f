"""Which bodies hang on which, and where joints stand: answers known by hand."""

from __future__ import annotations

from math import radians

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.arrays import F8
from rendersdg.stage.joints import Drive, Freedom, Joint
from rendersdg.stage.linkage import Link, coordinates, in_order, is_ball, links_of

TURNS = tuple(Freedom(f"rot{a}", False, k) for k, a in enumerate("XYZ"))


def joint(
    path: str, first: str | None, second: str | None, kind: str = "revolute", *, closes_loop: bool = False
) -> Joint:
    return Joint(path, kind, (first, second), (np.eye(4), np.eye(4)), closes_loop=closes_loop)


def told(links: list[Link]) -> list[tuple[str, str | None, str | None, bool]]:
    return [(x.path, x.parent, x.joint.path if x.joint else None, x.is_reversed) for x in links]


def turn(axis: int, angle: float) -> F8:
    j, k = (axis + 1) % 3, (axis + 2) % 3
    out = np.eye(4)
    out[[j, k], [j, k]] = np.cos(angle)
    out[k, j], out[j, k] = np.sin(angle), -np.sin(angle)
    return out


def test_a_chain_hangs_on_the_world_whichever_way_its_joints_are_named() -> None:
    links, closing = links_of(["a", "b", "c"], [joint("1", "b", "c"), joint("2", "b", "a"), joint("3", None, "a")])

    assert told(links) == [("a", None, "3", False), ("b", "a", "2", True), ("c", "b", "1", False)] and closing == []


def test_a_chain_that_nothing_fixes_begins_at_its_root() -> None:
    bodies, joints = ["a", "b", "lone"], [joint("1", "a", "b")]

    assert told(links_of(bodies, joints)[0]) == [
        ("a", None, None, False),
        ("b", "a", "1", False),
        ("lone", None, None, False),
    ]
    assert told(links_of(bodies, joints, roots={"b"})[0])[:2] == [("b", None, None, False), ("a", "b", "1", True)]


def test_what_closes_a_loop_is_the_joint_that_says_so_or_the_last_and_distances_hold_nothing() -> None:
    ring = [joint("1", None, "a"), joint("2", "a", "b"), joint("3", "b", None)]
    said = [joint("1", None, "a", closes_loop=True), *ring[1:]]
    ropes = [joint("1", None, "a", "distance")]

    assert [j.path for j in links_of(["a", "b"], ring)[1]] == ["3"]
    assert [j.path for j in links_of(["a", "b"], said)[1]] == ["1"]
    assert told(links_of(["a"], ropes)[0]) == [("a", None, None, False)] and links_of(["a"], ropes)[1] == ropes


def test_frames_are_the_parents_and_the_bodys_own() -> None:
    first, second = turn(0, 1.0), turn(1, 2.0)
    bound = Joint("1", "fixed", ("a", "b"), (first, second))

    assert Link("b", "a", bound).frames() == (first, second) and Link("a", "b", bound).frames() == (second, first)


def test_three_free_turns_are_a_ball_until_one_is_limited_or_driven() -> None:
    limited = Freedom("rotY", False, 1, low=-1.0)
    driven = Freedom("rotY", False, 1, drive=Drive(stiffness=1.0))

    assert is_ball(TURNS) and not is_ball(TURNS[:2])
    assert not any(is_ball([TURNS[0], way, TURNS[2]]) for way in (limited, driven))


def test_slides_come_first_and_the_narrowest_turn_in_the_middle() -> None:
    slide, narrow = Freedom("transZ", True, 2), Freedom("rotX", False, 0, -0.1, 0.1)

    assert [w.name for w in in_order([narrow, *TURNS[1:], slide])] == ["transZ", "rotY", "rotX", "rotZ"]


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("degrees", [-170.0, -30.0, 0.0, 90.0, 179.0])
def test_a_hinge_stands_at_the_angle_that_it_was_turned_by(axis: int, degrees: float) -> None:
    assert coordinates([TURNS[axis]], turn(axis, radians(degrees))) == pytest.approx([radians(degrees)])


def test_a_slide_stands_where_it_was_moved_to() -> None:
    moved = np.eye(4)
    moved[:3, 3] = (1, 2, 3)

    assert coordinates([Freedom("transY", True, 1), Freedom("transX", True, 0)], moved) == [2.0, 1.0]


@given(st.permutations(TURNS), st.tuples(st.floats(-3, 3), st.floats(-1.5, 1.5), st.floats(-3, 3)))
def test_turns_one_after_the_other_come_back(ways: list[Freedom], angles: tuple[float, float, float]) -> None:
    whole = np.eye(4)
    for way, angle in zip(ways, angles):
        whole = whole @ turn(way.axis, angle)

    assert coordinates(ways, whole) == pytest.approx(angles, abs=1e-7)
