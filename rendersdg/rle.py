"""COCO run-length encoding: column-major runs, and the compressed text form of pycocotools."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def runs(mask: NDArray[np.bool_]) -> list[int]:
    """Return run lengths of ``mask`` (H, W) read column by column, starting with the zeros.

    >>> runs(np.array([[0, 1], [1, 1]], bool))
    [1, 3]
    """
    flat = np.asarray(mask, np.bool_).ravel(order="F")
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    bounds = np.concatenate([[0], edges, [flat.size]])
    lengths = np.diff(bounds).tolist()
    return [0, *lengths] if flat.size and flat[0] else lengths


def mask_from_runs(lengths: list[int], size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the (H, W) mask of run lengths; the inverse of :func:`runs`."""
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, lengths).reshape(size_hw, order="F")


def compress(lengths: list[int]) -> str:
    """Return pycocotools' text form: each length, from the fourth on as a difference to two before, in base 32.

    The format is that of ``rleToString`` in the COCO API: five bits a character, a continuation bit, offset 48.
    """
    text = []
    for i, length in enumerate(lengths):
        x = length - (lengths[i - 2] if i > 2 else 0)
        more = True
        while more:
            c = x & 0x1F
            x >>= 5
            more = x != -1 if c & 0x10 else x != 0
            text.append(chr((c | 0x20 if more else c) + 48))
    return "".join(text)


def decompress(text: str) -> list[int]:
    """Return the run lengths of pycocotools' text form; the inverse of :func:`compress`."""
    lengths: list[int] = []
    position = 0
    while position < len(text):
        x, k, more = 0, 0, True
        while more:
            c = ord(text[position]) - 48
            x |= (c & 0x1F) << (5 * k)
            more = bool(c & 0x20)
            position += 1
            k += 1
            if not more and c & 0x10:
                x |= -1 << (5 * k)
        lengths.append(x + (lengths[-2] if len(lengths) > 2 else 0))
    return lengths
