"""Randomizers of scenes."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.geometry import euler_rotation
from tests.conftest import Opener


@pytest.mark.slow
def test_rotations_are_uniform_on_the_group(open_scene: Opener) -> None:
    session = open_scene("c: {create.cube: {count: 3000, scale: 0.1}}\ngo:\n  with.c:\n    randomizer.rotation: null\n")
    state = session.builder.state(session.planner.plan(0))
    axes = np.array([euler_rotation(p.euler)[:, 0] for p in state.poses.values()])

    assert np.abs(axes.mean(0)).max() < 0.05
    assert np.allclose((axes**2).mean(0), 1 / 3, atol=0.03)  # a uniform direction has equal second moments
