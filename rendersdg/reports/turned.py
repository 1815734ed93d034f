"""Copies that are turned by 90, 180 or 270 degrees, or mirrored: which image is which other, and how it was turned.

The mean of a thumbnail's eight turned and mirrored forms is the same for all of them, and the means of two pictures
never differ more than the pictures do. So they are compared first, and only pairs that they leave are turned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rendersdg.arrays import F4, I8
from rendersdg.reports.duplicates import COARSE, FLAT, Marks, are_alike, marks_of
from rendersdg.reports.pixels import THUMB, Pixels

_ROWS = 512  # images that are compared with all others at a time
_BUNCH = 2_000  # pairs that are turned at a time
WAYS: dict[str, Callable[[F4], F4]] = {  # words, and what makes the copy of (N, P, P) pictures
    "turned by 90 degrees clockwise": lambda a: np.rot90(a, -1, (1, 2)),
    "turned by 180 degrees": lambda a: np.rot90(a, 2, (1, 2)),
    "turned by 270 degrees clockwise": lambda a: np.rot90(a, 1, (1, 2)),
    "mirrored left to right": lambda a: a[:, :, ::-1],
    "mirrored top to bottom": lambda a: a[:, ::-1],
    "mirrored and turned by 90 degrees clockwise": lambda a: np.rot90(a[:, :, ::-1], -1, (1, 2)),
    "mirrored and turned by 270 degrees clockwise": lambda a: np.rot90(a[:, :, ::-1], 1, (1, 2)),
}


@dataclass(frozen=True, slots=True)
class Turned:
    """An image that is another one, turned or mirrored: places, ``copy`` after ``source``, and how in words."""

    source: int
    copy: int
    way: str


def turned_copies(pixels: Pixels, groups: Sequence[tuple[int, ...]]) -> list[Turned]:
    """Return the images that are another one, turned or mirrored, each once and in order.

    Args:
        pixels: of all images.
        groups: copies that are not turned, as :func:`rendersdg.reports.duplicates.duplicates` returns them: the first
            of each stands for it.
    """
    again = {k for group in groups for k in group[1:]}
    kept = np.array([k for k in np.flatnonzero(pixels.is_read).tolist() if k not in again], np.int64)
    kept = kept[pixels.thumbs[kept].astype(np.float32).std((1, 2)) >= FLAT] if len(kept) else kept
    if len(kept) < 2:
        return []
    marks, thumbs = marks_of(pixels, kept), pixels.thumbs[kept].astype(np.float32)
    found: dict[int, Turned] = {}
    for a, b in _candidates(marks, thumbs):
        for way, turn in WAYS.items():
            alike = are_alike(marks, a, b, thumbs[b] - turn(thumbs[a]))
            for source, copy in zip(kept[a[alike]].tolist(), kept[b[alike]].tolist()):
                if copy not in found or source < found[copy].source:
                    found[copy] = Turned(source, copy, way)
    return [found[copy] for copy in sorted(found)]


def _candidates(marks: Marks, thumbs: F4) -> Iterator[tuple[I8, I8]]:
    """Yield pairs of places, the first before the second, that may be turned copies, in bunches."""
    means = _means(thumbs)
    square = (means**2).sum(1)
    for start in range(0, len(means), _ROWS):
        rows = slice(start, start + _ROWS)
        apart = square[rows, None] + square[None, start:] - 2 * means[rows] @ means[start:].T
        limit = np.minimum(marks.limit[rows, None], marks.limit[None, start:])
        first, second = np.nonzero(apart <= limit * 1.01 + 1e-3)  # of rounding
        is_later = second > first
        first, second = first[is_later] + start, second[is_later] + start
        for at in range(0, len(first), _BUNCH):
            yield first[at : at + _BUNCH], second[at : at + _BUNCH]


def _means(thumbs: F4) -> F4:
    """Return (N, Q) numbers that turned pictures share, whose square distance is at most the pictures' mean square."""
    side = THUMB // COARSE
    coarse = thumbs.reshape(len(thumbs), side, COARSE, side, COARSE).mean((2, 4))
    forms = np.mean([coarse, *(turn(coarse) for turn in WAYS.values())], 0)
    flat = forms.reshape(len(thumbs), -1) / side
    return np.asarray(flat - flat.mean(0), np.float32)
