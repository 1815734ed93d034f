"""Parts of a scene for renderers without layers: a defect becomes a film of its own."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.backends.flatten import flatten
from tests.backends.colour import SCENE
from tests.conftest import Opener


def test_a_film_is_cut_to_its_patch_and_carries_what_lies_under_it(open_scene: Opener) -> None:
    session = open_scene(SCENE)
    snapshot = session.builder.build(session.planner.plan(0))
    parts = flatten(snapshot)
    film = parts[-1]

    assert [p.is_film for p in parts] == [False, False, False, True]
    assert film.uvs.min() > -1e-6 and film.uvs.max() < 1 + 1e-6
    assert film.look.base_image is not None
    corner, middle = (
        film.look.base_image[0, 0],
        film.look.base_image[tuple(v // 2 for v in film.look.base_image.shape[:2])],
    )
    assert corner == pytest.approx(0.5, abs=1e-3)  # untouched: the host's own colour
    assert middle.mean() < 0.1
    away = np.linalg.norm(film.vertices - np.array([0, -0.6, 0]), axis=1)
    assert np.abs(away - 0.5).max() < 0.01  # on the ball
