"""Randomizers of scenes."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.errors import BadScene
from rendersdg.geometry import euler_rotation
from tests.conftest import Opener


@pytest.mark.slow
def test_rotations_are_uniform_on_the_group(open_scene: Opener) -> None:
    session = open_scene("c: {create.cube: {count: 3000, scale: 0.1}}\ngo:\n  with.c:\n    randomizer.rotation: null\n")
    state = session.builder.state(session.planner.plan(0))
    axes = np.array([euler_rotation(p.euler)[:, 0] for p in state.poses.values()])

    assert np.abs(axes.mean(0)).max() < 0.05
    assert np.allclose((axes**2).mean(0), 1 / 3, atol=0.03)  # a uniform direction has equal second moments


@pytest.mark.parametrize(("choice", "count"), [("num_samples: 4, ", 4), ("", 2)])
def test_a_choice_that_says_how_many_places_so_many(open_scene: Opener, choice: str, count: int) -> None:
    fruits = '["rendersdg:fruit/apple", "rendersdg:fruit/lemon"]'
    session = open_scene(
        "t:\n  trigger.on_frame:\n    max_execs: 3\n"
        "go:\n  with.t:\n    randomizer.instantiate:\n      size: 2\n      paths:\n"
        f"        distribution.choice: {{{choice}choices: {{distribution.sequence: {{items: {fruits}}}}}}}\n"
    )
    labels = [[e.semantics for e in session.snapshot(frame).entities] for frame in range(2)]

    # of a sequence an execution has one entry: what is placed in a frame is of one kind, the next one in the next frame
    assert [len(set(frame)) for frame in labels] == [1, 1] and labels[0][0] != labels[1][0]
    assert [len(frame) for frame in labels] == [count, count]


@pytest.mark.parametrize(
    "paths", ["{k0: eye}", "[{a: 1}]", "3", "[[ball]]", "{distribution.choice: {choices: [1, 2]}}"]
)
def test_what_is_no_path_of_an_asset_is_told(open_scene: Opener, paths: str) -> None:
    with pytest.raises(BadScene, match="paths"):
        open_scene(f"many: {{randomizer.instantiate: {{paths: {paths}, size: 2}}}}\n")


def test_limits_of_angles_may_vary_from_prim_to_prim(open_scene: Opener) -> None:
    text = """
c: {create.cube: {count: 30}}
go:
  with.c:
    randomizer.rotation: {min_angle: {distribution.choice: {choices: [[10, 0, 0], [50, 0, 0]]}}, max_angle: [60, 0, 0]}
"""
    session = open_scene(text)
    poses = session.builder.state(session.planner.plan(0)).poses
    angles = [pose.euler[0] for path, pose in poses.items() if "Cube" in path]

    assert len(angles) == 30 and min(angles) >= 10 and min(angles) < 50 < max(angles) <= 60
