"""Point clouds: every pixel that hit a labelled prim, back in the world."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg.annotators import Request
from rendersdg.annotators.segmentation import UNLABELLED, instance_ids, semantic_ids
from rendersdg.frame import Labels
from rendersdg.geometry import fisheye_theta
from rendersdg.snapshot import Camera


def pixel_rays(camera: Camera) -> NDArray[np.float64]:
    """Return unit camera-space rays (H, W, 3) through pixel centres."""
    width, height = camera.resolution_wh
    x, y = np.meshgrid(np.arange(width) + 0.5 - camera.centre_px[0], np.arange(height) + 0.5 - camera.centre_px[1])
    if camera.model == "pinhole":
        rays = np.stack([x / camera.focal_px[0], -y / camera.focal_px[1], -np.ones_like(x)], -1)
        return rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    radius = np.hypot(x, y)
    theta = fisheye_theta(radius, camera.polynomial)
    across = np.where(radius > 1e-9, np.sin(theta) / np.maximum(radius, 1e-9), 0.0)
    return np.stack([x * across, -y * across, -np.cos(theta)], -1)


def world_points(camera: Camera, labels: Labels) -> NDArray[np.float64]:
    """Return the world position (H, W, 3) in metres of each pixel's surface; NaN without a hit."""
    points = pixel_rays(camera) * np.where(np.isfinite(labels.distance), labels.distance, np.nan)[..., None]
    return points @ camera.world_from_camera[:3, :3].T + camera.world_from_camera[:3, 3]


def pointcloud(request: Request) -> dict[str, Any]:
    """World points (N, 3) float32 in stage units, with colour, normal, semantic and instance id beside them."""
    view = request.view
    semantic, _ = semantic_ids(request)
    instance, _, _ = instance_ids(request)
    keep = view.labels.instance >= 0
    if not request.params.get("includeUnlabelled", request.params.get("include_unlabelled", False)):
        keep &= semantic > UNLABELLED
    points = world_points(view.product.camera, view.labels)[keep] / view.snapshot.meters_per_unit
    normals = np.ones((int(keep.sum()), 4), np.float32)
    normals[:, :3] = view.labels.normal[keep]
    info = {
        "pointRgb": view.buffers.rgb[keep],
        "pointNormals": normals,
        "pointSemantic": semantic[keep].astype(np.uint8 if semantic.max(initial=0) < 256 else np.uint32),
        "pointInstance": instance[keep],
    }
    return {"data": points.astype(np.float32), "info": info}
