"""Damage to files that knows what they are: text, JSON, XML, bytes. The same generator gives the same damage."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

Rng = np.random.Generator
_NASTY = (
    "0", "-1", "1", "2147483647", "2147483648", "4294967295", "-2147483649", "9223372036854775808", "1e308", "-1e308",
    "1e39", "1e-320", "nan", "inf", "-inf", "NaN", "1e999", "99999999", "100000", "65536", "255", "1e300", "", "x",
)  # fmt: skip
_NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(rb"[A-Za-z_][\w:]*")
_WORDS = (4, 2, 8, 1)  # sizes of binary values
_PATTERNS = (
    b"\xff\xff\xff\xff\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f\0\0\0\0", b"\0\0\0\0\0\0\0\0",
    b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\xff\xff\x7f\x7f", b"\0\0\0\0\0\0\xf8\x7f", b"\1\0\0\0\0\0\0\0", b"\0\0\0\x80",
    b"\0\0\0\1\0\0\0\0", b"\x00\x7e", b"\x40\x42\x0f\0",
)  # fmt: skip
_JSON_VALUES = (None, True, 0, -1, 1.5, 2**31, 2**63, 1e308, float("nan"), float("inf"), "", "x", [], {}, [0], 10**400)


def damaged(data: bytes, kind: str, rng: Rng) -> bytes:
    """Return ``data`` with one to four faults. ``kind`` is text, json, bytes, or glb for JSON within a GLB."""
    if kind == "json":
        return _json(data, rng)
    if kind == "glb":
        return _glb(data, rng)
    for _ in range(int(rng.choice([1, 1, 1, 2, 4]))):
        data = (_text if kind == "text" and rng.random() < 0.85 else _bytes)(data, rng)
    return data


def _place(data: bytes, rng: Rng) -> int:
    return int(rng.integers(max(len(data), 1)))


def _bytes(data: bytes, rng: Rng) -> bytes:
    at, out = _place(data, rng), bytearray(data)
    how = rng.integers(7)
    if not data:
        return bytes(rng.integers(0, 256, 8, np.uint8))
    if how == 0:
        out[at] ^= 1 << int(rng.integers(8))
    elif how == 1:
        out[at] = int(rng.integers(256))
    elif how == 2:
        size = int(rng.choice(_WORDS))
        pattern = _PATTERNS[int(rng.integers(len(_PATTERNS)))]
        at -= at % size if rng.random() < 0.7 else 0
        out[at : at + len(pattern)] = pattern[: len(out) - at]
    elif how == 3:
        return data[:at]
    elif how == 4:
        size = int(rng.integers(1, 65))
        del out[at : at + size]
    elif how == 5:
        size = int(rng.integers(1, 65))
        out[at:at] = out[at : at + size] * int(rng.integers(1, 4))
    else:
        other, size = _place(data, rng), int(rng.choice([4, 8, 16]))
        out[at : at + size] = data[other : other + size]
    return bytes(out)


def _text(data: bytes, rng: Rng) -> bytes:
    how = rng.integers(8)
    if how < 3:
        return _swapped(data, _NUMBER, _NASTY[int(rng.integers(len(_NASTY)))].encode(), rng)
    if how == 3:
        words = _WORD.findall(data)
        return _swapped(data, _WORD, words[int(rng.integers(len(words)))], rng) if words else data
    lines = data.split(b"\n")
    at = int(rng.integers(len(lines)))
    if how == 4:
        del lines[at]
    elif how == 5:
        lines[at:at] = lines[at : at + int(rng.integers(1, 12))]
    elif how == 6:
        other = int(rng.integers(len(lines)))
        lines[at] = lines[other]
    else:
        return _swapped(data, _NUMBER, b"", rng)
    return b"\n".join(lines)


def _swapped(data: bytes, pattern: re.Pattern[bytes], new: bytes, rng: Rng) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return data
    one = found[int(rng.integers(len(found)))]
    return data[: one.start()] + new + data[one.end() :]


def _json(data: bytes, rng: Rng) -> bytes:
    if rng.random() < 0.1:
        return _bytes(data, rng)
    try:
        tree = json.loads(data)
    except ValueError:
        return _bytes(data, rng)
    for _ in range(int(rng.choice([1, 1, 2, 3]))):
        places = list(_places(tree))
        if not places:
            break
        holder, key = places[int(rng.integers(len(places)))]
        how = rng.random()
        if how < 0.2:
            del holder[key]
        elif how < 0.3 and isinstance(holder, list):
            holder.insert(key, holder[key])
        elif how < 0.45:
            other, name = places[int(rng.integers(len(places)))]
            holder[key] = json.loads(json.dumps(other[name]))
        elif how < 0.65 and isinstance(holder[key], int):
            holder[key] = int(holder[key]) + int(rng.choice([-1, 1, 2, 1000, 10**6, 10**9]))
        else:
            holder[key] = _JSON_VALUES[int(rng.integers(len(_JSON_VALUES)))]
    return json.dumps(tree).encode()


def _places(tree: Any) -> Any:
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
        yield tree, key
        if isinstance(tree[key], (dict, list)):
            yield from _places(tree[key])


def _glb(data: bytes, rng: Rng) -> bytes:
    if rng.random() < 0.4:
        return _bytes(data, rng)
    size = int.from_bytes(data[12:16], "little")
    text = _json(data[20 : 20 + size], rng)
    text += b" " * (-len(text) % 4)
    rest = data[20 + size :]
    whole = len(text) + len(rest) + 20
    return data[:8] + whole.to_bytes(4, "little") + len(text).to_bytes(4, "little") + data[16:20] + text + rest
