"""Crates taken apart, damaged in what their sections say, and put together again: damage behind the compression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendersdg.assets.usd_files.bytes import Cursor, compressed_integers, unpacked

_NASTY = (0, 1, -1, -2, 2, 7, 100, 2**31 - 1, -(2**31), 2**30, 65536)
_KINDS = tuple(range(64))


@dataclass
class Parts:
    """The sections of a crate; ``body`` is what lies before them, the head too."""

    body: bytes
    tokens: list[bytes]
    strings: list[int]
    field_names: list[int]
    values: list[int]
    sets: list[int]
    paths: list[list[int]]  # numbers, names, jumps
    specs: list[list[int]]  # paths, sets, kinds
    room: int


def taken_apart(data: bytes) -> Parts:
    """Return the parts of a good crate."""
    whole = memoryview(data)
    contents = Cursor(whole, Cursor(whole, 16).u64())
    places = {}
    for _ in range(contents.u64()):
        name = contents.take(16).partition(b"\0")[0].decode()
        places[name] = (contents.u64(), contents.u64())

    def at(name: str) -> Cursor:
        return Cursor(whole, places[name][0])

    tokens, fields, sets, paths, specs = (at(n) for n in ("TOKENS", "FIELDS", "FIELDSETS", "PATHS", "SPECS"))
    tokens.u64()
    size = tokens.u64()
    count = fields.u64()
    names = compressed_integers(fields, count, "")
    values = np.frombuffer(unpacked(fields, fields.u64(), count * 8, ""), np.uint64)
    room, entries = paths.u64(), paths.u64()
    many = specs.u64()
    return Parts(
        body=data[: min(start for start, _ in places.values())],
        tokens=unpacked(tokens, tokens.u64(), size, "").split(b"\0")[:-1],
        strings=at("STRINGS").array(4, "").view("<u4").tolist(),
        field_names=names.tolist(),
        values=values.tolist(),
        sets=compressed_integers(sets, sets.u64(), "").tolist(),
        paths=[compressed_integers(paths, entries, "").tolist() for _ in range(3)],
        specs=[compressed_integers(specs, many, "").tolist() for _ in range(3)],
        room=room,
    )


def put_together(parts: Parts) -> bytes:
    """Return the crate of parts."""
    out, places = bytearray(parts.body), []
    text = b"".join(t + b"\0" for t in parts.tokens)
    values = np.array([v & (2**64 - 1) for v in parts.values], np.uint64).tobytes()
    sections = {
        "TOKENS": _number(len(parts.tokens)) + _number(len(text)) + _sized(_packed(text)),
        "STRINGS": _number(len(parts.strings)) + np.array(parts.strings, np.int64).astype("<u4").tobytes(),
        "FIELDS": _number(len(parts.field_names)) + _integers(parts.field_names) + _sized(_packed(values)),
        "FIELDSETS": _number(len(parts.sets)) + _integers(parts.sets),
        "PATHS": _number(parts.room) + _number(len(parts.paths[0])) + b"".join(map(_integers, parts.paths)),
        "SPECS": _number(len(parts.specs[0])) + b"".join(map(_integers, parts.specs)),
    }
    for name, section in sections.items():
        places.append(name.encode().ljust(16, b"\0") + _number(len(out)) + _number(len(section)))
        out += section
    out[16:24] = _number(len(out))
    return bytes(out) + _number(len(places)) + b"".join(places)


def damaged_crate(data: bytes, rng: np.random.Generator) -> bytes:
    """Return a good crate with one to three faults in its sections."""
    parts = taken_apart(data)
    for _ in range(int(rng.integers(1, 4))):
        _damage(parts, rng)
    return put_together(parts)


def _damage(parts: Parts, rng: np.random.Generator) -> None:
    how = int(rng.integers(8))
    if how == 0:
        at = int(rng.integers(len(parts.tokens)))
        parts.tokens[at] = [b"", b"a/b", b"\xff\xfe", b"..", b"x" * 5000, parts.tokens[int(rng.integers(at + 1))]][
            int(rng.integers(6))
        ]
    elif how < 3:
        at = int(rng.integers(len(parts.values)))
        rep = parts.values[at]
        kind = int(rng.integers(5))
        if kind == 0:
            rep ^= 1 << int(rng.integers(64))
        elif kind == 1:
            rep = rep & ~(0xFF << 48) | _KINDS[int(rng.integers(64))] << 48
        elif kind == 2:
            rep = rep & ~((1 << 48) - 1) | int(rng.integers(len(parts.body)))
        elif kind == 3:
            rep = parts.values[int(rng.integers(len(parts.values)))]
        else:
            rep = rep & ~((1 << 48) - 1) | int(rng.choice([0, 1, 2**31, 2**47, 0x7FC00000, 0x7F800000, 0xFF800000]))
        parts.values[at] = rep
    else:
        lists = [parts.strings, parts.field_names, parts.sets, *parts.paths, *parts.specs]
        numbers = lists[int(rng.integers(len(lists)))]
        if numbers:
            at, other = int(rng.integers(len(numbers))), int(rng.integers(len(numbers)))
            new = [numbers[other], numbers[at] + int(rng.integers(-2, 3)), int(rng.choice(_NASTY))]
            numbers[at] = new[int(rng.integers(3))]


def _number(value: int) -> bytes:
    return int(value).to_bytes(8, "little")


def _sized(data: bytes) -> bytes:
    return _number(len(data)) + data


def _packed(data: bytes) -> bytes:
    """Return a block of LZ4 that is all literals, behind the number of its pieces."""
    more = len(data) - 15
    length = b"" if more < 0 else b"\xff" * (more // 255) + bytes([more % 255])
    return bytes([0, min(len(data), 15) << 4]) + length + data


def _integers(values: list[int]) -> bytes:
    """Return whole numbers as differences, each with all of its bytes."""
    steps = np.diff(np.array([0, *values], np.int64)).astype("<i4")
    return _sized(_packed(bytes(4) + b"\xff" * ((len(values) + 3) // 4) + steps.tobytes()))
