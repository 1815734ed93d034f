"""Bounding boxes in 2D and 3D, and occlusion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg import portable
from rendersdg.annotators import Answer, Request
from rendersdg.annotators.families import are_parents, with_children
from rendersdg.annotators.semantics import filter_of, labels_in, numbers_of
from rendersdg.arrays import F4, F8, I4, I8, Mask
from rendersdg.frame import Labels
from rendersdg.geometry import box_corners
from rendersdg.snapshot import Camera

BOX_2D = np.dtype(
    [
        ("semanticId", "<u4"),
        ("x_min", "<i4"),
        ("y_min", "<i4"),
        ("x_max", "<i4"),
        ("y_max", "<i4"),
        ("occlusionRatio", "<f4"),
    ]
)
BOX_3D = np.dtype(
    [
        ("semanticId", "<u4"),
        ("x_min", "<f4"),
        ("y_min", "<f4"),
        ("z_min", "<f4"),
        ("x_max", "<f4"),
        ("y_max", "<f4"),
        ("z_max", "<f4"),
        ("transform", "<f4", (4, 4)),
        ("occlusionRatio", "<f4"),
    ]
)
OCCLUSION = np.dtype([("instanceId", "<u4"), ("semanticId", "<u4"), ("occlusionRatio", "<f4")])


def occlusion_ratios(labels: Labels) -> F4:
    """Return 1 - visible / unoccluded pixels per entity, 0 = fully visible; NaN where it has no pixel at all."""
    whole = np.maximum(labels.unoccluded, 1)
    return np.where(labels.unoccluded > 0, 1.0 - labels.visible / whole, np.nan).astype(np.float32)


def bounding_box_2d_tight(request: Request) -> Answer:
    """Boxes of the visible pixels, inclusive corners; hidden objects are absent.

    In all boxes a prim is what is drawn at and below it, so the box of a car holds its labelled wheels, which have
    boxes of their own. ``occlusionRatio`` is 0 fully visible to 1 fully hidden, -1 where a prim has labelled prims
    below it that the filter keeps, and NaN where it would have no pixel even alone.
    """
    labels = with_children(request.view.snapshot.entities, request.view.labels)
    return _boxes_2d(request, labels, labels.tight, labels.visible > 0)


def bounding_box_2d_loose(request: Request) -> Answer:
    """Boxes of the whole objects as if nothing covered them, clipped to the image, inclusive corners."""
    labels = with_children(request.view.snapshot.entities, request.view.labels)
    return _boxes_2d(request, labels, labels.loose, labels.unoccluded > 0)


def _boxes_2d(request: Request, labels: Labels, boxes: I4, present: Mask) -> Answer:
    entities = request.view.snapshot.entities
    rows, info, semantic = _chosen(request, present)
    data = np.zeros(len(rows), BOX_2D)
    data["semanticId"] = semantic
    for k, name in enumerate(("x_min", "y_min", "x_max", "y_max")):
        data[name] = boxes[rows, k]
    data["occlusionRatio"] = _told_ratios(request, labels)[rows]
    info["primPaths"] = [entities[r].prim_path for r in rows]
    return {"data": data, "info": info}


def bounding_box_3d(request: Request) -> Answer:
    """Boxes in each prim's own frame with its local-to-world transform, for prims whose box reaches into the view."""
    return _boxes_3d(request, everywhere=False)


def bounding_box_3d_360(request: Request) -> Answer:
    """As ``bounding_box_3d``, objects outside the view included."""
    return _boxes_3d(request, everywhere=True)


def _boxes_3d(request: Request, *, everywhere: bool) -> Answer:
    snapshot, camera = request.view.snapshot, request.view.product.camera
    entities = snapshot.entities
    worlds = _joined([e.world_from_local.reshape(-1) for e in entities]).reshape(-1, 4, 4)
    lows, highs = (_joined([getattr(e, end) for e in entities]).reshape(-1, 3) for end in ("low", "high"))
    present = np.ones(len(entities), bool) if everywhere else reach_view(camera, worlds, lows, highs)
    rows, info, semantic = _chosen(request, present)
    data = np.zeros(len(rows), BOX_3D)
    data["semanticId"] = semantic
    stage = np.diag([1 / snapshot.meters_per_unit] * 3 + [1.0])
    ratios = _told_ratios(request, with_children(entities, request.view.labels))
    for axis, letter in enumerate("xyz"):
        data[f"{letter}_min"] = lows[rows, axis]
        data[f"{letter}_max"] = highs[rows, axis]
    data["transform"] = (portable.product(stage, worlds[rows])).transpose(0, 2, 1)
    data["occlusionRatio"] = ratios[rows]
    info["primPaths"] = [entities[r].prim_path for r in rows]
    return {"data": data, "info": info}


def _joined(arrays: Sequence[F8]) -> F8:
    """Return arrays (K,) end to end, in a fifth of the time that ``np.array`` takes."""
    return np.concatenate([np.zeros(0), *arrays])


def reach_view(camera: Camera, worlds: F8, lows: F8, highs: F8) -> Mask:
    """Return which boxes (N,) may reach into the image: ``lows`` to ``highs`` (N, 3) under ``worlds`` (N, 4, 4)."""
    matrices = portable.product(camera.camera_from_world, worlds)
    corners = (
        portable.product(box_corners(lows, highs), matrices[:, :3, :3].transpose(0, 2, 1)) + matrices[:, None, :3, 3]
    )
    w = -corners[..., 2]
    near, far = camera.near_far
    if camera.model != "pinhole":
        return np.asarray((portable.norm(corners, axis=2) > near).any(1))
    width, height = camera.resolution_wh
    x = camera.centre_px[0] * w + camera.focal_px[0] * corners[..., 0]
    y = camera.centre_px[1] * w - camera.focal_px[1] * corners[..., 1]
    outside = (w <= near).all(1) | (w >= far).all(1) | (x < 0).all(1) | (y < 0).all(1)
    return np.asarray(~(outside | (x > width * w).all(1) | (y > height * w).all(1)))


def _told_ratios(request: Request, labels: Labels) -> F4:
    """Return the ``occlusionRatio`` of every entity (E,). With ``occlusion_of_parents`` theirs is that of all their
    pixels, not -1.
    """
    snapshot = request.view.snapshot
    own = labels_in(snapshot, filter_of(request.params, snapshot.settings))
    ratios = occlusion_ratios(labels)[: len(own)]
    if not request.params.get("occlusion_of_parents", False):
        ratios[are_parents(snapshot.entities, [label is not None for label in own])] = -1.0
    return ratios


def _chosen(request: Request, present: Mask) -> tuple[I8, dict[str, Any], list[int]]:
    """Return the entity rows to list, the info, and each row's semantic id, counted from 0 in this frame."""
    labels = labels_in(request.view.snapshot, filter_of(request.params, request.view.snapshot.settings))
    chosen = [k for k, (label, is_there) in enumerate(zip(labels, present.tolist())) if label is not None and is_there]
    semantic, names = numbers_of([labels[k] or {} for k in chosen])
    rows = np.array(chosen, np.int64)
    return rows, {"idToLabels": dict(enumerate(names)), "bboxIds": rows.astype(np.uint32)}, semantic


def occlusion(request: Request) -> NDArray[np.void]:
    """One row per labelled object with pixels in the view: instance id, semantic id, occlusion ratio."""
    labels = with_children(request.view.snapshot.entities, request.view.labels)
    rows, _, semantic = _chosen(request, labels.unoccluded > 0)
    data = np.zeros(len(rows), OCCLUSION)
    data["instanceId"] = rows
    data["semanticId"] = semantic
    data["occlusionRatio"] = _told_ratios(request, labels)[rows]
    return data
