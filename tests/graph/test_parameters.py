"""Parameters of a graph: bounds known by hand, values found again in plans, and one value moved alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.graph.parameters import Parameter, find, moved, parameters, place_of, values_of_object
from rendersdg.graph.plan import Plan, Planner
from rendersdg.scene.recorder import recording
from rendersdg.yaml.document import parse
from rendersdg.yaml.parser import SceneParser

SCENE = """
ball: {create.sphere: {semantics: [["class", "ball"]], count: 3}}
lamp: {create.light: {light_type: distant}}
angle: {distribution.uniform: {lower: 10, upper: 20}}
frames: {trigger.on_frame: {max_execs: 50}}
shake:
  with.frames:
    with.ball:
      modify.pose:
        position: {distribution.uniform: {lower: [-1, 0, 2], upper: [1, 0, 4]}}
        rotation_z: angle
      modify.attribute: {name: size, value: {distribution.log_uniform: {lower: 0.01, upper: 1.0}}}
    with.lamp:
      modify.pose: {rotation_x: angle}
      modify.attribute: {name: intensity, value: {distribution.choice: {choices: [1, 5, 5, 9], weights: [1, 2, 1, 4]}}}
"""


def opened(text: str = SCENE) -> tuple[list[Parameter], Planner]:
    with recording(Path(".")) as recorder:
        SceneParser(recorder).record(parse(text, "scene.yaml"))
    return parameters(recorder.graph), Planner(recorder.graph, 3, 1 / 60)


def values(plan: Plan) -> dict[str, list[object]]:
    return plan.as_json()["values"]  # type: ignore[return-value]


def test_bounds_scales_and_weights_are_the_scenes() -> None:
    known, _ = opened()

    told = {p.name: (p.low, p.high, p.scale, p.entries, p.weights) for p in known}
    assert told == {
        "shake/modify.pose(Sphere)/position[0]": (-1, 1, "linear", (), ()),
        "shake/modify.pose(Sphere)/position[2]": (2, 4, "linear", (), ()),
        "shake/modify.pose(Sphere)/rotation_z": (10, 20, "linear", (), ()),
        "shake/modify.attribute(Sphere)/value": (0.01, 1, "log", (), ()),
        "shake/modify.attribute(DistantLight)/value": (0, 0, "entries", (1, 5, 9), (0.125, 0.375, 0.5)),
    }


def test_what_is_drawn_lies_within_the_bounds() -> None:
    known, planner = opened()

    for frame in range(20):
        drawn = values(planner.plan(frame))
        for p in known:
            seen = p.of(drawn)
            assert seen
            assert all(p.low <= v < p.high if p.is_number else v in p.entries for v in seen)


def test_one_value_of_one_prim_is_moved_and_nothing_else() -> None:
    known, planner = opened()
    plan = planner.plan(4)

    other = values(moved(plan, find(known, "position[2]"), 3.5, prim=1))

    expected: Any = values(plan)
    expected["shake/modify.pose(Sphere)/position"][1][2] = 3.5
    assert other == expected


def test_a_distribution_that_two_inputs_share_is_one_parameter_and_moves_both() -> None:
    known, planner = opened()

    other = values(moved(planner.plan(0), find(known, "rotation_z"), 11.0))

    assert other["shake/modify.pose(Sphere)/rotation_z"] == [11.0] * 3
    assert other["shake/modify.pose(DistantLight)/rotation_x"] == [11.0]


def test_an_object_has_its_own_values_and_the_frames() -> None:
    known, planner = opened()
    plan = planner.plan(2)
    paths = next(f.targets for f in plan.firings if f.node.op == "modify.pose" and len(f.targets) == 3)

    of_second = values_of_object(plan, known, f"{paths[1]}/mesh")

    assert of_second["shake/modify.attribute(Sphere)/value"] == values(plan)["shake/modify.attribute(Sphere)/value"][1]
    lamp = "shake/modify.attribute(DistantLight)/value"
    assert of_second[lamp] == values(plan)[lamp][0]
    assert "shake/modify.attribute(Sphere)/value" not in values_of_object(plan, known, "/Replicator/Other")


def test_a_path_that_begins_alike_is_another_prim() -> None:
    _, planner = opened()
    firing = next(f for f in planner.plan(0).firings if len(f.targets) == 3)

    assert place_of(firing, f"{firing.targets[0]}_more") is None


def test_how_many_are_made_is_drawn_and_recorded() -> None:
    text = "frames: {trigger.on_frame: {max_execs: 9}}\nfruit:\n  with.frames:\n    randomizer.instantiate:\n"
    text += "      {paths: ['rendersdg:fruit/apple'], size: {distribution.choice: {choices: [1, 4]}}}\n"
    known, planner = opened(text)

    counts = next(p for p in known if p.input.endswith("/size"))
    drawn = [counts.of(values(planner.plan(frame)))[0] for frame in range(9)]

    assert set(drawn) == {1, 4}
    assert drawn[3] == len(next(f for f in planner.plan(3).firings if f.made).made)


@pytest.mark.parametrize("name", ["value", "nothing_such"])
def test_a_name_that_is_unclear_or_unknown_is_refused(name: str) -> None:
    known, _ = opened()

    with pytest.raises(BadArgument, match=name):
        find(known, name)


@given(st.floats(0.01, 0.999), st.integers(1, 9))
def test_a_bin_holds_its_value(value: float, bins: int) -> None:
    parameter = next(p for p in opened()[0] if p.scale == "log")

    k = parameter.bin_of(value, bins)

    assert k is not None
    assert parameter.edges(bins)[k] <= value * (1 + 1e-9)
    assert value <= parameter.edges(bins)[k + 1] * (1 + 1e-9)


def test_labels_that_several_would_have_name_the_operation_too() -> None:
    text = SCENE.replace("modify.attribute: {name: size", "modify.attribute: {name: position").replace(
        "with.lamp:\n      modify.pose: {rotation_x: angle}",
        "with.lamp:\n      modify.pose: {position: {distribution.uniform: {lower: [0, 0, 0], upper: [1, 1, 1]}}}",
    )
    known, _ = opened(text)

    labels = [p.label for p in known]

    assert len(set(labels)) == len(labels)
    assert "shake.modify.pose(Sphere).position[0]" in labels
    assert "shake.modify.pose(DistantLight).position[0]" in labels
    with pytest.raises(BadArgument, match="may be shake/modify"):
        find(known, "shake.position[0]")
