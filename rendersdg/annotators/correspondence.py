"""Dense correspondence between the first two render products of a frame (a stereo pair, say)."""

from __future__ import annotations

import numpy as np

from rendersdg import portable
from rendersdg.annotators import Request
from rendersdg.annotators.pointcloud import world_points
from rendersdg.arrays import F4
from rendersdg.frame import ProductView
from rendersdg.lens import project

_SLACK = 0.01  # relative: a point counts as seen by the other camera when its distance agrees this well


def cross_correspondence(request: Request) -> F4:
    """(H, W, 4) float32: (dx, dy) from here to the other product's pixel, as parts of the picture's width and height,
    -1 to 1; 1 where the other one does not see it, because something hides it there or it lies outside; 1 where there
    is a surface to compare at all.

    The other product is that whose camera bears the name in this camera's ``crossCameraReferenceName``, else the next
    one. All is 0 where nothing is hit.
    """
    view = request.view
    out = np.zeros((*view.labels.instance.shape, 4), np.float32)
    other = _other(request)
    if other is None:
        return out
    hit = view.labels.instance >= 0
    camera = other.product.camera
    points = world_points(view.product.camera, view.labels)
    local = portable.product(points, camera.camera_from_world[:3, :3].T) + camera.camera_from_world[:3, 3]
    u, v = project(camera, local)
    height, width = view.labels.instance.shape
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    out[..., 0] = np.where(hit, np.clip(np.nan_to_num((u - x) / width), -1, 1), 0)
    out[..., 1] = np.where(hit, np.clip(np.nan_to_num((v - y) / height), -1, 1), 0)
    inside = (u >= 0) & (v >= 0) & (u < camera.resolution_wh[0]) & (v < camera.resolution_wh[1])
    column = np.where(inside, u, 0).astype(int)
    row = np.where(inside, v, 0).astype(int)
    distance = portable.norm(local, axis=-1)
    is_seen = inside & (np.abs(other.labels.distance[row, column] - distance) <= _SLACK * distance)
    out[..., 2] = hit & ~is_seen
    out[..., 3] = hit
    return out


def _other(request: Request) -> ProductView | None:
    """Return the view to compare with; None where there is no other."""
    others = [v for v in request.others if v is not request.view]
    wanted = request.view.product.camera.cross_reference
    named = [v for v in others if v.product.camera.prim_path.rsplit("/", 1)[-1] == wanted]
    return next(iter(named or others), None)
