"""The contact sheet: frames side by side with boxes, masks and labels drawn, to judge a scene at a glance."""

from __future__ import annotations

import math
from collections.abc import Iterable

import cv2
import numpy as np

from rendersdg.annotators import Request
from rendersdg.annotators.boxes import bounding_box_2d_tight
from rendersdg.annotators.segmentation import UNLABELLED, instance_ids, painted
from rendersdg.arrays import U1
from rendersdg.colour import label_palette
from rendersdg.frame import ProductView
from rendersdg.orchestrator.session import Session
from writers.encoders import image_bytes
from writers.visualization import draw_boxes

_TILE = 480  # pixels: the longer side of a tile


def contact_sheet(session: Session, frames: Iterable[int], *, plain: bool = False) -> bytes:
    """Return a PNG with one tile per frame and render product."""
    tiles = []
    for frame in frames:
        snapshot = session.snapshot(frame)
        for name, view in session.views(snapshot, {}).items():
            tiles.append(_tile(view, f"{name} {frame}", plain))
    columns = max(math.ceil(math.sqrt(len(tiles))), 1)
    height, width = (max(t.shape[k] for t in tiles) for k in (0, 1))
    rows = math.ceil(len(tiles) / columns)
    sheet = np.full((rows * (height + 4), columns * (width + 4), 3), 24, np.uint8)
    for k, tile in enumerate(tiles):
        y, x = k // columns * (height + 4) + 2, k % columns * (width + 4) + 2
        sheet[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
    return image_bytes(sheet)


def _tile(view: ProductView, title: str, plain: bool) -> U1:
    canvas = np.ascontiguousarray(view.buffers.rgb[..., :3])
    ratio = _TILE / max(canvas.shape[:2])
    if not plain and not view.product.tiles:
        request = Request(view)
        ids, paths, _ = instance_ids(request)
        colours = painted(label_palette(len(paths)), ids)[..., :3]
        inside = ids > UNLABELLED
        canvas[inside] = (0.85 * canvas[inside] + 0.15 * colours[inside]).astype(np.uint8)
        edges = cv2.morphologyEx(ids.astype(np.uint16), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        canvas[edges & inside] = colours[edges & inside]
        draw_boxes(canvas, "bounding_box_2d_tight", dict(bounding_box_2d_tight(request)), {})
    canvas = cv2.resize(
        canvas, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
    )
    cv2.putText(canvas, title, (6, canvas.shape[0] - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    return canvas
