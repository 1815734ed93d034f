"""Places of distributions in a scene's text: each is found, and a change of one changes what it draws alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.graph.parameters import Parameter, parameters
from rendersdg.scene.recorder import Recorder, recording
from rendersdg.yaml.adjust import changed_text, flow, places, with_arguments
from rendersdg.yaml.document import load, parse
from rendersdg.yaml.parser import SceneParser
from tests.conftest import ROOT

SCENE = """# a comment
ball: {create.sphere: {count: 2}}
angle: {distribution.uniform: {lower: 10, upper: 20}} # of all
frames: {trigger.on_frame: {max_execs: 50}}
turn_def:
  randomizer.register:
    turn:
      inputs: {what: null}
      with.what:
        modify.pose: {rotation_x: {distribution.uniform: {lower: 0, upper: 5}}, rotation_y: {U: {lower: 1, upper: 6}}}
shake:
  with.frames:
    with.ball:
      modify.pose:
        position: [0,{U: {lower: -1, upper: 1}}, {C: {choices: [{U: {lower: 0, upper: 1}}, {U: {lower: 5, upper: 6}}]}}]
        rotation_z: angle
      modify.attribute:
        name: size
        value:
          distribution.log_uniform:
            lower: 0.01
            upper: 1.0 # metres
    randomizer.turn: {what: ball}
""".replace("{U:", "{distribution.uniform:").replace("{C:", "{distribution.choice:")


def recorded(text: str, path: Path = Path("scene.yaml")) -> Recorder:
    with recording(path.parent) as recorder:
        SceneParser(recorder).record(parse(text, path.name))
    return recorder


def by_name(recorder: Recorder) -> dict[str, Parameter]:
    return {p.name: p for p in parameters(recorder.graph)}


def test_each_distribution_is_found_where_it_stands() -> None:
    recorder = recorded(SCENE)

    found = {name: (place.line, place.arguments) for name, place in places(recorder, SCENE, "scene.yaml").items()}

    assert found["shake/modify.pose(Sphere)/position[1]"] == (15, {"lower": -1, "upper": 1})
    assert found["shake/modify.pose(Sphere)/position[2]"][0] == 15
    assert found["shake/modify.pose(Sphere)/rotation_z"] == (3, {"lower": 10, "upper": 20})
    assert found["shake/modify.attribute(Sphere)/value"] == (20, {"lower": 0.01, "upper": 1.0})
    assert found["shake/turn/modify.pose(Sphere)/rotation_x"] == (10, {"lower": 0, "upper": 5})
    assert found["shake/turn/modify.pose(Sphere)/rotation_y"] == (10, {"lower": 1, "upper": 6})
    assert set(found) == set(by_name(recorder))


def test_a_change_in_block_style_keeps_the_comments() -> None:
    recorder = recorded(SCENE)
    place = places(recorder, SCENE, "scene.yaml")["shake/modify.attribute(Sphere)/value"]

    text = changed_text(SCENE, [(place, with_arguments(place, {"upper": 0.5}))])

    assert "{distribution.log_uniform: {lower: 0.01, upper: 0.5}} # metres" in text
    assert text.count("#") == SCENE.count("#")
    assert by_name(recorded(text))["shake/modify.attribute(Sphere)/value"].high == 0.5


def test_several_changes_at_once_change_what_they_name_alone() -> None:
    recorder = recorded(SCENE)
    known = places(recorder, SCENE, "scene.yaml")
    names = ["shake/turn/modify.pose(Sphere)/rotation_y", "shake/modify.pose(Sphere)/rotation_z"]

    text = changed_text(
        SCENE, [(known[n], flow({"distribution.uniform": {"lower": 2.5, "upper": 3.5}})) for n in names]
    )

    before, after = by_name(recorder), by_name(recorded(text))
    assert {n for n in before if (before[n].low, before[n].high) != (after[n].low, after[n].high)} == set(names)


@pytest.mark.parametrize("scene", sorted(p.name for p in (ROOT / "scenes").glob("*.yaml")))
def test_in_every_example_each_uniform_can_be_narrowed_where_it_stands(scene: str) -> None:
    path = ROOT / "scenes" / scene
    with recording(path.parent) as recorder:
        SceneParser(recorder).read(path, (), load(path))
    text = path.read_text()
    known, before = places(recorder, text, scene), by_name(recorder)
    changes = {n: p for n, p in known.items() if before[n].component is None and p.function == "distribution.uniform"}

    new = changed_text(
        text,
        [
            (p, with_arguments(p, {"upper": p.arguments["lower"]}))
            for p in {p.start: p for p in changes.values()}.values()
        ],
    )

    assert {n for n, p in before.items() if p.is_number} <= set(known)
    assert not set(changes) & set(by_name(recorded(new, path)))  # what has one value is drawn no more


@given(st.recursive(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9), st.lists))
def test_numbers_in_flow_style_are_read_again_as_they_are(value: object) -> None:
    assert yaml.safe_load(flow({"a": value})) == {"a": value}
