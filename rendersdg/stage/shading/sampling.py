"""What a field is at places of a surface: images are looked up, functions computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from rendersdg import portable
from rendersdg.arrays import F4, F8, I8, Mask
from rendersdg.stage.shading.fields import Combined, Constant, Field, Image, Lay, Place, Wrap

Tiles = Mapping[tuple[int, int], F4]  # linear RGBA pixels by the whole numbers of the coordinates that they lie at
Found = Callable[[Image], Tiles]


class Grid(NamedTuple):
    """Places in rows and columns: at own coordinates ``u`` (W,) and ``v`` (H,), v up, which the rows ``uv_from_own``
    (3, 3) carry to the mesh's texture coordinates.
    """

    u: F8
    v: F8
    uv_from_own: F8

    def by(self, lay: Lay) -> F8:
        """Return the rows (3, 2) that lead to the coordinates of a lay."""
        return np.asarray(
            portable.product(self.uv_from_own[:, :2], lay.own_from_uv[:2])
            + self.uv_from_own[:, 2:] * lay.own_from_uv[2]
        )

    def places(self, rows: F8) -> F8:
        """Return the coordinates (H, W, 2) of all places."""
        own = np.stack(np.broadcast_arrays(self.u[None, :], self.v[:, None]), -1)
        return np.asarray(portable.product(own, rows[:2]) + rows[2])


def values(field: Field, grid: Grid, found: Found) -> F8 | F4:
    """Return a field at the places of a grid, (H, W, width), or (width,) where it is the same everywhere."""
    if isinstance(field, Constant):
        return field.value
    if isinstance(field, Combined):
        return np.asarray(field.function(*(values(part, grid, found) for part in field.parts)))
    if isinstance(field, Place):
        return grid.places(grid.by(field.lay))
    assert isinstance(field, Image)
    return _looked_up(field, grid, found(field))


def detail(field: Field, uv_from_own: F8, found: Found) -> F8:
    """Return how many texels the finest image of a field has across a whole of own coordinates, (2,).

    ``uv_from_own`` (3, 3) leads from there to the mesh's texture coordinates, as rows.
    """
    if isinstance(field, Combined):
        return np.asarray(np.max([detail(part, uv_from_own, found) for part in field.parts], axis=0))
    if not isinstance(field, (Image, Place)):
        return np.ones(2)
    size: F8 = np.full(2, _GRADIENT)
    if isinstance(field, Image):
        sizes = [pixels.shape[1::-1] for pixels in found(field).values()]
        size = np.max(sizes, axis=0) if sizes else np.ones(2)
    rows = portable.product(uv_from_own[:2, :2], field.lay.own_from_uv[:2])
    return np.maximum(np.abs(rows * size).max(1), 1.0)


_GRADIENT = 512.0  # texels a unit for what is made of coordinates alone


def _looked_up(image: Image, grid: Grid, tiles: Tiles) -> F4:
    rows = grid.by(image.lay)
    if not image.is_tiled:
        return _texels(tiles[0, 0], grid, rows, image.wrap, image.border)
    at = grid.places(rows)
    out = np.empty((*at.shape[:2], 4), np.float32)
    out[:] = image.fallback
    whole = np.floor(at + 1e-9).astype(np.int64)
    for (across, up), pixels in tiles.items():
        here = (whole[..., 0] == across) & (whole[..., 1] == up)
        if here.any():
            out[here] = _scattered(pixels, at[here] - [across, up], ("clamp", "clamp"), image.border)
    return out


def _texels(pixels: F4, grid: Grid, rows: F8, wrap: tuple[Wrap, Wrap], border: tuple[float, ...]) -> F4:
    """Return the pixels (H, W, 4) of an image at a grid, straight between the nearest four."""
    if max(abs(rows[0, 1]), abs(rows[1, 0])) > 1e-9:
        at = grid.places(rows)
        return _scattered(pixels, at.reshape(-1, 2), wrap, border).reshape(*at.shape[:2], 4)
    # columns and rows of the grid are those of the image: far less to look up
    height, width = pixels.shape[:2]
    x = (grid.u * rows[0, 0] + rows[2, 0]) * width - 0.5
    y = (1.0 - (grid.v * rows[1, 1] + rows[2, 1])) * height - 0.5
    across, down = _between(x, width, wrap[0]), _between(y, height, wrap[1])
    out = np.zeros((len(y), len(x), 4), np.float32)
    for j, is_out_y, by_y in down:
        lines = pixels[j]
        for i, is_out_x, by_x in across:
            part = lines[:, i]
            if is_out_x.any() or is_out_y.any():
                part = np.where(
                    (is_out_y[:, None] | is_out_x[None, :])[..., None], np.asarray(border, np.float32), part
                )
            out += part * (by_y[:, None, None] * by_x[None, :, None])
    return out


def _between(places: F8, side: int, wrap: Wrap) -> list[tuple[I8, Mask, F4]]:
    """Return what lies on both sides of places along an axis: texel, whether it is outside, and weight; one of them
    where all places are on texels.
    """
    places = np.nan_to_num(places)
    nearest = np.round(places)
    if np.abs(places - nearest).max(initial=0) < 1e-3:
        steps = [(nearest.astype(np.int64), np.ones(len(places), np.float32))]
    else:
        low = np.floor(places)
        share = (places - low).astype(np.float32)
        steps = [(low.astype(np.int64), 1 - share), (low.astype(np.int64) + 1, share)]
    return [(_wrapped(k, side, wrap), _is_outside(k, side, wrap), weight) for k, weight in steps]


def _scattered(pixels: F4, at: F8, wrap: tuple[Wrap, Wrap], border: tuple[float, ...]) -> F4:
    """Return the pixels (N, 4) of an image at own coordinates (N, 2), straight between the nearest four."""
    height, width = pixels.shape[:2]
    across = _between(at[:, 0] * width - 0.5, width, wrap[0])
    down = _between((1.0 - at[:, 1]) * height - 0.5, height, wrap[1])
    out = np.zeros((len(at), 4), np.float32)
    for j, is_out_y, by_y in down:
        for i, is_out_x, by_x in across:
            part = pixels[j, i]
            part[is_out_x | is_out_y] = border
            out += part * (by_y * by_x)[:, None]
    return out


def _is_outside(index: I8, side: int, wrap: Wrap) -> Mask:
    return (index < 0) | (index >= side) if wrap == "border" else np.zeros(len(index), bool)


def _wrapped(index: I8, side: int, wrap: Wrap) -> I8:
    if wrap == "repeat":
        return index % side
    if wrap == "mirror":
        turn = index % (2 * side)
        return np.minimum(turn, 2 * side - 1 - turn)
    return np.clip(index, 0, side - 1)
