"""What an inspector asks about each defect: size, place, contrast, how well it shows, how bad it is;
an extension of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from rendersdg import portable
from rendersdg.annotators import Answer, Request
from rendersdg.annotators.semantics import filter_of, labels_of
from rendersdg.arrays import F8, Mask
from rendersdg.colour import LUMA
from rendersdg.errors import BadArgument
from rendersdg.lens import project
from rendersdg.snapshot import Camera, Defect, Snapshot

_RING = 5  # pixels: contrast is against what lies this near around a defect


def defects(request: Request) -> Answer:
    """A list of dictionaries, one per labelled defect that shows, and the (H, W) int32 image of their ids (0 for none).

    Keys: ``id``, ``kind``, ``labels`` {type: label}, ``prim_path``, ``host`` (prim path), ``box`` (inclusive),
    ``oriented_box`` (centre x, y, width, height in pixels, degrees), ``centre_lines`` (polylines in pixels),
    ``size_mm`` (along, across, of the part's texels), ``area_mm2``, ``depth_mm`` (lowest, highest), ``visible_pixels``,
    ``occlusion``, ``contrast`` (mean grey inside less that of a ring of 5 px around it, of 255), ``relative_contrast``
    (over the ring's), ``visibility`` (the contrast over the ring's deviation), ``severity`` (longest side over
    ``tolerance_mm``, when that is given: above 1 is out). One that noise hides, where ``settings.defect_labels`` keeps
    those, has ``visible``: False. Of a missing part, ``host`` is the prim that is not there,
    and the sizes are those of its box: the two longer sides, their product, and the shortest as depth.
    """
    view = request.view
    snapshot, labels, camera = view.snapshot, view.labels, view.product.camera
    tolerance = request.params.get("tolerance_mm")
    if tolerance is not None and not float(tolerance) > 0:
        raise BadArgument(f"tolerance_mm={tolerance} must be above 0")
    image = np.zeros(labels.entity.shape, np.int32)
    if labels.defect is None:
        return {"data": image, "info": {"defects": []}}
    grey = portable.product(view.buffers.rgb[..., :3].astype(np.float64), np.array(LUMA))
    named = labels_of(snapshot.entities, filter_of(request.params, snapshot.settings))
    any_defect = labels.defect >= 0
    defects_seen: list[dict[str, Any]] = []
    for said in _what(snapshot, camera):
        entity = said.entity
        if named[entity] is None or labels.visible[entity] == 0:
            continue
        number = len(defects_seen) + 1
        mask = labels.defect == entity
        image[mask] = number
        contrast, ring, spread = _contrast(grey, mask, any_defect)
        ratio = labels.visible[entity] / max(int(labels.unoccluded[entity]), 1)
        defects_seen.append(
            {
                "id": number,
                "kind": said.kind,
                "labels": named[entity],
                "prim_path": snapshot.entities[entity].prim_path,
                "host": said.host,
                "box": labels.tight[entity].tolist(),
                "oriented_box": oriented_box(mask),
                "centre_lines": said.lines,
                "size_mm": list(said.size_mm),
                "area_mm2": said.area_mm2,
                "depth_mm": list(said.depth_mm),
                "visible_pixels": int(labels.visible[entity]),
                "occlusion": float(1 - ratio),
                "contrast": contrast,
                "relative_contrast": contrast / max(ring, 1.0),
                "visibility": abs(contrast) / max(spread, 1.0),
                "severity": None if tolerance is None else max(said.size_mm) / float(tolerance),
            }
        )
        if labels.faint is not None and labels.faint[entity]:
            defects_seen[-1]["visible"] = False
    return {"data": image, "info": {"defects": defects_seen}}


@dataclass(frozen=True)
class _Said:
    """What the scene says of one labelled part of a defect."""

    entity: int
    kind: str
    host: str
    size_mm: tuple[float, float]
    area_mm2: float
    depth_mm: tuple[float, float]
    lines: list[Any]


def _what(snapshot: Snapshot, camera: Camera) -> Iterator[_Said]:
    """Yield what the scene says of each labelled part of a defect, and of each missing part."""
    for defect in snapshot.defects:
        host, texel = snapshot.instances[defect.instance].prim_path, defect.texel * 1e3
        lines = [line.tolist() for line in _lines(snapshot, camera, defect)]
        for part, entity in enumerate(defect.entities, 1):
            if entity < 0:
                continue
            rows, columns = np.nonzero(defect.part == part)
            along, across = (float(np.ptp(v) + 1) * texel for v in (columns, rows))
            low, high = (float(v[2]) * 1e3 for v in (snapshot.entities[entity].low, snapshot.entities[entity].high))
            yield _Said(entity, defect.kind, host, (along, across), len(rows) * texel * texel, (low, high), lines)
    for removal in snapshot.missing:
        entity_ = snapshot.entities[removal.entity]
        scale = portable.norm(entity_.world_from_local[:3, :3], axis=0)
        thin, wide, long = sorted(float(v) for v in (entity_.high - entity_.low) * scale * 1e3)
        yield _Said(removal.entity, "missing_part", removal.part, (long, wide), long * wide, (-thin, 0.0), [])


def oriented_box(mask: Mask) -> list[float]:
    """Return the smallest rectangle around a mask's pixels: centre x, y, width, height (pixels)
    and degrees, clockwise.
    """
    rows, columns = np.nonzero(mask)
    corners = np.concatenate([np.stack([columns + dx, rows + dy], 1) for dx in (0, 1) for dy in (0, 1)])
    (x, y), (width, height), angle = cv2.minAreaRect(corners.astype(np.float32))
    return [float(v) for v in (x, y, width, height, angle)]


def _contrast(grey: F8, mask: Mask, others: Mask) -> tuple[float, float, float]:
    """Return the contrast of a mask with the ring around it, the ring's mean and its deviation."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _RING + 1,) * 2)
    ring = (cv2.dilate(mask.astype(np.uint8), kernel) > 0) & ~others
    if not ring.any():
        return 0.0, float(grey[mask].mean()), 0.0
    return float(grey[mask].mean() - grey[ring].mean()), float(grey[ring].mean()), float(grey[ring].std())


def _lines(snapshot: Snapshot, camera: Camera, defect: Defect) -> list[F8]:
    """Return the centre lines of a defect in pixels, (N, 2) each;
    points off the surface or behind the camera are left out.
    """
    if not defect.lines:
        return []
    instance = snapshot.instances[defect.instance]
    mesh, world = snapshot.meshes[instance.mesh], instance.world_from_mesh
    corners = (
        portable.product(mesh.vertices[mesh.triangles[defect.triangles]].astype(np.float64), world[:3, :3].T)
        + world[:3, 3]
    )
    flat = (
        portable.product(corners - defect.centre, defect.rows[:, :, :3].transpose(0, 2, 1)) + defect.rows[:, None, :, 3]
    )
    a, e1, e2 = flat[:, 0], flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    det = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
    det = np.where(np.abs(det) > 1e-18, det, np.inf)
    lines_px = []
    for line in defect.lines:
        points = []
        for point in line:
            p = point - a
            u = (p[:, 0] * e2[:, 1] - p[:, 1] * e2[:, 0]) / det
            v = (e1[:, 0] * p[:, 1] - e1[:, 1] * p[:, 0]) / det
            inside = np.flatnonzero((u >= -1e-6) & (v >= -1e-6) & (u + v <= 1 + 1e-6) & np.isfinite(det))
            if len(inside):
                k = inside[0]
                points.append(
                    corners[k, 0] + u[k] * (corners[k, 1] - corners[k, 0]) + v[k] * (corners[k, 2] - corners[k, 0])
                )
        if len(points) < 2:
            continue
        local = portable.product(np.array(points), camera.camera_from_world[:3, :3].T) + camera.camera_from_world[:3, 3]
        x, y = project(camera, local)
        pixels = np.stack([x, y], 1)
        pixels = pixels[np.isfinite(pixels).all(1)]
        if len(pixels) >= 2:
            lines_px.append(pixels)
    return lines_px
