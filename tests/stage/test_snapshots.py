"""Snapshots: metres, watts and entities, whatever the stage is written in."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import Opener

TEXT = """
box: {create.cube: {position: [100, 0, 0], scale: 50, semantics: [["class", "box"]]}}
lamp: {create.light: {light_type: sphere, intensity: 3, exposure: 2, color: [1, 0.5, 0], scale: 10,
  position: [0, 200, 0]}}
eye: {create.camera: {position: [0, 0, 500], focal_length: 24, clipping_range: [10, 1000]}}
view: {create.render_product: {camera: eye, resolution: [64, 48]}}
"""


def test_centimetres_become_metres(open_scene: Opener) -> None:
    snapshot = open_scene(TEXT, bare=True).snapshot(0)
    camera = snapshot.products[0].camera

    assert snapshot.meters_per_unit == 0.01
    assert np.allclose(snapshot.instances[0].world_from_mesh[:3, 3], (1, 0, 0))
    assert np.allclose(camera.world_from_camera[:3, 3], (0, 0, 5)) and camera.near_far == pytest.approx((0.1, 10))
    assert np.allclose(snapshot.lights[0].world_from_light[:3, 3], (0, 2, 0))


def test_a_light_shines_by_its_intensity_exposure_and_colour(open_scene: Opener) -> None:
    (light,) = open_scene(TEXT, bare=True).snapshot(0).lights

    assert light.kind == "sphere"
    assert light.radiance == pytest.approx(3 * 2**2 * np.array([1, 0.5, 0]))


def test_a_camera_measures_its_focal_length_in_pixels(open_scene: Opener) -> None:
    camera = open_scene(TEXT, bare=True).snapshot(0).products[0].camera

    assert camera.focal_px == pytest.approx((24 / 20.955 * 64,) * 2) and camera.centre_px == (32, 24)


def test_what_is_labelled_is_an_entity(open_scene: Opener) -> None:
    snapshot = open_scene(TEXT, bare=True).snapshot(0)

    assert [e.semantics for e in snapshot.entities if e.semantics] == [(("class", "box"),)]
