"""Dense correspondence between the first two render products of a frame (a stereo pair, say)."""

from __future__ import annotations

import numpy as np

from rendersdg.annotators import Request
from rendersdg.annotators.pointcloud import world_points
from rendersdg.arrays import F4
from rendersdg.lens import project

_SLACK = 0.01  # relative: a point counts as seen by the other camera when its distance agrees this well


def cross_correspondence(request: Request) -> F4:
    """(H, W, 4) float32: (dx, dy) in pixels from here to the other product's pixel, 1 where that one sees it too, 0.

    Replicator leaves the channels undocumented; this is ours. NaN where nothing is hit or it projects nowhere.
    """
    view = request.view
    out = np.full((*view.labels.instance.shape, 4), np.nan, np.float32)
    out[..., 2:] = 0
    other = next((v for v in request.others if v is not view), None)
    if other is None:
        return out
    camera = other.product.camera
    points = world_points(view.product.camera, view.labels)
    local = points @ camera.camera_from_world[:3, :3].T + camera.camera_from_world[:3, 3]
    u, v = project(camera, local)
    height, width = view.labels.instance.shape
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    out[..., 0] = u - x
    out[..., 1] = v - y
    inside = (u >= 0) & (v >= 0) & (u < camera.resolution_wh[0]) & (v < camera.resolution_wh[1])
    column = np.where(inside, u, 0).astype(int)
    row = np.where(inside, v, 0).astype(int)
    distance = np.linalg.norm(local, axis=-1)
    out[..., 2] = inside & (np.abs(other.labels.distance[row, column] - distance) <= _SLACK * distance)
    return out
