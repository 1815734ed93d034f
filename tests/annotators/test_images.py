"""Images: their types, their shapes, and how their distances are related."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.annotators import ANNOTATORS
from tests.annotators.requests import request
from tests.conftest import Opener


@pytest.mark.parametrize(
    ("name", "dtype", "shape"),
    [
        ("rgb", np.uint8, (48, 64, 4)),
        ("HdrColor", np.float16, (48, 64, 4)),
        ("normals", np.float32, (48, 64, 4)),
        ("distance_to_camera", np.float32, (48, 64)),
        ("motion_vectors", np.float32, (48, 64, 4)),
        ("cross_correspondence", np.float32, (48, 64, 4)),
    ],
)
def test_images_have_the_documented_type_and_shape(
    open_scene: Opener, name: str, dtype: type, shape: tuple[int, ...]
) -> None:
    value = ANNOTATORS[name](request(open_scene))

    assert value.dtype == dtype and value.shape == shape


def test_distances_of_a_pinhole_are_related_as_documented(open_scene: Opener) -> None:
    r = request(open_scene)
    plane, ray = ANNOTATORS["distance_to_image_plane"](r), ANNOTATORS["distance_to_camera"](r)
    v, u = np.indices(plane.shape) + 0.5
    fx = r.view.product.camera.focal_px[0]
    hit = np.isfinite(plane)

    assert np.allclose(ray[hit], (plane * np.sqrt(1 + ((u - 32) / fx) ** 2 + ((v - 24) / fx) ** 2))[hit], rtol=1e-5)
