"""Augmentation of a labelled square; each step keeps its boxes right.
All random numbers come from one generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from detectors.likeness import check_likeness
from detectors.oriented import cut_to, enclosing, standard
from detectors.preprocess import Image
from rendersdg.arrays import F8, U1, Mask
from rendersdg.errors import BadArgument

_LEAST_SIDE = 2.0  # network pixels; what a crop leaves of a box below it is gone
_LEAST_SHARE = 0.25  # of a box's area; less left in view teaches that nothing is something


@dataclass(frozen=True, slots=True)
class Augment:
    """How much of what; all zero leaves the image alone.

    ``flip_x``, ``flip_y``: probabilities. ``scale``: zoom by up to this share either way; ``shift``: by up to this
    share of the frame. ``gain``: contrast by up to this share; ``level``: brightness by up to this share of white;
    ``noise``: standard deviation, of white, at most. ``mosaic``: probability that four images are laid into one.
    ``paste``: probability that an object of another image of the batch is pasted in. ``like``: how rendered images
    take over the look of photographs, where a mix has some for them (:func:`detectors.likeness.made_like`).
    """

    flip_x: float = 0.5
    flip_y: float = 0.0
    scale: float = 0.3
    shift: float = 0.1
    gain: float = 0.3
    level: float = 0.15
    noise: float = 0.02
    mosaic: float = 0.0
    paste: float = 0.0
    like: str = "none"

    def __post_init__(self) -> None:
        for name in ("flip_x", "flip_y", "mosaic", "paste"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadArgument(f"augment.{name}={getattr(self, name):g} is no probability; give 0 to 1")
        for name in ("scale", "shift", "gain", "level", "noise"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadArgument(f"augment.{name}={getattr(self, name):g} is not a share; give 0 to 1")
        if self.scale == 1:
            raise BadArgument("augment.scale=1 shrinks an image to nothing; give less than 1")
        check_likeness(self.like, "augment.like")


@dataclass(frozen=True, slots=True)
class Move:
    """Where the points of a square go: ``p' = factor * p + offset``, (2,) each, in pixels from the top left corner.

    What comes to lie outside of ``window``, left, top, right and bottom, is not seen.
    """

    factor: F8
    offset: F8
    window: tuple[int, int, int, int]

    def masks(self, masks: U1) -> U1:
        """Return masks (N, S, S) uint8, 0 to 255, moved as their picture is, without what is not seen."""
        out = np.zeros_like(masks)
        centre = self.offset + (self.factor - 1) * 0.5  # cv2 counts from pixel centres
        matrix = np.array([[self.factor[0], 0, centre[0]], [0, self.factor[1], centre[1]]])
        x0, y0, x1, y1 = self.window
        for mask, moved in zip(masks, out):
            whole = cv2.warpAffine(mask, matrix, mask.shape[::-1], flags=cv2.INTER_LINEAR)
            moved[y0:y1, x0:x1] = whole[y0:y1, x0:x1]
        return out

    def oriented(self, rectangles: F8) -> tuple[F8, Mask]:
        """Return oriented boxes (N, 5) moved, of those at the edge what is seen, and which (N,) are still in view.

        Both sides are scaled alike, so that a rectangle stays one; in a mirror it turns the other way.
        """
        zoom = np.abs(self.factor)
        assert zoom[0] == zoom[1], "a rectangle would not stay one"
        middles, sides = rectangles[:, :2] * self.factor + self.offset, rectangles[:, 2:4] * zoom
        angles = rectangles[:, 4:] * np.sign(self.factor.prod())
        moved = standard(np.concatenate([middles, sides, angles], axis=1))
        out, seen = cut_to(moved, self.window, _LEAST_SHARE)
        low, high = np.array(self.window[:2], float), np.array(self.window[2:], float)
        upright = enclosing(out)
        within = np.minimum(upright[:, 2:], high) - np.maximum(upright[:, :2], low)
        return out, seen & (within >= _LEAST_SIDE).all(1)


def augmented(
    image: Image, xyxy: F8, choice: Augment, rng: np.random.Generator, pad: int
) -> tuple[Image, F8, Mask, Move]:
    """Return a changed square with its boxes.

    Args:
        image: the square (S, S, 3) uint8 RGB.
        xyxy: its N boxes (N, 4) float64 in its pixels, exclusive.
        choice: how much of what.
        rng: draws all random numbers.
        pad: the grey level, 0 to 255, of what moves into the frame.

    Returns:
        The square (S, S, 3) uint8; all boxes (N, 4), moved and cut off at the frame; (N,) bool, which of them are
        still in view; and where the square's points went.
    """
    size = image.shape[0]
    zoom = 1 + rng.uniform(-choice.scale, choice.scale)
    move = rng.uniform(-choice.shift, choice.shift, 2) * size
    flips = (rng.random() < choice.flip_x, rng.random() < choice.flip_y)
    # one affine map, about the middle, in pixel edges: p' = zoom * flip * (p - c) + c + move
    factor = zoom * np.where(flips, -1.0, 1.0)
    offset = size / 2 * (1 - factor) + move
    if choice.scale or choice.shift:
        centre = offset + (factor - 1) * 0.5  # cv2 counts from pixel centres
        matrix = np.array([[factor[0], 0, centre[0]], [0, factor[1], centre[1]]])
        image = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderValue=(pad, pad, pad))
    else:
        image = np.ascontiguousarray(image[:: -1 if flips[1] else 1, :: -1 if flips[0] else 1])
    corners = xyxy.reshape(-1, 2, 2) * factor + offset
    whole = np.concatenate([corners.min(1), corners.max(1)], axis=1)
    seen = np.clip(whole, 0, size)
    keep = _area(seen) >= _LEAST_SHARE * np.maximum(_area(whole), 1e-9)
    keep &= (seen[:, 2:] - seen[:, :2] >= _LEAST_SIDE).all(1)
    return light_changed(image, choice, rng), seen, keep, Move(factor, offset, (0, 0, size, size))


def light_changed(image: Image, choice: Augment, rng: np.random.Generator) -> Image:
    """Return an image (H, W, 3) uint8 with other contrast and brightness, and noise, of the same shape.

    ``rng`` draws four numbers, and the noise (H, W) where ``choice`` has any.
    """
    gain = 1 + rng.uniform(-choice.gain, choice.gain)
    level = rng.uniform(-choice.level, choice.level)
    noise = rng.uniform(0, choice.noise)
    if choice.gain or choice.level:
        ramp = np.clip((np.arange(256) / 255 - 0.5) * gain + 0.5 + level, 0, 1)
        image = cv2.LUT(image, np.round(ramp * 255).astype(np.uint8))
    if choice.noise:
        grain = rng.standard_normal(image.shape[:2], np.float32)[..., None] * np.float32(noise * 255)
        image = np.clip(image.astype(np.float32) + grain + 0.5, 0, 255).astype(np.uint8)
    return image


def laid_together(four: list[tuple[Image, F8]], rng: np.random.Generator, pad: int) -> tuple[Image, F8, list[Move]]:
    """Return a mosaic: four squares around the middle, half their size, in one.

    Args:
        four: squares (S, S, 3) uint8 with their boxes (N, 4) float64 in pixels, exclusive.
        rng: draws for each whether it is cropped or made smaller, and where.
        pad: the grey level, 0 to 255, of what nothing covers.

    Returns:
        The mosaic (S, S, 3) uint8; all boxes (M, 4) in the order of the squares, without area where they are out of
        view; and where the points of each square went.
    """
    size = four[0][0].shape[0]
    half = size // 2
    out = np.full((size, size, 3), pad, np.uint8)
    boxes, moves = [], []
    for k, (image, xyxy) in enumerate(four):
        factor, shift = np.full(2, half / size), np.zeros(2)
        small = cv2.resize(image, (half, half), interpolation=cv2.INTER_AREA)
        if rng.random() < 0.5:  # a crop at full size or the whole at half
            at = rng.integers(0, size - half + 1, 2)
            small = image[at[1] : at[1] + half, at[0] : at[0] + half]
            factor, shift = np.ones(2), -at.astype(np.float64)
        moved = xyxy * np.tile(factor, 2) + np.tile(shift, 2)
        corner = np.array([k % 2, k // 2]) * half
        out[corner[1] : corner[1] + half, corner[0] : corner[0] + half] = small
        whole = _area(moved)
        cut = np.clip(moved, 0, half)
        cut[(_area(cut) < _LEAST_SHARE * whole)] = 0
        boxes.append(cut + np.tile(corner, 2))
        left, top = (int(v) for v in corner)
        moves.append(Move(factor, shift + corner, (left, top, left + half, top + half)))
    return out, np.concatenate(boxes), moves


def _area(xyxy: F8) -> F8:
    return np.maximum(xyxy[:, 2] - xyxy[:, 0], 0) * np.maximum(xyxy[:, 3] - xyxy[:, 1], 0)
