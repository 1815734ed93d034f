"""The values of a crate, checked: what each says of its size has room in the file.

A value is 64 bits: its kind, whether it is an array, lies in the bits themselves or is compressed, and where it lies.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rendersdg.arrays import I8, U1
from rendersdg.assets.usd_files.bytes import Cursor, Damaged, compressed_integers

_ARRAY, _INLINE, _COMPRESSED = 1 << 63, 1 << 62, 1 << 61
_PLACE = (1 << 48) - 1
_NUMBERED = 16  # values that an array has before it may be compressed
_DEEPEST = 64  # dictionaries within each other
_SPARE = 1 << 24  # values of compressed arrays that a small file may have
_INTS, _FLOATS = {3: 4, 4: 4, 5: 8, 6: 8}, {7: 2, 8: 4, 9: 8}
_SIZES = {  # bytes of one in the file, by the number of its kind: bool, uchar, int, ...
    1: 1, 2: 1, **_INTS, **_FLOATS, 10: 4, 11: 4, 12: 4, 13: 32, 14: 72, 15: 128, 16: 32, 17: 16, 18: 8, 19: 16, 20: 8,
    21: 4, 22: 8, 23: 24, 24: 12, 25: 6, 26: 12, 27: 32, 28: 16, 29: 8, 30: 16, 56: 8, 57: 4,
}  # fmt: skip
_DICTIONARY, _TIME_SAMPLES, _VALUE, _UNREGISTERED, _UNREGISTERED_LIST = 31, 46, 52, 53, 54
_LISTS = {32: 4, 33: 4, 34: 4, 36: 4, 37: 8, 38: 4, 39: 8}  # list operations, by the bytes of an item
_REFERENCES, _PAYLOADS = 35, 55
_VECTORS = {40: 4, 41: 4, 45: 8, 48: 8, 49: 16, 50: 4, 58: 8}  # a number, and as many items of so many bytes
_ALWAYS_INLINE = (42, 43, 44, 51)  # specifier, permission, variability, a block
_PAYLOAD = 47
_LIST_BITS = (2, 4, 32, 64, 8, 16)  # explicit, added, prepended, appended, deleted, ordered: as they follow each other
_KNOWN = 59  # the first kind that is not


def check_values(data: memoryview, reps: np.ndarray, version: tuple[int, int], counts: tuple[int, int, int]) -> None:
    """Check the values ``reps`` (N,) uint64 of a crate that has ``counts`` tokens, strings and paths.

    Raises Damaged for the first that leads out of the file.
    """
    _Values(data, version, counts).check_all(np.unique(reps))


class _Values:
    """Checks values, each once."""

    def __init__(self, data: memoryview, version: tuple[int, int], counts: tuple[int, int, int]) -> None:
        self._data, self._version = data, version
        tokens, strings, paths = counts
        self._most = {10: strings, 11: tokens, 12: tokens, 42: 3, 43: 2, 44: 3}  # what a number in the bits lies below
        self._listed = {32: tokens, 33: strings, 34: paths, 40: paths, 41: tokens, 50: strings}
        self._seen: set[int] = set()
        self._steps = 4 * len(data) + 10_000  # so many entries of dictionaries and lists are looked at
        self._numbers = len(data) * 32 + _SPARE  # so many may be compressed
        self._head = 8 if version >= (0, 7) else 4  # bytes of an array's length

    def check_all(self, reps: np.ndarray) -> None:
        kinds = ((reps >> np.uint64(48)) & np.uint64(255)).astype(np.int64)
        if len(reps) and (kinds == 0).any():
            raise Damaged("a value has no kind")
        rest = reps[~self._plain(reps, kinds)]
        for rep in rest.tolist():
            self._check(rep, 0)

    def _plain(self, reps: np.ndarray, kinds: I8) -> np.ndarray:
        """Return which values need no further look: what lies in the bits, single numbers and plain arrays of them."""
        sizes = np.zeros(256, np.int64)
        sizes[list(_SIZES)] = list(_SIZES.values())
        size, place = sizes[kinds], (reps & np.uint64(_PLACE)).astype(np.int64)
        is_array, is_inline = (reps & np.uint64(_ARRAY)) != 0, (reps & np.uint64(_INLINE)) != 0
        is_packed = (reps & np.uint64(_COMPRESSED)) != 0
        for kind, most in self._most.items():
            own = kinds == kind
            wrong = own & ~is_array & (is_inline | (kind in _ALWAYS_INLINE)) & (place >= most)
            if wrong.any():
                raise Damaged(f"a value of kind {kind} has number {place[wrong][0]} of {most}")
        simple = (size > 0) & ~is_packed & (self._version >= (0, 5))
        inline = (size > 0) & is_inline & ~is_array
        single = simple & ~is_array & ~is_inline & (place + size <= len(self._data))
        array = np.flatnonzero(simple & is_array & (place + self._head <= len(self._data)))
        octets = np.frombuffer(self._data, np.uint8)
        heads = np.ascontiguousarray(octets[place[array][:, None] + np.arange(self._head)]).view(f"<u{self._head}")
        room = (len(self._data) - place[array] - self._head) // size[array]
        fits = array[(heads[:, 0] <= room.astype(np.uint64)) | (place[array] == 0)]
        done = inline | single
        done[fits] = True
        return np.asarray(done)

    def _check(self, rep: int, depth: int) -> None:
        kind, place = rep >> 48 & 255, rep & _PLACE
        if kind in _ALWAYS_INLINE or kind >= _KNOWN or (rep & _INLINE and not rep & _ARRAY):
            return
        if rep in self._seen:
            return
        self._seen.add(rep)
        if depth > _DEEPEST:
            raise Damaged(f"it has values {depth} within each other")
        cursor = Cursor(self._data, place)
        if kind in _SIZES:
            if rep & _ARRAY:
                if place:
                    self._array(cursor, kind, is_packed=bool(rep & _COMPRESSED))
            else:
                cursor.need(1, _SIZES[kind], "values")
        elif kind in _VECTORS:
            self._numbered(cursor.array(_VECTORS[kind], "values"), kind)
        elif kind in _LISTS:
            self._list(cursor, None, _LISTS[kind], kind)
        else:
            self._nested(cursor, kind, depth)

    def _nested(self, cursor: Cursor, kind: int, depth: int) -> None:
        if kind == _DICTIONARY:
            self._dictionary(cursor, depth)
        elif kind in (_VALUE, _UNREGISTERED):
            self._value(cursor, depth)
        elif kind == _UNREGISTERED_LIST:
            self._list(cursor, lambda: self._value(cursor, depth), 8)
        elif kind == _REFERENCES:
            self._list(cursor, lambda: self._reference(cursor, depth), 32)
        elif kind in (_PAYLOAD, _PAYLOADS):
            size = 24 if self._version >= (0, 8) else 8
            if kind == _PAYLOAD:
                cursor.take(size)
            else:
                self._list(cursor, lambda: cursor.take(size), size)
        elif kind == _TIME_SAMPLES:
            self._samples(cursor, depth)

    def _array(self, cursor: Cursor, kind: int, *, is_packed: bool) -> None:
        if self._version < (0, 5):
            cursor.u32()
            is_packed = False
        count = cursor.u64() if self._head == 8 else cursor.u32()
        is_float = kind in _FLOATS
        if not is_packed or count < _NUMBERED or not (kind in _INTS or (is_float and self._version >= (0, 6))):
            cursor.need(count, _SIZES[kind], "values")
            return
        self._numbers -= count
        if self._numbers < 0:
            raise Damaged(f"it states {count} values in one array, which {len(self._data)} bytes do not hold")
        if not is_float:
            self._packed(cursor, count, _INTS[kind])
            return
        code = cursor.take(1)
        if code == b"i":
            self._packed(cursor, count, 4)
        elif code == b"t":
            size = cursor.u32()
            cursor.take(size * _FLOATS[kind])
            which = compressed_integers(cursor, count, "values")
            if which.min() < 0 or which.max() >= size:
                raise Damaged(f"an array takes value {which.max()} of {size}")
        else:
            raise Damaged(f"an array is packed by the unknown code {code!r}")

    def _packed(self, cursor: Cursor, count: int, width: int) -> None:
        """Check what OpenUSD relies on in packed numbers; damage within gives it other numbers, which readers check."""
        size = cursor.u64()
        if count // 4 + width > size * 255 + 16:
            raise Damaged(f"{size} bytes cannot hold {count} values")
        if size and cursor.take(size)[0]:
            raise Damaged("an array is in several pieces")

    def _step(self, count: int = 1) -> None:
        self._steps -= count
        if self._steps < 0:
            raise Damaged("its dictionaries and lists hold each other")

    def _dictionary(self, cursor: Cursor, depth: int) -> None:
        count = cursor.count(12, "entries of a dictionary")
        self._step(count)
        for _ in range(count):
            cursor.u32()
            self._value(cursor, depth)

    def _value(self, cursor: Cursor, depth: int) -> None:
        """Check a value that is written before its 64 bits, to which a distance leads."""
        cursor.skip()
        rep = cursor.u64()
        if not rep >> 48 & 255:
            raise Damaged("a value has no kind")
        self._check(rep, depth + 1)

    def _numbered(self, items: U1, kind: int) -> None:
        """Check a list of numbers of tokens, strings or paths."""
        most = self._listed.get(kind)
        if most is not None and len(items) and (largest := int(items.view("<u4").max())) >= most:
            raise Damaged(f"a list of kind {kind} has number {largest} of {most}")

    def _list(self, cursor: Cursor, item: Callable[[], object] | None, least: int, kind: int = 0) -> None:
        bits = cursor.take(1)[0]
        for bit in _LIST_BITS:
            if bits & bit:
                if item is None:
                    self._numbered(cursor.array(least, "items of a list"), kind)
                    continue
                count = cursor.count(least, "items of a list")
                self._step(count)
                for _ in range(count):
                    item()

    def _reference(self, cursor: Cursor, depth: int) -> None:
        cursor.take(24)  # its file, its prim, and the offset and scale of its time
        self._dictionary(cursor, depth)

    def _samples(self, cursor: Cursor, depth: int) -> None:
        """Check samples in time: their times, and as many values."""
        cursor.skip()
        times = cursor.u64()
        if not times >> 48 & 255:
            raise Damaged("samples have no times")
        self._check(times, depth + 1)
        cursor.skip()
        count = cursor.count(8, "samples")
        self._step(count)
        for rep in np.frombuffer(cursor.take(count * 8), np.uint64).tolist():
            if not rep >> 48 & 255:
                raise Damaged("a sample has no kind")
            self._check(rep, depth + 1)
