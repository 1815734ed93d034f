"""Everything the annotation formats ask about each labelled object, in one list; an extension of ours."""

from __future__ import annotations

from typing import Any

import numpy as np

from rendersdg import portable
from rendersdg.annotators import Answer, Request
from rendersdg.annotators.boxes import occlusion_ratios
from rendersdg.annotators.families import with_children
from rendersdg.annotators.keypoints import keypoints_of
from rendersdg.annotators.segmentation import instance_ids, instance_numbers
from rendersdg.annotators.semantics import filter_of, labels_of
from rendersdg.arrays import F8
from rendersdg.geometry import OPENCV_FROM_CAMERA, Matrix, box_corners, transform_points
from rendersdg.lens import project
from rendersdg.snapshot import Camera, Entity


def objects(request: Request) -> Answer:
    """A list of dictionaries, one per labelled object with pixels in the view as if alone, and the instance image.

    Keys: ``id`` (in ``data``, the (H, W) uint32 instance image), ``ids`` (its own and those of the labelled prims below
    it, whose pixels are its too), ``labels`` {type: label} of the prim itself, ``prim_path``, ``tight`` and
    ``loose`` boxes (inclusive; tight None when hidden), ``visible_pixels``, ``unoccluded_pixels``, ``occlusion`` 0..1,
    ``truncation`` 0..1 (part of the projected 3D box's area outside the image), ``camera_from_object`` (4, 4) metres
    without scale in a camera frame of x right, y down, z forward, ``size_xyz`` metres, ``up_axis``. An object with
    named points has ``keypoints``, too: ``names``, ``xyv`` (as in the annotator ``keypoints``) and ``skeleton``. A
    defect that noise hides, where ``settings.defect_labels`` keeps those, has ``visible``: False.
    """
    view = request.view
    snapshot, camera = view.snapshot, view.product.camera
    labels = with_children(snapshot.entities, view.labels)
    named = labels_of(snapshot.entities, filter_of(request.params, snapshot.settings))
    numbers = instance_numbers(named)
    ratios = occlusion_ratios(labels)
    points = keypoints_of(view, named)
    seen: list[dict[str, Any]] = []
    for k, entity in enumerate(snapshot.entities):
        if named[k] is None or labels.unoccluded[k] == 0:
            continue
        matrix, size = camera_from_object(camera, entity)
        seen.append(
            {
                "id": numbers[k],
                "ids": [numbers[e] for e in snapshot.families[k] if named[e] is not None],
                "labels": named[k],
                "prim_path": entity.prim_path,
                "tight": labels.tight[k].tolist() if labels.visible[k] else None,
                "loose": labels.loose[k].tolist(),
                "visible_pixels": int(labels.visible[k]),
                "unoccluded_pixels": int(labels.unoccluded[k]),
                "occlusion": float(ratios[k]),
                "truncation": truncation(camera, entity),
                "camera_from_object": matrix,
                "size_xyz": size.tolist(),
                "up_axis": snapshot.up_axis,
            }
        )
        if labels.faint is not None and labels.faint[k]:
            seen[-1]["visible"] = False
        if k in points:
            named_points = points[k]
            seen[-1]["keypoints"] = {
                "names": list(named_points.names),
                "xyv": named_points.xyv.tolist(),
                "skeleton": [list(line) for line in named_points.skeleton],
            }
    return {"data": instance_ids(request)[0], "info": {"objects": seen}}


def camera_from_object(camera: Camera, entity: Entity) -> tuple[Matrix, F8]:
    """Return (4, 4) from the centre of an entity's box, without scale, to the camera (x right, y down, z forward), and
    its size, metres.
    """
    scale = portable.norm(entity.world_from_local[:3, :3], axis=0)
    matrix = portable.product(OPENCV_FROM_CAMERA, camera.camera_from_world, entity.world_from_object)
    return matrix, (entity.high - entity.low) * scale


def truncation(camera: Camera, entity: Entity) -> float:
    """Return the fraction 0..1 of the projected 3D box's bounding area that lies outside the image."""
    corners = transform_points(
        portable.product(camera.camera_from_world, entity.world_from_local), box_corners(entity.low, entity.high)
    )
    if camera.model == "pinhole":  # corners behind the near plane are drawn out to it
        corners = corners.copy()
        corners[:, 2] = np.minimum(corners[:, 2], -camera.near_far[0])
    u, v = project(camera, corners)
    if not (np.isfinite(u).all() and np.isfinite(v).all()):
        return 1.0
    width, height = camera.resolution_wh
    whole = float(np.ptp(u) * np.ptp(v))
    inside_w = max(min(u.max(), width) - max(u.min(), 0), 0)
    inside_h = max(min(v.max(), height) - max(v.min(), 0), 0)
    return float(np.clip(1.0 - inside_w * inside_h / whole, 0.0, 1.0)) if whole > 0 else 1.0
