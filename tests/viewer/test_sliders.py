"""Sliders: the numbers of a text that can be moved, and the text in which they are."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.scene.recorder import recording
from rendersdg.viewer.asks import Change
from rendersdg.viewer.sliders import moved_text, sliders
from rendersdg.yaml.document import parse
from rendersdg.yaml.parser import SceneParser
from tests.conftest import ROOT, SCENES
from tests.viewer.small_scene import SCENE

_USUAL = "{distribution.uniform: {lower: 0.4, upper: 0.8}}  # of the ball"


def found_in(text: str) -> tuple[Any, list[dict[str, Any]]]:
    with recording(ROOT / "scenes") as recorder:
        SceneParser(recorder).read(ROOT / "scenes" / "scene.yaml", (), parse(text, "scene.yaml"))
    return recorder, sliders(recorder, text, "scene.yaml")


def moved(text: str, argument: str, index: int | None, value: float) -> str:
    recorder, found = found_in(text)
    return moved_text(recorder, text, "scene.yaml", [Change(found[0]["parameter"], argument, index, value)])


def test_the_number_changes_where_it_stands_and_nothing_else() -> None:
    assert moved(SCENE, "lower", None, 0.45) == SCENE.replace("lower: 0.4,", "lower: 0.45,")


def test_comments_between_the_bounds_stay() -> None:
    block = """
          distribution.uniform:
            lower: [0.3, 0.4, 0.5]  # least
            # and now the most
            upper: [0.6, 0.7, 0.8]"""
    text = SCENE.replace(_USUAL, block)

    assert moved(text, "upper", 1, 0.9) == text.replace("[0.6, 0.7, 0.8]", "[0.6, 0.9, 0.8]")


def test_a_choice_without_weights_gets_them() -> None:
    text = SCENE.replace(_USUAL, "{distribution.choice: {choices: [0.4, 0.5]}}  # of the ball")

    changed = moved(text, "weights", 1, 0.25)

    assert "{distribution.choice: {choices: [0.4, 0.5], weights: [1.0, 0.25]}}  # of the ball" in changed


def test_an_alias_in_the_text_is_no_obstacle() -> None:
    text = "least: &least 0.4\n" + SCENE.replace("lower: 0.4", "lower: *least")

    changed = moved(text, "upper", None, 0.75)

    assert "lower: 0.4, upper: 0.75" in changed


def test_a_bound_that_a_group_gives_has_no_slider() -> None:
    text = "least: 0.3\n" + SCENE.replace("lower: 0.4", "lower: least")

    _, found = found_in(text)

    assert [b["argument"] for b in found[0]["bounds"]] == ["upper"]
    with pytest.raises(BadArgument, match="no lower"):
        moved(text, "lower", None, 0.1)


def test_what_the_scene_does_not_draw_cannot_be_moved() -> None:
    recorder, _ = found_in(SCENE)

    with pytest.raises(BadArgument, match="no distribution"):
        moved_text(recorder, SCENE, "scene.yaml", [Change("nothing", "lower", None, 1.0)])


@pytest.mark.parametrize("path", SCENES, ids=lambda p: p.stem)
def test_every_slider_of_a_scene_moves_its_own_number_alone(path: Any) -> None:
    text = path.read_text()
    recorder, found = found_in(text)

    for entry in found[:12]:
        for bound in entry["bounds"][:4]:
            value = round(bound["low"] + 0.37 * (bound["high"] - bound["low"]), 2)
            change = Change(entry["parameter"], bound["argument"], bound["index"], value)
            other = moved_text(recorder, text, "scene.yaml", [change])

            assert differing(yaml.safe_load(text), yaml.safe_load(other)) <= 1
            assert bound["low"] <= bound["value"] <= bound["high"]


@settings(max_examples=30, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_numbers_are_read_again_as_they_were_moved(low: float, high: float) -> None:
    recorder, found = found_in(SCENE)
    name = found[0]["parameter"]
    changes = [Change(name, "lower", None, low), Change(name, "upper", None, high)]

    text = moved_text(recorder, SCENE, "scene.yaml", changes)

    drawn = yaml.safe_load(text)["sizes"]["with.frames"]["with.ball"]["modify.pose"]["scale"]["distribution.uniform"]
    assert drawn == {"lower": float(f"{low:.5g}"), "upper": float(f"{high:.5g}")}


def differing(one: Any, other: Any) -> int:
    """Return how many leaves differ; a list that was not there counts once."""
    if isinstance(one, dict) and isinstance(other, dict):
        return sum(differing(one.get(key), other.get(key)) for key in {*one, *other})
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return sum(differing(a, b) for a, b in zip(one, other))
    return int(one != other)
