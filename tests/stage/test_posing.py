"""Operations that place prims."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.errors import BadArgument
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
