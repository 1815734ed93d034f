"""Distributions, triggers and plans: every value is a function of (graph, seed, frame)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Choice, Combine, LogUniform, Normal, SequenceOf, Uniform
from rendersdg.graph.nodes import Graph, Node, Trigger
from rendersdg.graph.plan import Planner
from rendersdg.graph.schedule import Schedule
from rendersdg.streams import Source
from tests.conftest import Opener


def source(execution: int = 0, seed: int = 0, site: str = "here") -> Source:
    return Source(seed, site, execution)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=4), st.floats(0, 1e3), st.integers(0, 2**40))
def test_uniform_stays_in_its_box(lower: list[float], width: float, seed: int) -> None:
    upper = [low + width for low in lower]

    values = np.array(Uniform(lower, upper).draw(source(seed=seed), 7))

    assert values.shape == (7, len(lower))
    assert (values >= lower).all() and (values <= upper).all()


def test_moments_are_those_asked_for() -> None:
    normal = np.array(Normal([2.0, -1.0], [0.5, 3.0]).draw(source(), 20_000))
    log = np.log(np.array(LogUniform(0.1, 10.0).draw(source(), 20_000)))

    assert np.allclose(normal.mean(0), [2.0, -1.0], atol=0.1)
    assert np.allclose(normal.std(0), [0.5, 3.0], rtol=0.03)
    assert abs(log.mean()) < 0.05 and log.min() >= np.log(0.1) and log.max() <= np.log(10)


def test_more_prims_leave_the_first_ones_alone() -> None:
    dist = Uniform([0, 0, 0], [1, 1, 1])

    assert dist.draw(source(), 9)[:4] == dist.draw(source(), 4)


def test_choice_follows_weights_and_never_picks_weight_zero() -> None:
    picks = Choice(["a", "b", "c"], [1, 0, 3]).draw(source(), 8_000)

    assert picks.count("b") == 0
    assert 0.22 < picks.count("a") / 8_000 < 0.28


@given(st.integers(1, 12), st.integers(0, 10**6))
def test_choice_without_replacement_gives_different_entries(count: int, seed: int) -> None:
    picks = Choice(list(range(12)), None, False).draw(source(seed=seed), count)

    assert len(set(picks)) == count


def test_choice_without_replacement_says_when_there_are_too_few() -> None:
    with pytest.raises(BadArgument, match="at least 3 choices"):
        Choice(["a", "b"], None, False).draw(source(), 3)


def test_sequence_steps_wraps_and_shuffles_each_round() -> None:
    ordered = [SequenceOf([1, 2, 3]).draw(source(k), 2) for k in range(4)]
    shuffled = [SequenceOf([1, 2, 3, 4, 5], ordered=False).draw(source(k), 1)[0] for k in range(10)]

    assert ordered == [[1, 1], [2, 2], [3, 3], [1, 1]]
    assert sorted(shuffled[:5]) == sorted(shuffled[5:]) == [1, 2, 3, 4, 5]


def test_combine_and_nesting_join_components() -> None:
    nested = Choice([Uniform(5, 6), Uniform(7, 8)])
    rows = Combine([Uniform(0, 1), 3.0, nested]).draw(source(), 50)

    assert all(len(r) == 3 and 0 <= r[0] < 1 and r[1] == 3.0 and (5 <= r[2] < 6 or 7 <= r[2] < 8) for r in rows)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Uniform(2, 1), "exceeds upper"),
        (lambda: Uniform([0, 0], [1, 1, 1]), "2 components"),
        (lambda: Normal(0, -1), "negative"),
        (lambda: LogUniform(0, 1), "0 < lower"),
        (lambda: Choice([]), "at least one"),
        (lambda: Choice([1, 2], [1]), "as many weights"),
        (lambda: Uniform(float("nan"), 1), "not finite"),
    ],
)
def test_impossible_distributions_are_refused_with_their_values(make, text: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadArgument, match=text):
        make()


def slow_firings(trigger: Trigger, frames: int, dt: float) -> list[int]:
    """The obvious simulation: step the clock and fire when due."""
    fired: list[int] = []
    due = 0.0
    for frame in range(frames):
        at = frame if trigger.kind == "frame" else frame * dt
        if at + 1e-9 >= due and (not trigger.max_execs or len(fired) < trigger.max_execs):
            fired.append(frame)
            due += trigger.interval
    return fired


@given(st.sampled_from(["frame", "time"]), st.integers(1, 9), st.integers(0, 6))
def test_closed_form_schedules_equal_stepping(kind: str, interval: int, most: int) -> None:
    trigger = Trigger("t", kind, interval=interval if kind == "frame" else interval / 7, max_execs=most)  # type: ignore[arg-type]
    schedule = Schedule(Graph(triggers=[trigger]), 1 / 60)

    assert [f for f in range(60) if schedule.fires(trigger, f)] == slow_firings(trigger, 60, 1 / 60)


def test_conditions_and_events_fire_where_they_should() -> None:
    calls = iter(range(100))
    condition = Trigger("c", "condition", condition=lambda: next(calls) % 3 == 1)
    event = Trigger("e", "event", event="go")
    graph = Graph(triggers=[condition, event])
    graph.nodes.append(Node("send", "utils.send_og_event", {"event_name": "go"}, trigger=condition))
    schedule = Schedule(graph, 1 / 60)

    assert [f for f in range(8) if schedule.fires(event, f)] == [1, 4, 7]
    assert schedule.executions(condition, 7) == 3


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
