"""Attributes as things stand."""

from __future__ import annotations

from rendersdg.stage.attributes import Attributes
from tests.conftest import Opener

PATH = "/Replicator/DiskLight_Xform/DiskLight"


def test_what_was_written_comes_before_the_stage_and_both_before_the_default(open_scene: Opener) -> None:
    session = open_scene("it: {create.light: {light_type: disk, intensity: 7}}\n")
    state = session.builder.state(session.planner.plan(0))
    attributes = Attributes(state, state.base.stage.GetPrimAtPath(PATH), ("inputs:", ""))

    before = attributes.number("intensity", 1.0)
    state.attributes[PATH, "inputs:intensity"] = 9

    assert (before, attributes.number("intensity", 1.0), attributes.number("weight", 3.0)) == (7, 9, 3)
    assert attributes.targets("light:filters") == []
