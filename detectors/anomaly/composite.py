"""Rendered defects on real photographs: what a defect does to the light of a rendered frame, done to a photograph."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from rendersdg.arrays import F4, U1, Mask
from rendersdg.colour import linear_from_eight_bit, srgb_from_linear
from rendersdg.errors import BadArgument

_DARK = 0.01  # of the mean light: added to both pictures, so that black by black is one
_BRIGHTEST = 8.0  # times as light as without the defect, at most
_SEEN = 0.06  # a relative change of light from which a pixel is defective
_SMALLEST = 0.005  # a relative change of light that nobody sees
_LARGER = 1.3  # times, at most, that a change is enlarged beyond what covers the photograph
_TRIES = 8  # places that are tried until a defect lies in the picture


@dataclass(frozen=True, slots=True)
class Change:
    """What the defects of one rendered frame change, cut to where they do.

    ``gain`` (h, w, 3) float32 is how many times as much light a pixel has, ``mask`` (h, w) where it is labelled;
    ``corner_xy`` is where this part lies in the frame, whose size is ``size_wh``, all in pixels.
    """

    gain: F4
    mask: Mask
    corner_xy: tuple[int, int]
    size_wh: tuple[int, int]

    def __post_init__(self) -> None:
        if self.gain.shape != (*self.mask.shape, 3):
            raise BadArgument(f"gain has shape {self.gain.shape} and mask {self.mask.shape}")


def change_between(damaged: F4, intact: F4, mask: Mask) -> Change | None:
    """Return what makes a frame of its twin without defects; None where nobody would see it.

    Defective is what is labelled, and what has 6 % more or less light: a mark that the noise of the rendered frame
    hides can be plain on a photograph.

    Args:
        damaged: linear light of the frame (H, W, 3) float32.
        intact: linear light of its twin.
        mask: (H, W), where a defect is labelled.
    """
    least = np.float32(_DARK) * max(float(intact.mean()), 1e-6)
    gain = np.clip((damaged + least) / (intact + least), 0, _BRIGHTEST).astype(np.float32)
    away = np.abs(gain - 1).max(2)
    mask = mask | (away > _SEEN)
    if not mask.any():
        return None
    touched = mask | (away > _SMALLEST)
    rows, columns = np.flatnonzero(touched.any(1)), np.flatnonzero(touched.any(0))
    part = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    corner = (int(columns[0]), int(rows[0]))
    return Change(gain[part].copy(), mask[part].copy(), corner, (mask.shape[1], mask.shape[0]))


def composited(photograph: U1, change: Change, rng: np.random.Generator) -> tuple[U1, Mask]:
    """Return a photograph with the defects of a rendered frame, and where they are (H, W).

    The change covers the photograph, enlarged by up to 1.3, mirrored and placed at random. Light is multiplied, in
    linear space, so the photograph's own texture and grain stay. Where no place shows a defect, the photograph comes
    back as it is, with an empty mask.

    Args:
        photograph: (H, W, 3) uint8, sRGB.
        change: of a rendered frame.
        rng: draws size, mirroring and place.
    """
    height, width = photograph.shape[:2]
    scale = max(width / change.size_wh[0], height / change.size_wh[1]) * rng.uniform(1, _LARGER)
    flip_x, flip_y = rng.random(2) < 0.5
    gain, mask = _scaled(change, scale)
    (x, y), whole = _corner(change, scale, flip_x, flip_y, mask.shape), [side * scale for side in change.size_wh]
    if flip_x:
        gain, mask = gain[:, ::-1], mask[:, ::-1]
    if flip_y:
        gain, mask = gain[::-1], mask[::-1]
    for _ in range(_TRIES):
        left, top = (rng.uniform(0, max(w - own, 0)) for w, own in zip(whole, (width, height)))
        placed = _placed(gain, mask, round(x - left), round(y - top), (width, height))
        if placed is not None:
            gains, shown = placed
            light = linear_from_eight_bit(photograph) * gains
            out = np.round(srgb_from_linear(light) * 255).astype(np.uint8)
            return np.where(np.abs(gains - 1) > _SMALLEST, out, photograph), shown
    return photograph, np.zeros((height, width), bool)


def _scaled(change: Change, scale: float) -> tuple[F4, Mask]:
    size = tuple(max(round(side * scale), 1) for side in change.mask.shape[::-1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    gain = np.asarray(cv2.resize(change.gain, size, interpolation=how), np.float32)
    share = cv2.resize(change.mask.astype(np.float32), size, interpolation=how)
    return gain, share > min(0.5, 0.5 * float(share.max()))  # a line thinner than a pixel stays


def _corner(change: Change, scale: float, flip_x: bool, flip_y: bool, shape: tuple[int, ...]) -> tuple[float, float]:
    """Return where the scaled change lies in its scaled and mirrored frame."""
    x, y = (at * scale for at in change.corner_xy)
    width, height = (side * scale for side in change.size_wh)
    return (width - x - shape[1] if flip_x else x), (height - y - shape[0] if flip_y else y)


def _placed(gain: F4, mask: Mask, x: int, y: int, size_wh: tuple[int, int]) -> tuple[F4, Mask] | None:
    """Return gains (H, W, 3), 1 elsewhere, and the mask (H, W), in a picture; None where none of the mask is in it."""
    width, height = size_wh
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + mask.shape[1], width), min(y + mask.shape[0], height)
    if right <= left or bottom <= top:
        return None
    own = slice(top - y, bottom - y), slice(left - x, right - x)
    if not mask[own].any():
        return None
    gains, shown = np.ones((height, width, 3), np.float32), np.zeros((height, width), bool)
    gains[top:bottom, left:right], shown[top:bottom, left:right] = gain[own], mask[own]
    return gains, shown
