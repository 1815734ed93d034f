"""Plans: every value is a function of (graph, seed, frame)."""

from __future__ import annotations

import pytest

from rendersdg.graph.plan import Drawn, Planner
from tests.conftest import Opener

TWO_CLOCKS = """
ball: {create.sphere: {count: 2, semantics: [["class", "ball"]]}}
a: {trigger.on_frame: {interval: 2, max_execs: 5}}
b: {trigger.on_frame: {interval: 3, max_execs: 5}}
moves:
  with.a:
    with.ball:
      modify.pose: {position: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}}
turns:
  with.b:
    with.ball:
      modify.pose: {scale: {distribution.uniform: {lower: 0.5, upper: 1}}}
"""


def test_what_a_trigger_set_stays_until_it_fires_again(open_scene: Opener) -> None:
    session = open_scene(TWO_CLOCKS)

    poses = [session.builder.state(session.planner.plan(f)).pose("/Replicator/Sphere_Xform") for f in range(8)]

    assert poses[2].translate == poses[3].translate != poses[4].translate
    assert poses[3].scale == poses[4].scale == poses[5].scale != poses[6].scale


def test_a_frame_does_not_depend_on_what_was_planned_before(open_scene: Opener) -> None:
    session = open_scene(TWO_CLOCKS)
    forwards = [session.planner.plan(f).as_json() for f in range(9)]

    again = open_scene(TWO_CLOCKS)
    assert [again.planner.plan(f).as_json() for f in reversed(range(9))] == forwards[::-1]


def test_adding_a_randomizer_leaves_other_values_alone(open_scene: Opener) -> None:
    extra = "more:\n  with.a:\n    with.ball:\n      randomizer.rotation: null\n"
    before = open_scene(TWO_CLOCKS).planner.plan(6).as_json()["values"]
    after = open_scene(TWO_CLOCKS.replace("turns:", extra + "turns:")).planner.plan(6).as_json()["values"]

    assert before and all(after[site] == value for site, value in before.items())


def test_seeds_and_executions_give_different_values(open_scene: Opener) -> None:
    plans = [open_scene(TWO_CLOCKS, seed=s).planner.plan(f).as_json()["values"] for s in (1, 2) for f in (0, 2)]

    assert len({str(p) for p in plans}) == 4


def test_planner_resolves_sizes_before_poses(open_scene: Opener) -> None:
    session = open_scene(
        "t: {trigger.on_frame: {max_execs: 3}}\n"
        "f:\n  randomizer.register:\n    drop:\n      things:\n"
        "        randomizer.instantiate: {size: {distribution.choice: {choices: [2, 5]}}, paths: "
        "['rendersdg:hardware/nut']}\n"
        "      with.things:\n        modify.pose: {position: {distribution.uniform: {lower: [0, 0, 0], upper: "
        "[1, 1, 1]}}}\n"
        "go:\n  with.t:\n    randomizer.drop: null\n"
    )
    sizes = set()
    for frame in range(3):
        plan = Planner(session.recorder.graph, 3, 1 / 60).plan(frame)
        sizes.add(len(plan.firings[-1].targets))

    assert sizes <= {2, 5}


def test_a_drawn_value_is_not_counted_through() -> None:
    """Every index has a value, so a loop over one would not end."""
    with pytest.raises(TypeError, match="one prim at a time"):
        list(Drawn([1.0]))
