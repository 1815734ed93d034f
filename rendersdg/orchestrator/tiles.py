"""Tiled render products: the pictures of several cameras side by side in one, with one set of ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import F4, I4, Mask
from rendersdg.errors import NotSupported
from rendersdg.frame import Buffers, Labels, ProductView, Rendered, Silhouette, SurfaceBuffers, Wanted
from rendersdg.ranging import Scan
from rendersdg.snapshot import RenderProduct, Snapshot

_OF_ENTITIES = ("visible", "unoccluded", "whole")
_BOXES = ("tight", "loose")
_EMPTY = {"depth": np.inf, "distance": np.inf, "normal": 0.0, "motion": 0.0}  # where no tile is; ids are -1


def sheet(
    product: RenderProduct, snapshot: Snapshot, tiles: Sequence[ProductView], seconds: dict[str, float]
) -> ProductView:
    """Return the view of a tiled product: images in rows of ``product.columns``, counts summed,
    boxes around all tiles' boxes.
    """
    return ProductView(product, snapshot, _Sheet(tiles, product.columns), seconds)


@dataclass(frozen=True, eq=False)
class _Sheet:
    """The passes of a tiled product: those of its tiles, laid side by side."""

    tiles: Sequence[ProductView]
    columns: int

    def render(self, wanted: Wanted) -> Rendered:
        """Return the pictures; each tile keeps the labels that came with its own."""
        parts = [tile.render(hdr=wanted.hdr).buffers for tile in self.tiles]
        rgb = _laid([part.rgb for part in parts], self.columns)
        rgb[..., 3] = 255
        light = [part.hdr for part in parts if part.hdr is not None]
        return Rendered(Buffers(rgb, _laid(light, self.columns) if len(light) == len(parts) else None))

    def label(self) -> Labels:
        """Return the labels: images laid side by side, counts summed, boxes moved to their tiles."""
        parts = [tile.labels for tile in self.tiles]
        height, width = parts[0].instance.shape
        corners = [(k % self.columns * width, k // self.columns * height) for k in range(len(parts))]
        joined: dict[str, Any] = {}
        for name in (f.name for f in fields(Labels)):
            values = [getattr(part, name) for part in parts]
            if name in _OF_ENTITIES:
                joined[name] = None if values[0] is None else np.sum(values, axis=0)
            elif name in _BOXES:
                joined[name] = _around(values, corners)
            elif name == "defect":
                joined[name] = self._defects(values)
            elif name == "faint":
                joined[name] = faint_of(parts)
            else:
                joined[name] = _laid(values, self.columns, _EMPTY.get(name, -1))
        return Labels(**joined)

    def silhouettes(self, labels: Labels, entities: Sequence[int]) -> dict[int, Silhouette]:
        """Raise NotSupported: objects overlap in no one picture of several cameras."""
        raise NotSupported("a tiled render product has no silhouettes; attach one product a camera for them")

    def surface(self) -> SurfaceBuffers:
        """Return the surface passes side by side."""
        parts = [tile.surface for tile in self.tiles]
        return SurfaceBuffers(
            **{f.name: _laid([getattr(part, f.name) for part in parts], self.columns) for f in fields(SurfaceBuffers)}
        )

    def scan(self) -> Scan:
        raise AssertionError("lidars are in no tiles")

    def measure(self, labels: Labels, surface: SurfaceBuffers) -> F4:
        raise AssertionError("what depth sensors measure is asked of the tiles")

    def _defects(self, images: Sequence[I4 | None]) -> I4 | None:
        """Return the defects' indices, -1 for a tile without any; None where no tile has one."""
        there = [image for image in images if image is not None]
        if not there:
            return None
        none = np.full(there[0].shape, -1, np.int32)
        return _laid([none if image is None else image for image in images], self.columns, -1)


def faint_of(parts: Sequence[Labels]) -> Mask | None:
    """Return which defects (E,) noise hides in each tile that has pixels of them."""
    told = [part.faint for part in parts if part.faint is not None]
    if not told:
        return None
    hidden = np.any(told, axis=0)
    seen = np.any([part.visible > 0 if part.faint is None else (part.visible > 0) & ~part.faint for part in parts], 0)
    return np.asarray(hidden & ~seen, bool)


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
