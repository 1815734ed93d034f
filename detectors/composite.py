"""Rendered defects on real photographs: what a defect does to the light of a rendered frame, done to a photograph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np

from rendersdg.arrays import F4, U1, Mask
from rendersdg.colour import linear_from_eight_bit, srgb_from_linear
from rendersdg.errors import BadArgument

Layer = TypeVar("Layer", bound=np.ndarray[Any, Any])

_DARK = 0.01  # of the mean light: added to both pictures, so that black by black is one
_BRIGHTEST = 8.0  # times as light as without the defect, at most
_SEEN = 0.06  # a relative change of light from which a pixel is defective
_SMALLEST = 0.005  # a relative change of light that nobody sees
_LARGER = 1.3  # times, at most, that a change is enlarged beyond what covers the photograph
_LEVELS = 8  # of 255: a change of a photograph that can be seen
_FEWEST = 3  # pixels of a defect that are to be seen, and
_SHARE = 0.05  # of its pixels, or it has no label


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled defect of a change: its class, and where it is, (h, w) of the change's own pixels."""

    label: str
    mask: Mask


@dataclass(frozen=True, slots=True)
class Change:
    """What the defects of one rendered frame change, cut to where they do.

    ``gain`` (h, w, 3) float32 is how many times as much light a pixel has, ``mask`` (h, w) where it is defective, and
    ``marks`` are the labelled defects that can be seen there. ``corner_xy`` is where this part lies in the frame, whose
    size is ``size_wh``, all in pixels.
    """

    gain: F4
    mask: Mask
    corner_xy: tuple[int, int]
    size_wh: tuple[int, int]
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        if self.gain.shape != (*self.mask.shape, 3):
            raise BadArgument(f"gain has shape {self.gain.shape} and mask {self.mask.shape}")


@dataclass(frozen=True, slots=True)
class Composite:
    """A photograph with rendered defects: ``image`` (H, W, 3) uint8, ``mask`` (H, W) where it is defective, and the
    labelled defects that are to be seen, whose masks are (H, W), too.
    """

    image: U1
    mask: Mask
    marks: tuple[Mark, ...]


def change_between(damaged: F4, intact: F4, marks: Sequence[Mark]) -> Change | None:
    """Return what makes a frame of its twin without defects; None where nobody would see it.

    Defective is what is labelled, and what has 6 % more or less light: a mark that the noise of the rendered frame
    hides can be plain on a photograph. A labelled defect that changes less light than that is not among the marks.

    Args:
        damaged: linear light of the frame (H, W, 3) float32.
        intact: linear light of its twin.
        marks: the labelled defects; masks (H, W).
    """
    least = np.float32(_DARK) * max(float(intact.mean()), 1e-6)
    gain = np.clip((damaged + least) / (intact + least), 0, _BRIGHTEST).astype(np.float32)
    away = np.abs(gain - 1).max(2)
    mask = np.logical_or.reduce([away > _SEEN, *(mark.mask for mark in marks)])
    if not mask.any():
        return None
    touched = mask | (away > _SMALLEST)
    rows, columns = np.flatnonzero(touched.any(1)), np.flatnonzero(touched.any(0))
    part = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    seen = tuple(Mark(m.label, m.mask[part].copy()) for m in marks if (away[m.mask] > _SEEN).sum() >= _FEWEST)
    corner = (int(columns[0]), int(rows[0]))
    return Change(gain[part].copy(), mask[part].copy(), corner, (mask.shape[1], mask.shape[0]), seen)


def composited(photograph: U1, change: Change, rng: np.random.Generator) -> Composite:
    """Return a photograph with the defects of a rendered frame.

    The change covers the photograph, enlarged by up to 1.3, mirrored and placed at random. Light is multiplied, in
    linear space, so the photograph's own texture and grain stay. A grey photograph stays grey.

    Args:
        photograph: (H, W, 3) uint8, sRGB.
        change: of a rendered frame.
        rng: draws size, mirroring and place.
    """
    height, width = photograph.shape[:2]
    scale = max(width / change.size_wh[0], height / change.size_wh[1]) * rng.uniform(1, _LARGER)
    flip_x, flip_y = rng.random(2) < 0.5
    is_grey = bool((photograph == photograph[..., :1]).all())
    gain = np.repeat(change.gain.mean(2, keepdims=True), 3, 2) if is_grey else change.gain
    gain, masks = _scaled(gain, [change.mask, *(mark.mask for mark in change.marks)], scale)
    (x, y), whole = _corner(change, scale, flip_x, flip_y, masks[0].shape), [side * scale for side in change.size_wh]
    gain, masks = _mirrored(gain, flip_x, flip_y), [_mirrored(mask, flip_x, flip_y) for mask in masks]
    # a defect drawn at random is in the picture: the pixel in its middle
    rows, columns = np.nonzero(masks[int(rng.integers(1, len(masks))) if change.marks else 0])
    middle = len(rows) // 2
    left = _offset(x + int(columns[middle]), whole[0] - width, width, rng)
    top = _offset(y + int(rows[middle]), whole[1] - height, height, rng)
    at = round(x - left), round(y - top)
    shown = [_laid(mask, *at, np.zeros((height, width), bool)) for mask in masks]
    gains = _laid(gain, *at, np.ones((height, width, 3), np.float32))
    light = linear_from_eight_bit(photograph) * gains
    image = np.round(srgb_from_linear(light) * 255).astype(np.uint8)
    image = np.where(np.abs(gains - 1) > _SMALLEST, image, photograph)
    return Composite(image, shown[0], _seen(change.marks, shown[1:], photograph, image))


def _offset(place: float, room: float, side: int, rng: np.random.Generator) -> float:
    """Return where a picture of ``side`` pixels begins in a frame with ``room`` more, so that it holds ``place``."""
    last = max(min(place, room), 0)
    return float(rng.uniform(min(max(place - side + 1, 0), last), last))


def _seen(marks: Sequence[Mark], shown: Sequence[Mask], before: U1, after: U1) -> tuple[Mark, ...]:
    """Return the marks with masks of the photograph, without those that nobody could see there: half the light of a
    black ground is black.
    """
    away = np.abs(after.astype(np.int16) - before).max(2) >= _LEVELS
    counts = [(int((away & mask).sum()), max(_FEWEST, _SHARE * int(mask.sum()))) for mask in shown]
    return tuple(Mark(m.label, mask) for m, mask, (seen, least) in zip(marks, shown, counts) if seen >= least)


def _scaled(gain: F4, masks: Sequence[Mask], scale: float) -> tuple[F4, list[Mask]]:
    size = tuple(max(round(side * scale), 1) for side in masks[0].shape[::-1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    larger = np.asarray(cv2.resize(gain, size, interpolation=how), np.float32)
    shares = [cv2.resize(mask.astype(np.float32), size, interpolation=how) for mask in masks]
    # a line thinner than a pixel stays
    return larger, [share > min(0.5, 0.5 * float(share.max())) for share in shares]


def _corner(change: Change, scale: float, flip_x: bool, flip_y: bool, shape: tuple[int, ...]) -> tuple[float, float]:
    """Return where the scaled change lies in its scaled and mirrored frame."""
    x, y = (at * scale for at in change.corner_xy)
    width, height = (side * scale for side in change.size_wh)
    return (width - x - shape[1] if flip_x else x), (height - y - shape[0] if flip_y else y)


def _mirrored(layer: Layer, flip_x: bool, flip_y: bool) -> Layer:
    return layer[:: -1 if flip_y else 1, :: -1 if flip_x else 1]  # type: ignore[return-value] # a view of the same kind


def _laid(layer: Layer, x: int, y: int, ground: Layer) -> Layer:
    """Return ``ground`` (H, W, ...) overwritten by a layer whose corner lies at x, y; what reaches over is cut off."""
    height, width = ground.shape[:2]
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + layer.shape[1], width), min(y + layer.shape[0], height)
    if right > left and bottom > top:
        ground[top:bottom, left:right] = layer[top - y : bottom - y, left - x : right - x]
    return ground
