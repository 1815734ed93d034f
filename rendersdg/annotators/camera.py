"""Camera parameters, in Replicator's keys and row-vector conventions."""

from __future__ import annotations

import numpy as np

from rendersdg.annotators import Request

_MODELS = {"opencvPinhole": "pinholeOpenCV", "opencvFisheye": "fisheyeOpenCV"}  # USD's names and Replicator's


def camera_params(request: Request) -> dict[str, object]:
    """A flat dictionary; matrices are 16 floats, row-major, row vectors (``p_cam = [x, y, z,
    1] @ view``), stage units.
    """
    camera, snapshot = request.view.product.camera, request.view.snapshot
    width, height = camera.resolution_wh
    unit = snapshot.meters_per_unit
    view = camera.camera_from_world.copy()
    view[:3, 3] /= unit
    near, far = (v / unit for v in camera.near_far)
    projection = np.zeros((4, 4))
    projection[0, 0] = 2 * camera.focal_px[0] / width
    projection[1, 1] = 2 * camera.focal_px[1] / height
    projection[2, 0] = 1 - 2 * camera.centre_px[0] / width
    projection[2, 1] = 2 * camera.centre_px[1] / height - 1
    projection[2, 2] = near / (far - near)  # reversed depth: near maps to 1, far to 0
    projection[2, 3] = -1.0
    projection[3, 2] = far * near / (far - near)
    told = dict(camera.authored)
    fx, fy = (told.pop(f"cameraOpenCVF{axis}", own) for axis, own in zip("xy", camera.focal_px))
    out: dict[str, object] = {}
    for key, value in told.items():
        out[key] = np.array(value, np.float32) if isinstance(value, list) else value
    out.update(
        cameraModel=_MODELS.get(camera.model, camera.model),
        cameraProjection=projection.ravel(),
        cameraViewTransform=view.T.ravel(),
        metersPerSceneUnit=unit,
        renderProductResolution=np.array([width, height], np.int32),
        cameraOpenCVFx=fx,
        cameraOpenCVFy=fy,
    )
    return out
