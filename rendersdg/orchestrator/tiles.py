"""Tiled render products: the pictures of several cameras side by side in one, with one set of ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import I4
from rendersdg.frame import Buffers, Labels, ProductView, Surface
from rendersdg.snapshot import RenderProduct, Snapshot

_OF_ENTITIES = ("visible", "unoccluded")
_BOXES = ("tight", "loose")


def sheet(
    product: RenderProduct, snapshot: Snapshot, tiles: Sequence[ProductView], seconds: dict[str, float]
) -> ProductView:
    """Return the view of a tiled product: images in rows of ``product.columns``, counts summed, boxes around all tiles'
    boxes.
    """

    def buffers() -> Buffers:
        made = [t.buffers for t in tiles]
        has_hdr = all(b.hdr is not None for b in made)
        rgb = _laid([b.rgb for b in made], product.columns)
        rgb[..., 3] = 255
        return Buffers(rgb, _laid([b.hdr for b in made if b.hdr is not None], product.columns) if has_hdr else None)

    def labels() -> Labels:
        made = [t.labels for t in tiles]
        height, width = made[0].instance.shape
        corners = [(k % product.columns * width, k // product.columns * height) for k in range(len(tiles))]
        out: dict[str, Any] = {}
        for name in (f.name for f in fields(Labels)):
            values = [getattr(one, name) for one in made]
            if name in _OF_ENTITIES:
                out[name] = np.sum(values, axis=0)
            elif name in _BOXES:
                out[name] = _around(values, corners)
            elif name == "defect":
                some = any(v is not None for v in values)
                none = np.full((height, width), -1, np.int32)
                out[name] = _laid([none if v is None else v for v in values], product.columns, -1) if some else None
            else:
                empty = {"depth": np.inf, "distance": np.inf, "normal": 0, "motion": 0}.get(name, -1)
                out[name] = _laid(values, product.columns, empty)
        return Labels(**out)

    def surface() -> Surface:
        made = [t.surface for t in tiles]
        return Surface(**{f.name: _laid([getattr(s, f.name) for s in made], product.columns) for f in fields(Surface)})

    return ProductView(product, snapshot, labels, buffers, surface, seconds)


def _laid(images: Sequence[NDArray[Any]], columns: int, empty: float = 0) -> NDArray[Any]:
    """Return images of one size in rows of ``columns``; places left over hold ``empty``."""
    height, width = images[0].shape[:2]
    rows = -(-len(images) // columns)
    out = np.full((rows * height, columns * width, *images[0].shape[2:]), empty, images[0].dtype)
    for k, image in enumerate(images):
        y, x = k // columns * height, k % columns * width
        out[y : y + height, x : x + width] = image
    return out


def _around(boxes: Sequence[I4], corners: Sequence[tuple[int, int]]) -> I4:
    """Return the boxes (E, 4) around those of each tile, moved to its corner; a box with x_max < x_min is none."""
    out = boxes[0].copy()
    for box, (x, y) in zip(boxes[1:], corners[1:]):
        moved = box + np.array([x, y, x, y], np.int32)
        is_new, is_old = box[:, 2] >= box[:, 0], out[:, 2] >= out[:, 0]
        both = np.concatenate([np.minimum(out[:, :2], moved[:, :2]), np.maximum(out[:, 2:], moved[:, 2:])], axis=1)
        out = np.where((is_new & is_old)[:, None], both, np.where(is_new[:, None], moved, out)).astype(np.int32)
    return out
