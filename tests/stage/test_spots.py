"""Where defects stand on their surfaces."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import Opener
from tests.defects.damage import SCENE, snapshot_of


def places(open_scene: Opener, asked: str) -> list[np.ndarray]:
    session = open_scene(SCENE.replace("in_view: true, ", "") % ("cube", "pit", asked))
    return [d.centre for d in snapshot_of(session, 0).defects]


def test_a_place_is_the_nearest_point_of_the_surface(open_scene: Opener) -> None:
    (centre,) = places(open_scene, "diameter: 4, position: [0.01, 0.02, 0.3]")

    assert centre == pytest.approx((0.01, 0.02, 0.05))  # the top of a cube of 0.1 m


def test_those_of_a_call_keep_apart_and_together(open_scene: Opener) -> None:
    first, *others = places(open_scene, "diameter: 2, count: 4, apart: 8, cluster: 60")
    gaps = [np.linalg.norm(a - b) for k, a in enumerate(others) for b in others[:k]]

    assert min([*gaps, *(np.linalg.norm(o - first) for o in others)]) >= 0.008
    assert max(np.linalg.norm(o - first) for o in others) <= 0.06


def test_edges_are_where_a_cube_turns(open_scene: Opener) -> None:
    for centre in places(open_scene, "diameter: 2, count: 5, where: edges"):
        assert np.sort(np.abs(centre))[1] == pytest.approx(0.05)  # two coordinates are at their ends
