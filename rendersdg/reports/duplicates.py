"""Near-duplicates: the same picture again, byte by byte, coded anew or slightly scaled.

Hashes that share a byte are candidates (by the pigeonhole principle any two that differ in at most seven of their 64
bits share one of eight bytes), and thumbnails decide: frames of one scene have the same layout, and only the same
picture has the same details.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import I8
from rendersdg.reports.pixels import Pixels

MOST_BITS = 7  # in which hashes of copies differ
FLAT = 1.5  # grey levels: a thumbnail that deviates less holds no picture that could be told from another
_RESIDUAL = 0.02  # share of a thumbnail's variance in which copies may differ
_LOCAL = 5.0  # grey levels by which a single place may
_LOCAL_SHARE = 0.18  # and the share of the deviation, for pictures of hard edges
_CHUNK = 512  # rows of candidates at a time


def duplicates(pixels: Pixels) -> list[tuple[int, ...]]:
    """Return groups of images that are one picture, each group and all of them in order of place.

    Images that are flat are copies only where their files are the same to the byte.
    """
    parent = np.arange(len(pixels.hashes))
    for a, b in _pairs(pixels):
        _join(parent, a, b)
    groups: dict[int, list[int]] = defaultdict(list)
    for k in range(len(parent)):
        groups[_root(parent, k)].append(k)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _pairs(pixels: Pixels) -> Iterator[tuple[int, int]]:
    same: dict[bytes, int] = {}
    fresh = []
    for k in np.flatnonzero(pixels.is_read):
        digest = pixels.digests[k]
        if digest in same:
            yield same[digest], int(k)
        else:
            same[digest] = int(k)
            fresh.append(int(k))
    thumbs = pixels.thumbs.reshape(len(pixels.thumbs), -1).astype(np.float32)
    deviation = thumbs.std(1)
    kept = np.array([k for k in fresh if deviation[k] >= FLAT], np.int64)
    for a, b in _candidates(pixels.hashes[kept]):
        first, second = kept[a], kept[b]
        difference = thumbs[first] - thumbs[second]
        least = np.minimum(deviation[first], deviation[second])
        alike = (difference**2).mean(1) <= _RESIDUAL * least**2
        alike &= np.abs(difference).max(1) <= np.maximum(_LOCAL, _LOCAL_SHARE * least)
        yield from zip(first[alike].tolist(), second[alike].tolist())


def _candidates(hashes: NDArray[np.uint64]) -> Iterator[tuple[I8, I8]]:
    """Yield pairs of places whose hashes differ in few bits, in bunches."""
    for band in range(8):
        byte = (hashes >> np.uint64(8 * band)) & np.uint64(255)
        order = np.argsort(byte, kind="stable")
        edges = np.flatnonzero(np.diff(byte[order])) + 1
        for bucket in np.split(order, edges):
            for start in range(0, len(bucket), _CHUNK):
                rows = bucket[start : start + _CHUNK]
                differing = _bits(hashes[rows][:, None] ^ hashes[bucket][None, start:])
                a, b = np.nonzero(differing <= MOST_BITS)
                later = b > a
                a, b = rows[a[later]], bucket[start:][b[later]]
                for at in range(0, len(a), 20_000):  # as many thumbnails are compared at a time
                    yield a[at : at + 20_000], b[at : at + 20_000]


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
