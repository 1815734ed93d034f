"""What one eye sees, found in the other."""

from __future__ import annotations

import numpy as np

from rendersdg.annotators import ANNOTATORS
from tests.annotators.requests import request
from tests.conftest import Opener


def test_correspondence_points_to_the_same_surface_in_the_other_eye(open_scene: Opener) -> None:
    text = (
        'wall: {create.cube: {scale: [0.1, 9, 9], semantics: [["class", "wall"]]}}\n'
        "rig: {create.stereo_camera: {stereo_baseline: 0.2, position: [4.05, 0, 0], look_at: [0, 0, 0], "
        "clipping_range: [0.01, 50]}}\n"
        "eyes: {create.render_product: {camera: rig, resolution: [64, 48], name: eye}}\n"
    )
    r = request(open_scene, text)
    flow = ANNOTATORS["cross_correspondence"](r)

    # a wall 4 m away, eyes 0.2 m apart: disparity f b / d to the left, no vertical part
    assert r.view.product.name == "eye"
    assert np.allclose(flow[24, 32, :3], [-24 / 20.955 * 64 * 0.2 / 4.0, 0, 1], atol=1e-3)
