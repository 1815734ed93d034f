"""Our writers inside Omniverse read its data as it is laid out."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.annotators import Request
from rendersdg.annotators.camera import camera_params
from rendersdg.errors import NotSupported
from rendersdg.omni.writers import _Gathered, read_camera
from tests.conftest import Opener
from writers import WRITERS


def test_a_camera_comes_back_from_its_parameters(open_scene: Opener) -> None:
    session = open_scene("box: {create.cube: {}}\n")
    view = next(iter(session.views(session.snapshot(0), {}).values()))
    camera = view.product.camera
    found = read_camera(camera.prim_path, camera.resolution_wh, camera_params(Request(view)))

    assert np.allclose(found.world_from_camera, camera.world_from_camera)
    assert found.focal_px == pytest.approx(camera.focal_px) and found.centre_px == pytest.approx(camera.centre_px)
    assert found.near_far == pytest.approx(camera.near_far)


def test_without_parameters_a_camera_has_its_size_alone() -> None:
    camera = read_camera("/eye", (64, 48), None)

    assert camera.resolution_wh == (64, 48) and camera.centre_px == (32, 24)


def test_a_writer_of_shards_is_refused_inside_omniverse_with_what_to_use() -> None:
    with pytest.raises(NotSupported, match=r"packs frames into shards.*use CocoWriter"):
        _Gathered(WRITERS["WebDatasetWriter"](), "WebDatasetWriter", "out")
