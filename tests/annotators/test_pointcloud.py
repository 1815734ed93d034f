"""Points, and the pixels that they are seen at."""

from __future__ import annotations

import numpy as np

from rendersdg.annotators import ANNOTATORS, Request
from tests.annotators.requests import request
from tests.conftest import Opener


def test_points_projected_with_camera_parameters_hit_their_pixels(open_scene: Opener) -> None:
    r = request(open_scene)
    cloud = ANNOTATORS["pointcloud"](Request(r.view, {"includeUnlabelled": True}))
    p = ANNOTATORS["camera_params"](r)
    clip = (
        np.column_stack([cloud["data"], np.ones(len(cloud["data"]))])
        @ p["cameraViewTransform"].reshape(4, 4)
        @ p["cameraProjection"].reshape(4, 4)
    )
    u, v = (clip[:, 0] / clip[:, 3] + 1) * 32, (1 - clip[:, 1] / clip[:, 3]) * 24
    rows, columns = np.nonzero(r.view.labels.instance >= 0)

    assert np.allclose(u, columns + 0.5, atol=1e-3) and np.allclose(v, rows + 0.5, atol=1e-3)
    assert cloud["info"]["pointRgb"].shape == (len(rows), 4)
