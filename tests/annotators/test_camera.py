"""Camera parameters: published numbers."""

from __future__ import annotations

import pytest

from rendersdg.annotators import ANNOTATORS
from tests.annotators.requests import request
from tests.conftest import Opener


def test_camera_parameters_reproduce_published_numbers(open_scene: Opener) -> None:
    text = (
        "eye: {create.camera: {position: [5, 0, 0], look_at: [0, 0, 0], clipping_range: [1, 1000000]}}\n"
        "view: {create.render_product: {camera: eye, resolution: [512, 512]}}\n"
    )
    value = ANNOTATORS["camera_params"](request(open_scene, text))
    projection = value["cameraProjection"].reshape(4, 4)

    assert value["cameraOpenCVFx"] == pytest.approx(586.399, abs=1e-3)
    assert projection[0, 0] == projection[1, 1] == pytest.approx(2.29062, abs=1e-5)
    assert projection[2, 3] == -1 and projection[3, 2] == pytest.approx(1.0, abs=1e-5)
    assert value["cameraAperture"][1] == pytest.approx(15.2908)
