"""Lights as the snapshot has them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import Opener

VIEW = (
    "eye: {create.camera: {position: [0, 0, 500]}}\nview: {create.render_product: {camera: eye, resolution: [8, 8]}}\n"
)


def test_a_lamps_size_is_in_metres_and_grows_with_its_scale(open_scene: Opener) -> None:
    (light,) = open_scene(VIEW + "it: {create.light: {light_type: sphere, scale: 4}}\n", bare=True).snapshot(0).lights

    assert light.size[0] == pytest.approx(4 * 0.5 * 0.01)  # USD's radius is 0.5 units, of a centimetre
    assert np.allclose(np.linalg.norm(light.world_from_light[:3, :3], axis=0), 1)


def test_exposure_doubles_and_a_dark_light_is_left_out(open_scene: Opener) -> None:
    text = VIEW + "it: {create.light: {light_type: distant, intensity: %s, exposure: 2, color: [1, 0.5, 0]}}\n"
    (light,) = open_scene(text % 10, bare=True).snapshot(0).lights

    assert np.allclose(light.radiance, (40, 20, 0))
    assert open_scene(text % 0, bare=True).snapshot(0).lights == ()


def test_a_hidden_light_does_not_shine(open_scene: Opener) -> None:
    text = VIEW + "it: {create.light: {light_type: disk}}\nhide:\n  with.it:\n    modify.visibility: {value: false}\n"

    assert open_scene(text, bare=True).snapshot(0).lights == ()
