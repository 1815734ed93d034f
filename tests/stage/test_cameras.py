"""Where a camera looks that nobody turned."""

from __future__ import annotations

import numpy as np

from tests.conftest import Opener


def test_an_unrotated_camera_looks_along_minus_x_on_a_z_up_stage(open_scene: Opener) -> None:
    session = open_scene(
        "eye: {create.camera: {position: [5, 0, 0]}}\nview: {create.render_product: {camera: eye, resolution: "
        "[8, 8]}}\n"
    )
    camera = session.snapshot(0).products[0].camera

    assert np.allclose(-camera.world_from_camera[:3, 2], [-1, 0, 0], atol=1e-12)
    assert np.allclose(camera.world_from_camera[:3, 1], [0, 0, 1], atol=1e-12)


def test_an_unrotated_camera_looks_along_minus_z_on_a_y_up_stage(open_scene: Opener) -> None:
    text = (
        "eye: {create.camera: {position: [0, 0, 500]}}\nview: {create.render_product: {camera: eye, resolution: [8, "
        "8]}}\n"
    )
    camera = open_scene(text, bare=True).snapshot(0).products[0].camera

    assert np.allclose(-camera.world_from_camera[:3, 2], [0, 0, -1], atol=1e-12)
    assert np.allclose(camera.world_from_camera[:3, 3], [0, 0, 5])  # centimetres


def test_a_flat_camera_that_is_drawn_is_reported(open_scene: Opener) -> None:
    text = (
        "eye: {create.camera: {}}\nother: {create.camera: {}}\n"
        "flat: {with.eye: {modify.attribute: {name: projection, value: orthographic}}}\n"
        "view: {create.render_product: {camera: %s, resolution: [8, 8]}}\n"
    )
    said = []
    for name in ("eye", "other"):
        session = open_scene(text % name)
        session.snapshot(0)
        said.append([subject for _, subject in session.recorder.report.entries if subject.endswith(".projection")])

    assert len(said[0]) == 1 and not said[1]
