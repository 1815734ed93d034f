"""Copy and paste: an object of one picture laid into another, with soft edges and the light of its new place."""

from __future__ import annotations

import numpy as np

from detectors.preprocess import Image
from rendersdg.arrays import F4, F8

_MARGIN = 0.2  # of the box's sides, the surroundings that come along; over them it fades out
_LEAST_MARGIN = 3  # pixels
_MOST_COVERED = 0.3  # of a box that is there, or of the new one
_MOST_GAIN = 2.0  # times brighter or darker than it was
_DARK = 8.0  # of 255: below it a ratio of levels says nothing


def pasted(picture: Image, xyxy: F8, source: Image, box: F8, rng: np.random.Generator) -> tuple[Image, F8] | None:
    """Return a picture with an object of another one pasted in, and its box; None where it has no room.

    The object keeps its contrast to its surroundings: their level becomes that of its new place. It may be mirrored.
    After Dwibedi et al. 2017 and Ghiasi et al. 2021.

    Args:
        picture: (H, W, 3) uint8, which stays as it is.
        xyxy: (N, 4) float64 boxes in it, pixels; none of them is hidden by more than 30 %.
        source: (h, w, 3) uint8, the other picture.
        box: (4,) float64 of the object in it, pixels.
        rng: draws the place and the mirrors.

    Returns:
        The picture (H, W, 3) uint8, and the object's box (4,) float64 in it.
    """
    patch, inner = _cut(source, box)
    height, width = patch.shape[:2]
    room = picture.shape[1] - width, picture.shape[0] - height
    mirrors = rng.random(2) < 0.5
    place = rng.random(2)
    if min(room) < 0 or min(inner[2] - inner[0], inner[3] - inner[1]) < 1:
        return None
    x, y = int(place[0] * (room[0] + 1)), int(place[1] * (room[1] + 1))
    if mirrors[0]:
        patch, inner = patch[:, ::-1], np.array([width - inner[2], inner[1], width - inner[0], inner[3]])
    if mirrors[1]:
        patch, inner = patch[::-1], np.array([inner[0], height - inner[3], inner[2], height - inner[1]])
    new = inner + np.array([x, y, x, y])
    if _covered(xyxy, new) > _MOST_COVERED:
        return None

    ground = picture[y : y + height, x : x + width].astype(np.float32)
    alpha = _fade((height, width), inner)
    around = alpha < 1
    levels = [_level(each, around) for each in (patch.astype(np.float32), ground)]
    # light multiplies what a surface reflects; what is nearly black is shifted instead
    gain = np.clip(levels[1] / np.maximum(levels[0], _DARK), 1 / _MOST_GAIN, _MOST_GAIN)
    lit = patch * gain + (levels[1] - levels[0] * gain)
    out = picture.copy()
    mixed = ground + alpha[..., None] * (lit - ground)
    out[y : y + height, x : x + width] = np.clip(np.round(mixed), 0, 255).astype(np.uint8)
    return out, new


def _cut(source: Image, box: F8) -> tuple[Image, F8]:
    """Return an object with its surroundings, and its box in that."""
    margin = np.maximum(_MARGIN * (box[2:] - box[:2]), _LEAST_MARGIN)
    low = np.maximum(np.floor(box[:2] - margin), 0).astype(int)
    high = np.minimum(np.ceil(box[2:] + margin), source.shape[1::-1]).astype(int)
    return source[low[1] : high[1], low[0] : high[0]], box - np.tile(low, 2)


def _fade(size_hw: tuple[int, int], inner: F8) -> F4:
    """Return (H, W) how much of the patch is seen: 1 within the box, down to 0 at the patch's sides.

    Where the box ends at a side of the source, nothing lies beyond it, and it ends there too.
    """
    axes = []
    for length, low, high in ((size_hw[0], inner[1], inner[3]), (size_hw[1], inner[0], inner[2])):
        at = np.arange(length) + 0.5
        before, after = max(low, 1e-9), max(length - high, 1e-9)
        axes.append(np.clip(np.minimum(at / before, (length - at) / after), 0, 1))
    return np.minimum(axes[0][:, None], axes[1][None]).astype(np.float32)


def _level(values: F4, around: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> F4:
    """Return the median colour of the surroundings, (3,); of all where there are none."""
    return np.asarray(np.median(values[around] if around.any() else values.reshape(-1, 3), axis=0), np.float32)


def _covered(xyxy: F8, new: F8) -> float:
    """Return the largest share of a box, old or new, that lies in another."""
    if not len(xyxy):
        return 0.0
    sides = np.maximum(np.minimum(xyxy[:, 2:], new[2:]) - np.maximum(xyxy[:, :2], new[:2]), 0)
    areas = (xyxy[:, 2:] - xyxy[:, :2]).prod(1)
    smaller = np.minimum(areas, (new[2:] - new[:2]).prod())
    return float((sides.prod(1) / np.maximum(smaller, 1e-9)).max())
