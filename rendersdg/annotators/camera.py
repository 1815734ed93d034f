"""Camera parameters, in Replicator's keys and row-vector conventions."""

from __future__ import annotations

import numpy as np

from rendersdg.annotators import Request


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
    out: dict[str, object] = {}
    for key, value in camera.authored.items():
        out[key] = np.array(value, np.float32) if isinstance(value, list) else value
    out.update(
        cameraModel="pinholeOpenCV" if camera.model == "opencvPinhole" else camera.model,  # USD's name and Replicator's
        cameraProjection=projection.ravel(),
        cameraViewTransform=view.T.ravel(),
        metersPerSceneUnit=unit,
        renderProductResolution=np.array([width, height], np.int32),
        cameraOpenCVFx=camera.focal_px[0],
        cameraOpenCVFy=camera.focal_px[1],
    )
    return out
