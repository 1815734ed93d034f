"""Skeleton data: the joints of every posed skeleton, concatenated, with sizes beside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rendersdg import portable
from rendersdg.annotators import Request
from rendersdg.annotators.segmentation import semantic_ids
from rendersdg.lens import project

_SLACK = 0.95  # of a joint's distance: what is nearer than that hides it


def skeleton_data(request: Request) -> dict[str, object]:
    """A flat dictionary in Replicator's keys; quaternions are (w, x, y, z), translations in stage units.

    ``jointOcclusions`` (J,) bool is True where something else than the body shows at the joint's pixel: what stands
    before it, or nothing. ``occlusionTypes`` says for each skeleton, as the text of a list, what that is: a label,
    ``UNLABELLED``, ``BACKGROUND``; ``None`` where the joint is not hidden, ``N/A`` outside the image.
    ``skeletonJoints`` are texts of lists, too.
    """
    snapshot, camera, labels = request.view.snapshot, request.view.product.camera, request.view.labels
    unit = snapshot.meters_per_unit
    skeletons = snapshot.skeletons
    out: dict[str, object] = {
        "numSkeletons": len(skeletons),
        "skelName": [s.prim_path.rsplit("/", 1)[-1] for s in skeletons],
        "skelPath": [s.prim_path for s in skeletons],
        "assetPath": ["" for _ in skeletons],
        "animationVariant": ["None" for _ in skeletons],
        "skeletonJoints": [str(list(s.joints)) for s in skeletons],
    }
    parts: dict[str, list[Any]] = {}
    width, height = camera.resolution_wh
    in_view = []
    hiding: list[str] = []
    names = _names_of_pixels(request)
    for s in skeletons:
        local = (
            portable.product(s.world_positions, camera.camera_from_world[:3, :3].T) + camera.camera_from_world[:3, 3]
        )
        u, v = project(camera, local)
        inside = (u >= 0) & (v >= 0) & (u < width) & (v < height)
        row, column = np.where(inside, v, 0).astype(int), np.where(inside, u, 0).astype(int)
        at = labels.distance[row, column]
        body = np.array([_is_below(i.prim_path, s.body) for i in snapshot.instances] + [False])
        is_own = body[labels.instance[row, column]]
        nearer = (at < portable.norm(local, axis=1) * _SLACK) | np.isinf(at)
        covered = inside & ~is_own & nearer
        in_view.append(bool(inside.any()))
        hiding.append(
            str(
                [
                    names(r, c) if hid else "None" if seen else "N/A"
                    for r, c, hid, seen in zip(row, column, covered, inside)
                ]
            )
        )
        for key, value in (
            ("skeletonParents", s.parents),
            ("restGlobalTranslations", s.rest_global_translations),
            ("restLocalTranslations", s.rest_local_translations),
            ("restLocalRotations", s.rest_local_rotations_wxyz),
            ("globalTranslations", (s.world_positions / unit).astype(np.float32)),
            ("localRotations", s.local_rotations_wxyz),
            ("translations2d", np.column_stack([u, v]).astype(np.float32)),
            ("jointOcclusions", covered),
        ):
            parts.setdefault(key, []).append(value)
    for key, values in parts.items():
        out[key] = np.concatenate(values)
        out[f"{key}Sizes"] = np.array([len(v) for v in values], np.int32)
    out["occlusionTypes"] = hiding
    out["occlusionTypesSizes"] = np.array([len(s.joints) for s in skeletons], np.int32)
    out["inView"] = np.array(in_view, bool)
    texts = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in out.items()}
    out["skeletonData"] = out["skeleton_data"] = repr(texts)
    return out


def _is_below(path: str, root: str) -> bool:
    return bool(root) and (path == root or path.startswith(f"{root}/"))


def _names_of_pixels(request: Request) -> Callable[[int, int], str]:
    """Return a function of row and column that says what is seen there: its class, or first label."""
    image, names = semantic_ids(request)

    def name(row: int, column: int) -> str:
        labels = names[int(image[row, column])]
        return labels.get("class", next(iter(labels.values()))).split(",")[-1]

    return name
