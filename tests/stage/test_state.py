"""The scene while a plan acts on it."""

from __future__ import annotations

import numpy as np

from tests.conftest import Opener

TOWER = """
base: {create.cube: {name: base, position: [1, 0, 0]}}
top: {create.sphere: {name: top, position: [0, 0, 2], parent: /Replicator/base_Xform}}
"""


def test_a_child_moves_with_its_parent(open_scene: Opener) -> None:
    session = open_scene(TOWER)
    state = session.builder.state(session.planner.plan(0))
    before = state.world("/Replicator/base_Xform/top_Xform")[:3, 3].copy()

    state.set_pose("/Replicator/base_Xform", state.pose("/Replicator/base_Xform").changed(translate=(0, 5, 0)))

    assert np.allclose(before, (1, 0, 2))
    assert np.allclose(state.world("/Replicator/base_Xform/top_Xform")[:3, 3], (0, 5, 2))


def test_what_is_above_hides_what_is_below(open_scene: Opener) -> None:
    session = open_scene(TOWER)
    state = session.builder.state(session.planner.plan(0))
    chain = ("/Replicator/base_Xform/top_Xform", "/Replicator/base_Xform")

    assert state.is_visible(chain)
    state.visible["/Replicator/base_Xform"] = False
    assert not state.is_visible(chain)


def test_bounds_are_those_of_what_is_drawn(open_scene: Opener) -> None:
    session = open_scene("box: {create.cube: {position: [1, 2, 3], scale: [2, 4, 6]}}\n")
    low, high = session.builder.state(session.planner.plan(0)).bounds("/Replicator/Cube_Xform") or (None, None)

    assert np.allclose(low, (0, 0, 0)) and np.allclose(high, (2, 4, 6))
