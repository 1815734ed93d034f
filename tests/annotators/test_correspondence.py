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
    assert np.allclose(flow[24, 32], [-24 / 20.955 * 0.2 / 4.0, 0, 0, 1], atol=1e-5)
    assert (flow[:, 0, 2] == 1).all()  # what lies at the left border is outside the right eye's picture


def test_what_something_hides_from_the_other_camera_is_marked(open_scene: Opener) -> None:
    text = (
        "wall: {create.cube: {scale: [0.1, 9, 4], position: [0, 0, -1]}}\n"
        "post: {create.cube: {scale: [0.1, 0.4, 9], position: [2, -1, 0]}}\n"
        "right: {create.camera: {position: [4.05, 1, 0], rotation: [0, 0, 0], clipping_range: [0.01, 50]}}\n"
        "left: {create.camera: {position: [4.05, 0, 0], rotation: [0, 0, 0], clipping_range: [0.01, 50]}}\n"
        "one: {create.render_product: {camera: left, resolution: [64, 48]}}\n"
        "two: {create.render_product: {camera: right, resolution: [64, 48]}}\n"
    )
    first = request(open_scene, text)
    flow = ANNOTATORS["cross_correspondence"](first)
    labels = first.view.labels
    wall = labels.instance == 0

    # the wall is parallel to both pictures: one shift for all of it that the other camera sees, and a part that it
    # does not, because the post is before it or it lies outside
    assert (flow[~np.isfinite(labels.depth)] == 0).all() and (flow[wall][:, 3] == 1).all()
    across = flow[24][wall[24]]
    assert np.allclose(across[across[:, 2] == 0, 0], across[across[:, 2] == 0, 0].mean(), atol=1e-5)
    assert 0 < across[:, 2].mean() < 1
