"""Near-duplicates: the same picture again, byte by byte, coded anew or slightly scaled.

Hashes that share a byte are candidates: by the pigeonhole principle any two that differ in at most seven of their 64
bits share one of eight bytes. Thumbnails decide, since frames of one scene have the same layout, and only the same
picture has the same details. What most images have in common, the view of a camera that stands still, is taken away
first, so that what differs between frames counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import F4, I8
from rendersdg.reports.pixels import THUMB, Pixels

MOST_BITS = 7  # in which hashes of copies differ
FLAT = 1.5  # grey levels: a thumbnail that deviates less holds no picture that could be told from another
_RESIDUAL = 0.02  # share of a thumbnail's variance in which copies may differ
_OF_CHANGE = 0.1  # and of the variance of what it does not have in common with all
_LEAST = 0.25  # square grey levels that coding alone may change
_LOCAL = 5.0  # grey levels by which a single place may differ
_LOCAL_SHARE = 0.18  # and the share of the deviation, for pictures of hard edges
_COMMON = 50  # images from which on their mean tells what they have in common
COARSE = 3  # thumbnails' pixels a side that the first comparison joins
_CHUNK = 512  # hashes that are compared with a bucket at a time
_BUNCH = 2_000  # pairs whose thumbnails are compared at a time


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What N pictures are compared by: hashes (N,), thumbnails (N, P) and coarse ones (N, Q) without what is common,
    deviations (N,), and the mean square (N,) in which a copy may differ.
    """

    hashes: NDArray[np.uint64]
    fine: F4
    coarse: F4
    deviation: F4
    limit: F4


def duplicates(pixels: Pixels) -> list[tuple[int, ...]]:
    """Return groups of images that are one picture, each group and all of them in order of place.

    Images that are flat are copies only where their files are the same to the byte.
    """
    parent = np.arange(len(pixels.hashes))
    same: dict[bytes, int] = {}
    for k in np.flatnonzero(pixels.is_read).tolist():
        _join(parent, same.setdefault(pixels.digests[k], k), k)
    kept = np.array([k for k in same.values() if pixels.thumbs[k].astype(np.float32).std() >= FLAT], np.int64)
    for a, b in _alike(marks_of(pixels, kept)) if len(kept) > 1 else ():
        _join(parent, int(kept[a]), int(kept[b]))
    groups: dict[int, list[int]] = defaultdict(list)
    for k in range(len(parent)):
        groups[_root(parent, k)].append(k)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def marks_of(pixels: Pixels, kept: I8) -> Marks:
    """Return what the images at some places are compared by."""
    thumbs = pixels.thumbs[kept].astype(np.float32)
    deviation = thumbs.std((1, 2))
    if len(thumbs) >= _COMMON:
        thumbs -= thumbs.mean(0)
    side = THUMB // COARSE
    coarse = thumbs.reshape(len(thumbs), side, COARSE, side, COARSE).mean((2, 4)).reshape(len(thumbs), -1)
    limit = np.maximum(np.minimum(_RESIDUAL * deviation**2, _OF_CHANGE * thumbs.var((1, 2))), _LEAST)
    return Marks(pixels.hashes[kept], thumbs.reshape(len(thumbs), -1), coarse, deviation, limit)


def _alike(marks: Marks) -> Iterator[tuple[int, int]]:
    """Yield pairs of places that are one picture."""
    for first, second in _candidates(marks):
        for at in range(0, len(first), _BUNCH):
            a, b = first[at : at + _BUNCH], second[at : at + _BUNCH]
            alike = are_alike(marks, a, b, marks.fine[a] - marks.fine[b])
            yield from zip(a[alike].tolist(), b[alike].tolist())


def are_alike(marks: Marks, a: I8, b: I8, difference: F4) -> NDArray[np.bool_]:
    """Return which pairs of places are one picture, by the difference of their thumbnails, (N, ...)."""
    difference = difference.reshape(len(a), -1)
    alike = (difference**2).mean(1) <= np.minimum(marks.limit[a], marks.limit[b])
    least = np.minimum(marks.deviation[a], marks.deviation[b])
    alike &= np.abs(difference).max(1) <= np.maximum(_LOCAL, _LOCAL_SHARE * least)
    return np.asarray(alike, bool)


def _candidates(marks: Marks) -> Iterator[tuple[I8, I8]]:
    """Yield pairs of places whose hashes differ in few bits and whose coarse thumbnails are alike, in bunches, once
    each.
    """
    hashes = marks.hashes
    for band in range(8):
        byte = (hashes >> np.uint64(8 * band)) & np.uint64(255)
        order = np.argsort(byte, kind="stable")
        edges = np.flatnonzero(np.diff(byte[order])) + 1
        for bucket in np.split(order, edges):
            for start in range(0, len(bucket), _CHUNK):
                rows, others = bucket[start : start + _CHUNK], bucket[start:]
                differing = hashes[rows][:, None] ^ hashes[others][None]
                a, b = np.nonzero((_bits(differing) <= MOST_BITS) & _is_near(marks, rows, others))
                apart = (b > a) & ~_share_earlier(differing[a, b], band)
                yield rows[a[apart]], others[b[apart]]


def _is_near(marks: Marks, rows: I8, others: I8) -> NDArray[np.bool_]:
    """Return (R, O) whether coarse thumbnails are near enough: joined pixels never differ more than single ones do."""
    a, b = marks.coarse[rows], marks.coarse[others]
    square = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    limit = np.minimum(marks.limit[rows][:, None], marks.limit[others][None])
    rounding = 1e-4 * (a**2).mean(1)[:, None]  # of the difference of large numbers
    return np.asarray(square / a.shape[1] <= limit + rounding, bool)


def _share_earlier(differing: NDArray[np.uint64], band: int) -> NDArray[np.bool_]:
    """Return whether hashes, by the bits in which they differ, share a byte before ``band`` and so were compared."""
    shares = np.zeros(len(differing), bool)
    for earlier in range(band):
        shares |= (differing >> np.uint64(8 * earlier)) & np.uint64(255) == 0
    return shares


_ONES = np.array([bin(k).count("1") for k in range(1 << 16)], np.uint8)


def _bits(values: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return how many bits are set in each value; NumPy has it from 2.0 on."""
    if hasattr(np, "bitwise_count"):
        return np.asarray(np.bitwise_count(values), np.uint8)
    parts = np.ascontiguousarray(values).view(np.uint16).reshape(*values.shape, 4)
    return np.asarray(_ONES[parts].sum(-1), np.uint8)


def _root(parent: I8, k: int) -> int:
    while parent[k] != k:
        parent[k] = parent[parent[k]]
        k = int(parent[k])
    return k


def _join(parent: I8, a: int, b: int) -> None:
    a, b = _root(parent, a), _root(parent, b)
    parent[max(a, b)] = min(a, b)
