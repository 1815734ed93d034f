"""COCO run-length encoding: column-major runs, and the compressed text form of pycocotools."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rendersdg.arrays import Mask
from rendersdg.errors import DatasetError

_MOST_CHARACTERS = 12  # of one length: more than 64 bits


def runs(mask: Mask, corner: tuple[int, int] = (0, 0), size_hw: tuple[int, int] | None = None) -> list[int]:
    """Return run lengths of ``mask`` (H, W) read column by column, starting with the zeros.

    With ``corner`` (row, column) and ``size_hw`` those of an image of that size
    with the mask there and zeros elsewhere.

    >>> runs(np.array([[0, 1], [1, 1]], bool))
    [1, 3]
    """
    height, width = size_hw or mask.shape
    columns = np.zeros((mask.shape[1], mask.shape[0] + 2), np.bool_)
    columns[:, 1:-1] = mask.T
    # each run of a column begins at one of these and ends at the next
    column, row = np.divmod(np.flatnonzero(columns[:, 1:] != columns[:, :-1]), mask.shape[0] + 1)
    edges = (column + corner[1]) * height + row + corner[0]
    begin, end = edges[::2], edges[1::2]
    apart = begin[1:] != end[:-1]  # a run that goes on at the top of the next column is one
    bounds = np.zeros(2 * (np.count_nonzero(apart) + (len(begin) > 0)) + 2, np.int64)
    bounds[-1] = height * width
    if len(begin):
        bounds[1:-1:2] = begin[np.concatenate([[True], apart])]
        bounds[2:-1:2] = end[np.concatenate([apart, [True]])]
    lengths: list[int] = np.diff(bounds).tolist()
    return lengths if lengths[-1] or len(lengths) == 1 else lengths[:-1]


def mask_from_runs(lengths: Sequence[int], size_hw: tuple[int, int]) -> Mask:
    """Return the (H, W) mask of run lengths; the inverse of :func:`runs`.

    Raises DatasetError for runs that are negative or do not fill the image, before any memory is taken for them.
    """
    try:
        counts = np.array(lengths, np.int64).reshape(-1)
    except (TypeError, ValueError, OverflowError):
        raise DatasetError("the runs of a mask are not whole numbers") from None
    pixels = size_hw[0] * size_hw[1]
    if (counts < 0).any() or (counts > pixels).any() or int(counts.sum()) != pixels:
        raise DatasetError(f"the runs of a mask do not fill its {size_hw[1]} x {size_hw[0]} pixels")
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts).reshape(size_hw, order="F")


def compress(lengths: list[int]) -> str:
    """Return pycocotools' text form: each length, from the fourth on as a difference to two before, in base 32.

    The format is that of ``rleToString`` in the COCO API: five bits a character, a continuation bit, offset 48.
    """
    rest = np.array(lengths, np.int64)
    rest[3:] -= rest[1:-2].copy()
    characters = np.zeros((len(rest), 13), np.uint8)
    unfinished = np.ones(len(rest), bool)
    for column in characters.T:
        low = rest & 0x1F
        rest >>= 5
        more = unfinished & (rest != np.where(low & 0x10, -1, 0))
        column[unfinished] = (low + 0x20 * more + 48)[unfinished]
        unfinished = more
        if not more.any():
            break
    return characters[characters > 0].tobytes().decode("ascii")


def decompress(text: str) -> list[int]:
    """Return the run lengths of pycocotools' text form; the inverse of :func:`compress`.

    Raises DatasetError for text that ends within a length, or has characters or lengths that the form does not have.
    """
    lengths: list[int] = []
    position = 0
    while position < len(text):
        x, k, more = 0, 0, True
        while more:
            c = ord(text[position]) - 48 if position < len(text) else -1
            if not 0 <= c < 64 or k > _MOST_CHARACTERS:
                raise DatasetError(f"the runs of a mask are damaged at character {position + 1}")
            x |= (c & 0x1F) << (5 * k)
            more = bool(c & 0x20)
            position += 1
            k += 1
            if not more and c & 0x10:
                x |= -1 << (5 * k)
        lengths.append(x + (lengths[-2] if len(lengths) > 2 else 0))
    return lengths
