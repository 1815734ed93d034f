"""The structure of a crate (``.usdc``), checked before OpenUSD reads it: it believes what a damaged file says of its
sizes, and takes gigabytes, minutes, or the process with it.

A crate is a head, values, and sections that a table of contents names: tokens, strings (numbers of tokens), fields (a
name and a value), sets of fields, a tree of paths, and specs (a path with its fields). They are compressed.

Source: OpenUSD's crateFile.h and crateFile.cpp, which are the only description.
"""

from __future__ import annotations

import numpy as np

from rendersdg.arrays import I8
from rendersdg.assets.usd_files.bytes import Cursor, Damaged, compressed_integers, unpacked
from rendersdg.assets.usd_files.crate_children import Structure, check_children
from rendersdg.assets.usd_files.crate_values import check_values

CRATE = b"PXR-USDC"
DEEPEST = 4000  # prims below each other: OpenUSD recurses
_HEAD = 88  # bytes
_OLDEST = (0, 4)  # the version since which sections are compressed
_SECTIONS = ("TOKENS", "STRINGS", "FIELDS", "FIELDSETS", "PATHS", "SPECS")
_MOST_SECTIONS = 1000


def check_crate(data: memoryview) -> None:
    """Check the bytes of a crate. Raises Damaged for one that OpenUSD must not read."""
    if len(data) < _HEAD or bytes(data[:8]) != CRATE:
        raise Damaged("it has no head of a crate")
    version = (data[8], data[9])
    if version < _OLDEST:
        raise Damaged(f"it is a crate of version {data[8]}.{data[9]}, which OpenUSD no longer reads")
    sections = _sections(data)
    tokens = _tokens(sections["TOKENS"])
    strings = sections["STRINGS"].array(4, "strings").view("<u4")
    _within(strings, len(tokens), "a string")
    names, values = _fields(sections["FIELDS"])
    _within(names, len(tokens), "a field's name")
    sets = _field_sets(sections["FIELDSETS"])
    _within(sets[sets >= 0], len(names), "a field")
    parents, called = _paths(sections["PATHS"])
    _within(called, len(tokens), "a path's name")
    spec_paths, spec_sets, kinds = _specs(sections["SPECS"])
    _within(spec_paths, len(parents), "a spec's path")
    _within(spec_sets, len(sets), "a spec's set of fields")
    check_values(data, values, version, (len(tokens), len(strings), len(parents)))
    check_children(data, Structure(tokens, names, values, sets, parents, called, spec_paths, spec_sets, kinds))


def _within(numbers: np.ndarray, count: int, what: str) -> None:
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < count:
        raise Damaged(f"{what} has number {numbers.max() if numbers.min() >= 0 else numbers.min()} of {count}")


def _sections(data: memoryview) -> dict[str, Cursor]:
    """Return a cursor on each section that is read. Raises Damaged where one is missing or leads out of the file."""
    contents = Cursor(data, Cursor(data, 16).u64())
    found: dict[str, Cursor] = {}
    count = contents.count(32, "sections")
    if count > _MOST_SECTIONS:
        raise Damaged(f"it states {count} sections")
    for _ in range(count):
        name = contents.take(16).partition(b"\0")[0].decode("latin-1")
        start, size = contents.u64(), contents.u64()
        if start + size > len(data):
            raise Damaged(f"its section {name} ends at byte {start + size} of {len(data)}")
        found.setdefault(name, Cursor(data, start, start + size))
    if missing := [name for name in _SECTIONS if name not in found]:
        raise Damaged(f"it has no section {missing[0]}")
    return found


def _tokens(section: Cursor) -> list[bytes]:
    count, size = section.u64(), section.u64()
    text = unpacked(section, section.u64(), size, "tokens")
    if len(text) != size:
        raise Damaged(f"its tokens have {len(text)} bytes of {size}")
    if text.count(b"\0") != count or (text and text[-1:] != b"\0"):
        raise Damaged(f"it states {count} tokens, and has {text.count(0)}")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        raise Damaged("its tokens are not text in UTF-8") from None
    return text.split(b"\0")[:-1]


def _fields(section: Cursor) -> tuple[I8, np.ndarray]:
    """Return the token of each field's name (N,), and its value (N,) uint64."""
    count = section.u64()
    names = compressed_integers(section, count, "fields")
    values = unpacked(section, section.u64(), count * 8, "values")
    if len(values) != count * 8:
        raise Damaged(f"it states {count} fields, and has {len(values) // 8}")
    return names, np.frombuffer(values, np.uint64)


def _field_sets(section: Cursor) -> I8:
    """Return the fields of all sets (N,), each of which ends with -1."""
    sets = compressed_integers(section, section.u64(), "field sets")
    if len(sets) and sets[-1] != -1:
        raise Damaged("its last set of fields has no end")
    if (sets < -1).any():
        raise Damaged("a set of fields has a number below 0")
    return sets


def _paths(section: Cursor) -> tuple[I8, I8]:
    """Return the parent (-1: none) and the name's token of each path, by its number."""
    room, count = section.u64(), section.u64()
    if room > count * 4 + 1024:
        raise Damaged(f"it states {room} paths, and has {count}")
    places, names, jumps = (compressed_integers(section, count, "paths") for _ in range(3))
    _within(places, room, "a path")
    above = _tree(jumps)
    parents, called = np.full(room, -1), np.zeros(room, np.int64)
    parents[places] = np.where(above >= 0, places[above], -1)
    called[places] = np.abs(names)
    called[places[:1]] = 0  # the root's has no name
    return parents, called


def _tree(jumps: I8) -> I8:
    """Return the parent of each entry (N,), -1 for the first: the child of an entry comes next, and its sibling
    ``jumps`` entries on (0: it comes next, and there is no child; -1: there is no sibling; less: neither).

    Raises Damaged unless each is reached once, and none lies too deep.
    """
    number, count = np.arange(len(jumps)), len(jumps)
    if not count:
        return number
    child, sibling = number[(jumps > 0) | (jumps == -1)], number[jumps >= 0]
    goals = np.concatenate([child + 1, sibling + np.maximum(jumps[sibling], 1)])
    if len(goals) != count - 1 or (goals >= count).any() or (np.bincount(goals, minlength=count)[1:] != 1).any():
        raise Damaged("its paths are no tree")
    first = number.copy()  # of an entry's family: what all entries before it lead to that are its siblings
    first[sibling + np.maximum(jumps[sibling], 1)] = sibling
    before, depth = np.zeros(count, np.int64), np.zeros(count, np.int64)
    before[goals] = np.concatenate([child, sibling])
    depth[child + 1] = 1
    for _ in range(count.bit_length()):  # each step looks twice as far back
        depth, before, first = depth + depth[before], before[before], first[first]
    if depth.max() > DEEPEST:
        raise Damaged(f"it has prims {depth.max()} below each other; {DEEPEST} are read")
    return first - 1  # the eldest comes right after its parent


def _specs(section: Cursor) -> tuple[I8, I8, I8]:
    """Return the path, the first field in the sets of fields, and the kind of each spec (N,)."""
    count = section.u64()
    paths, sets, kinds = (compressed_integers(section, count, "specs") for _ in range(3))
    return paths, sets, kinds
