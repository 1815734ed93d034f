"""Skeleton data: the joints of every posed skeleton, concatenated, with sizes beside."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from rendersdg.annotators import Request
from rendersdg.lens import project


def skeleton_data(request: Request) -> dict[str, object]:
    """A flat dictionary in Replicator's keys; quaternions are (w, x, y, z), translations in stage units.

    ``jointOcclusions`` is 1 where something nearer covers a joint by more than 5 % of its distance, else 0.
    """
    snapshot, camera, labels = request.view.snapshot, request.view.product.camera, request.view.labels
    unit = snapshot.meters_per_unit
    skeletons = snapshot.skeletons
    out: dict[str, object] = {
        "numSkeletons": len(skeletons),
        "skelName": [s.prim_path.rsplit("/", 1)[-1] for s in skeletons],
        "skelPath": [s.prim_path for s in skeletons],
        "assetPath": ["" for _ in skeletons],
        "animationVariant": ["" for _ in skeletons],
        "skeletonJoints": [json.dumps(list(s.joints)) for s in skeletons],
    }
    parts: dict[str, list[Any]] = {}
    width, height = camera.resolution_wh
    in_view = []
    for s in skeletons:
        local = s.world_positions @ camera.camera_from_world[:3, :3].T + camera.camera_from_world[:3, 3]
        u, v = project(camera, local)
        inside = (u >= 0) & (v >= 0) & (u < width) & (v < height)
        at = labels.distance[np.where(inside, v, 0).astype(int), np.where(inside, u, 0).astype(int)]
        distance = np.linalg.norm(local, axis=1)
        covered = inside & (at < distance * 0.95)
        in_view.append(bool(inside.any()))
        pixels = np.column_stack([u, v]).astype(np.float32)
        for key, value in (
            ("skeletonParents", s.parents),
            ("restGlobalTranslations", s.rest_global_translations),
            ("restLocalTranslations", s.rest_local_translations),
            ("restLocalRotations", s.rest_local_rotations_wxyz),
            ("globalTranslations", (s.world_positions / unit).astype(np.float32)),
            ("localRotations", s.local_rotations_wxyz),
            ("translations2d", pixels),
            ("jointOcclusions", covered.astype(np.float32)),
            ("occlusionTypes", np.where(covered, "occluded", "N/A")),
        ):
            parts.setdefault(key, []).append(value)
    for key, values in parts.items():
        out[key] = np.concatenate(values)
        out[f"{key}Sizes"] = np.array([len(v) for v in values], np.int32)
    out["inView"] = np.array(in_view, bool)
    out["skeletonData"] = json.dumps({k: v for k, v in out.items() if isinstance(v, (int, list))})
    return out
