"""Point clouds: every pixel that hit a labelled prim, back in the world."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.annotators import Answer, Request
from rendersdg.annotators.segmentation import UNLABELLED, instance_ids, semantic_ids
from rendersdg.arrays import F4, F8, U4
from rendersdg.frame import Labels
from rendersdg.lens import pixel_rays
from rendersdg.snapshot import Camera


def world_points(camera: Camera, labels: Labels) -> F8:
    """Return the world position (H, W, 3) in metres of each pixel's surface; NaN without a hit."""
    points = pixel_rays(camera) * np.where(np.isfinite(labels.distance), labels.distance, np.nan)[..., None]
    return portable.product(points, camera.world_from_camera[:3, :3].T) + camera.world_from_camera[:3, 3]


def points_at(camera: Camera, depth: F4) -> F8:
    """Return the world position (H, W, 3) in metres of what each pixel sees at a depth along the viewing axis."""
    rays = pixel_rays(camera)
    forward = np.where(rays[..., 2] < 0, -rays[..., 2], 1.0)
    points = rays * (depth / forward)[..., None]
    return portable.product(points, camera.world_from_camera[:3, :3].T) + camera.world_from_camera[:3, 3]


def pointcloud(request: Request) -> Answer:
    """World points (N, 3) float32 in stage units. Beside them ``pointRgb`` (N, 4) uint8 and ``pointNormals`` (N, 4)
    float32, ``pointSemantic`` and ``pointInstance`` (N,), uint8 while the ids fit.

    Replicator's releases give the first two flat or a row a point; scripts reshape them to rows, or count on rows.
    """
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
        "pointSemantic": _small(semantic)[keep],
        "pointInstance": _small(instance)[keep],
    }
    return {"data": points.astype(np.float32), "info": info}


def _small(ids: U4) -> NDArray[np.unsignedinteger]:
    return ids.astype(np.uint8) if ids.max(initial=0) < 256 else ids
