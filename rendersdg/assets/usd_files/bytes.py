"""Bytes of a file that may be damaged: nothing is read beyond them, and no room made for what they cannot hold."""

from __future__ import annotations

import numpy as np

from rendersdg.arrays import I8, U1
from rendersdg.errors import BadArgument
from rendersdg.kernels.lz4 import lz4_block

_SIZES = {4: (0, 1, 2, 4), 8: (0, 2, 4, 8)}  # bytes of a compressed number by its code, for each width
_LEAST = 16  # bytes: a block that stands for more than 255 times as many is damaged


class Damaged(Exception):
    """What is wrong with a file of USD's; the text is a sentence about "it"."""


class Cursor:
    """A place ``at`` in ``data``, up to ``end``."""

    def __init__(self, data: memoryview, at: int, end: int | None = None) -> None:
        self.data, self.at, self.end = data, at, len(data) if end is None else end

    def take(self, size: int) -> bytes:
        """Return the next ``size`` bytes. Raises Damaged where there are fewer."""
        self.need(size, 1, "bytes")
        self.at += size
        return bytes(self.data[self.at - size : self.at])

    def u64(self) -> int:
        """Return the next eight bytes as a number."""
        return int.from_bytes(self.take(8), "little")

    def u32(self) -> int:
        """Return the next four bytes as a number."""
        return int.from_bytes(self.take(4), "little")

    def skip(self) -> None:
        """Go on where the next number, a distance from here, says; only forwards, as all writers do."""
        start, distance = self.at, self.u64()
        if not 8 <= distance <= self.end - start:
            raise Damaged(f"a distance at byte {start} leads out of its {self.end}")
        self.at = start + distance

    def need(self, count: int, size: int, what: str) -> None:
        """Raise Damaged where ``count`` things of ``size`` bytes are not there."""
        if self.at < 0 or count * size > self.end - self.at:
            raise Damaged(f"it states {count} {what} at byte {self.at}, and ends at {self.end}")

    def count(self, size: int, what: str) -> int:
        """Return the next number, which says how many things of ``size`` bytes follow."""
        count = self.u64()
        self.need(count, size, what)
        return count

    def array(self, size: int, what: str) -> U1:
        """Return the things of ``size`` bytes that follow their number, as bytes."""
        count = self.count(size, what)
        self.at += count * size
        return np.frombuffer(self.data, np.uint8, count * size, self.at - count * size)


def unpacked(cursor: Cursor, size: int, most: int, what: str) -> bytes:
    """Return what ``size`` bytes hold compressed, ``most`` bytes or fewer."""
    if not size:
        if most:
            raise Damaged(f"its {what} have no bytes")
        return b""
    packed = cursor.take(size)
    if packed[0]:
        raise Damaged(f"its {what} are in {packed[0]} pieces")  # for more than 2 GB
    try:
        return lz4_block(np.frombuffer(packed, np.uint8, size - 1, 1), most).tobytes()
    except BadArgument as error:
        raise Damaged(f"its {what} cannot be decoded: {error}") from None


def compressed_integers(cursor: Cursor, count: int, what: str, width: int = 4) -> I8:
    """Return ``count`` whole numbers of ``width`` bytes, which are kept as differences.

    The commonest difference is given once. Two bits of each number say how many bytes its own has, 0 for the commonest.
    """
    size = cursor.u64()
    codes = (count + 3) // 4
    if not count:
        cursor.need(size, 1, "bytes")
        cursor.at += size
        return np.zeros(0, np.int64)
    if codes + width > size * 255 + _LEAST:
        raise Damaged(f"{size} bytes cannot hold {count} {what}")
    data = unpacked(cursor, size, codes + width + count * width, what)
    if len(data) < codes + width:
        raise Damaged(f"its {what} have {len(data)} bytes for {count}")
    common = int.from_bytes(data[:width], "little", signed=True)
    code = np.frombuffer(data, np.uint8, codes, width)
    kinds = ((code[:, None] >> np.array([0, 2, 4, 6], np.uint8)) & 3).ravel()[:count]
    sizes = np.array(_SIZES[width])[kinds]
    starts = np.cumsum(sizes) - sizes
    body = np.frombuffer(data, np.uint8, len(data) - codes - width, codes + width)
    if starts[-1] + sizes[-1] > len(body):
        raise Damaged(f"its {what} have {len(data)} bytes for {count}")
    steps = np.full(count, common, np.int64)
    for kind in (1, 2, 3):
        which, each = np.flatnonzero(kinds == kind), _SIZES[width][kind]
        if len(which):
            raw = np.ascontiguousarray(body[starts[which][:, None] + np.arange(each)])
            steps[which] = raw.view(f"<i{each}")[:, 0]
    with np.errstate(over="ignore"):
        total = np.cumsum(steps)
    return total.astype(f"<i{width}").astype(np.int64)
