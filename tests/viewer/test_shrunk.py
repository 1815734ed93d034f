"""Previews show what the whole picture shows, with fewer pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rendersdg.lens import project
from rendersdg.snapshot import Camera
from rendersdg.viewer.seen import small_capture
from rendersdg.viewer.shrunk import shrunk, smaller_camera
from tests.conftest import Opener

LENSES: dict[str, dict[str, Any]] = {
    "pinhole": {},
    "opencvPinhole": {"distortion": (0.1, -0.02, 0.001, 0.002)},
    "opencvFisheye": {"polynomial": (1.0, 0.02, -0.003, 0.0, 0.0), "max_theta": 1.2},
    "fisheyePolynomial": {"polynomial": (0.0, 0.004, 1e-7, 0.0, 0.0), "max_theta": 1.5},
    "fisheyeKannalaBrandtK3": {"polynomial": (240.0, 8.0, -2.0, 0.0), "max_theta": 1.2},
    "fisheyeOrthographic": {"max_theta": 1.4},
    "fisheyeEquidistant": {"max_theta": 1.5},
    "fisheyeEquisolid": {"max_theta": 1.5},
    "fisheyeSpherical": {},
}


@pytest.mark.parametrize("model", LENSES)
@pytest.mark.parametrize("ratio", [0.5, 0.25])
def test_a_smaller_camera_shows_each_point_at_the_same_place(model: Any, ratio: float) -> None:
    eye = np.eye(4)
    camera = Camera("/Eye", (640, 480), eye, eye, model, (300.0, 310.0), (330.0, 236.0), (0.1, 100.0), **LENSES[model])
    points = np.random.default_rng(1).uniform([-0.6, -0.6, -2.0], [0.6, 0.6, -1.0], (50, 3))

    u, v = project(camera, points)
    small_u, small_v = project(smaller_camera(camera, ratio), points)

    assert np.isfinite(u).all()
    assert small_u == pytest.approx(u * ratio, abs=0.02)
    assert small_v == pytest.approx(v * ratio, abs=0.02)


def test_a_smaller_picture_is_the_whole_one_reduced(open_scene: Opener) -> None:
    session = open_scene(
        'ball: {create.sphere: {semantics: [["class", "ball"]]}}\nroom: {create.light: {light_type: dome}}'
    )
    plan = session.planner.plan(0)

    (whole,) = (view.buffers.rgb.astype(float) for view in session.capture(plan).views.values())  # 64 x 48
    (small,) = (view.buffers.rgb.astype(float) for view in small_capture(session, plan, 32).views.values())

    assert small.shape == (24, 32, 4)
    assert abs(whole.reshape(24, 2, 32, 2, 4).mean((1, 3)) - small).mean() < 3


def test_a_picture_that_is_small_already_is_left_as_it_is(open_scene: Opener) -> None:
    snapshot = open_scene("ball: {create.sphere: {}}").snapshot(0)

    assert shrunk(snapshot, 64) is snapshot
