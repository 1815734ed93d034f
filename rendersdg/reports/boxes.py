"""The boxes of a set in one table, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from detectors.samples import OVERHANG, Samples
from rendersdg.arrays import F8, I8, Mask

SMALL, LARGE = 32.0**2, 96.0**2  # square pixels: COCO's bounds of small, medium and large objects
TINY_SIDE = 3.0  # pixels: a narrower box holds nothing that a detector could see
SAME = 0.95  # intersection over union from which on two boxes are one
OVERLAP = 0.8  # and from which on two of one class are likely to be one object labelled twice


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """All M boxes of a set of N images.

    ``image`` (M,) is the place of each one's image, ``place`` (M,) its own place in it; ``xyxy`` (M, 4) pixels, right
    and bottom exclusive; ``size_wh`` (M, 2) pixels of its image; ``label`` (M,) of its class; ``is_crowd`` (M,);
    ``visible`` and ``truncation`` (M,) 0 to 1, NaN where they are not noted.
    """

    image: I8
    place: I8
    xyxy: F8
    size_wh: F8
    label: I8
    is_crowd: Mask
    visible: F8
    truncation: F8

    @classmethod
    def of(cls, samples: Samples) -> Boxes:
        """Return the boxes of a set."""
        images = samples.images
        counts = [len(s.labels) for s in images]
        unknown = [np.full(count, np.nan) for count in counts]
        return cls(
            np.repeat(np.arange(len(images)), counts),
            np.concatenate([np.arange(count) for count in counts] or [np.zeros(0, np.int64)]),
            np.concatenate([s.xyxy for s in images] or [np.zeros((0, 4))]),
            np.repeat(np.array([s.size_wh for s in images], np.float64).reshape(-1, 2), counts, axis=0),
            np.concatenate([s.labels for s in images] or [np.zeros(0, np.int64)]),
            np.concatenate([np.asarray(s.crowd, bool) for s in images] or [np.zeros(0, bool)]),
            np.concatenate([u if s.visible is None else s.visible for s, u in zip(images, unknown)] or [np.zeros(0)]),
            np.concatenate(
                [u if s.truncation is None else s.truncation for s, u in zip(images, unknown)] or [np.zeros(0)]
            ),
        )

    def __len__(self) -> int:
        return len(self.label)

    @property
    def sides(self) -> F8:
        """(M, 2) width and height in pixels, 0 for boxes that are inside out."""
        return np.maximum(self.xyxy[:, 2:] - self.xyxy[:, :2], 0.0)

    @property
    def area(self) -> F8:
        """(M,) square pixels."""
        return np.asarray(self.sides.prod(1), np.float64)

    @property
    def share(self) -> F8:
        """(M,) share of the image's area, as the labels tell its size."""
        return np.asarray(self.area / np.maximum(self.size_wh.prod(1), 1.0), np.float64)

    def is_off(self) -> Mask:
        """(M,) whether a box reaches over its image by more than rounding, or lies outside."""
        return np.asarray(
            (self.xyxy[:, :2] < -OVERHANG).any(1) | (self.xyxy[:, 2:] > self.size_wh + OVERHANG).any(1), bool
        )

    def is_void(self) -> Mask:
        """(M,) whether a box has no area."""
        return np.asarray((self.xyxy[:, 2:] <= self.xyxy[:, :2]).any(1), bool)

    def is_tiny(self) -> Mask:
        """(M,) whether a box has area, and a side of less than :data:`TINY_SIDE` pixels."""
        return np.asarray(~self.is_void() & (self.sides < TINY_SIDE).any(1), bool)

    def is_whole(self) -> Mask:
        """(M,) whether a box covers its whole image."""
        return np.asarray(self.share >= 0.98, bool)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two boxes of one image that lie on one another: rows of the table, and their intersection over union."""

    first: int
    second: int
    iou: float
    same_class: bool


def pairs(boxes: Boxes) -> Iterator[Pair]:
    """Yield pairs of boxes that are one by their place, and those of one class that overlap much.

    Crowds do not count, nor two classes of which one fills its image: a floor lies below whatever stands on it.
    """
    usable, whole = ~boxes.is_crowd & ~boxes.is_void(), boxes.is_whole()
    starts = np.searchsorted(boxes.image, np.arange(boxes.image[-1] + 2 if len(boxes) else 1))
    for start, end in pairwise(starts.tolist()):
        rows = np.flatnonzero(usable[start:end]) + start
        for at in range(0, len(rows), 256):  # so that an image of very many boxes stays small in memory
            some = rows[at : at + 256]
            iou = _iou(boxes.xyxy[some], boxes.xyxy[rows])
            same = boxes.label[some][:, None] == boxes.label[rows][None]
            for a, b in np.argwhere(iou >= np.where(same, OVERLAP, SAME)):
                if rows[b] > some[a] and (same[a, b] or not (whole[some[a]] or whole[rows[b]])):
                    yield Pair(int(some[a]), int(rows[b]), float(iou[a, b]), bool(same[a, b]))


def _iou(a: F8, b: F8) -> F8:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    common = np.maximum(high - low, 0).prod(2)
    areas = [(x[:, 2:] - x[:, :2]).prod(1) for x in (a, b)]
    return np.asarray(common / np.maximum(areas[0][:, None] + areas[1][None] - common, 1e-12), np.float64)


def heat(boxes: Boxes, side: int = 24) -> F8:
    """Return how many boxes cover each part of the image: (side, side), the first row at the top."""
    total = np.zeros((side + 1, side + 1))
    if not len(boxes):
        return total[:side, :side]
    scaled = boxes.xyxy / np.tile(np.maximum(boxes.size_wh, 1), 2) * side
    low = np.clip(np.floor(scaled[:, :2]), 0, side - 1).astype(int)
    high = np.clip(np.ceil(scaled[:, 2:]), 1, side).astype(int)
    fine = (high > low).all(1)
    (x0, y0), (x1, y1) = low[fine].T, high[fine].T
    for rows, columns, sign in ((y0, x0, 1), (y1, x1, 1), (y0, x1, -1), (y1, x0, -1)):
        np.add.at(total, (rows, columns), sign)
    return np.asarray(total.cumsum(0).cumsum(1)[:side, :side], np.float64)


def together(boxes: Boxes, images: int, classes: int) -> tuple[I8, I8]:
    """Return in how many images each class is (C,), and in how many two classes are together (C, C)."""
    is_in = np.zeros((images, classes), np.int64)
    is_in[boxes.image, boxes.label] = 1
    return is_in.sum(0), is_in.T @ is_in
