"""The lists of children that a crate's specs have, checked: OpenUSD follows them without end where they are wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rendersdg.arrays import I8
from rendersdg.assets.usd_files.bytes import Cursor, Damaged

TOKENS = 41  # the kind of a value that is a list of tokens
_PLACE = (1 << 48) - 1
_KINDS = {  # of specs, as SdfSpecType numbers them, that a list may hold
    b"primChildren": (6,),
    b"properties": (1, 8),  # attributes and relationships
    b"variantSetChildren": (11,),
    b"variantChildren": (10,),
}
_ROOT = 7


@dataclass(frozen=True, eq=False)
class Structure:
    """What a crate's sections hold: ``tokens``; fields as token and value; field sets, ended by -1; paths, the parent's
    number (-1: none) and the name's token of each; specs, path, first field and kind.
    """

    tokens: list[bytes]
    field_names: I8
    field_values: np.ndarray
    field_sets: I8
    parents: I8
    names: I8
    spec_paths: I8
    spec_sets: I8
    spec_kinds: I8


def check_children(data: memoryview, structure: Structure) -> None:
    """Check that the children which specs list are there. Raises Damaged where one is not."""
    below: dict[int, dict[bytes, int]] = defaultdict(dict)
    kinds = dict(zip(structure.spec_paths.tolist(), structure.spec_kinds.tolist()))
    if len(kinds) != len(structure.spec_paths):
        raise Damaged("two specs have one path")
    for number, (parent, name) in enumerate(zip(structure.parents.tolist(), structure.names.tolist())):
        if number in kinds:
            below[parent][structure.tokens[name]] = kinds[number]
            if (parent < 0) != (kinds[number] == _ROOT):
                raise Damaged("its root is not where it should be")
    for path, field, rep in _lists(structure):
        if rep >> 48 != TOKENS:
            raise Damaged(f"its {field.decode()} are no list of names")
        items = Cursor(data, rep & _PLACE).array(4, "children").view("<u4")
        above = path
        if field == b"variantChildren":
            own = structure.tokens[int(structure.names[path])]
            above, start, end = int(structure.parents[path]), own.rstrip(b"}"), b"}"
        else:
            start, end = (b"{", b"=}") if field == b"variantSetChildren" else (b"", b"")
        known = below[above]
        for item in items.tolist():
            name = structure.tokens[item] if item < len(structure.tokens) else b""
            if not _is_name(name) or known.get(start + name + end) not in _KINDS[field]:
                shown = name.decode("utf-8", "replace")[:80] or f"number {item}"
                raise Damaged(f"{shown!r} is listed in {field.decode()}, and is not there")


def _is_name(name: bytes) -> bool:
    """Return whether something may be called so: what is called by nothing, or dots, would be its own parent."""
    return bool(name.strip(b".")) and b"/" not in name


def _lists(structure: Structure) -> Iterator[tuple[int, bytes, int]]:
    """Yield the path, the field's name and the value of each list of children."""
    wanted = {k for k, token in enumerate(structure.tokens) if token in _KINDS}
    is_list = np.isin(structure.field_names, list(wanted))
    sets = structure.field_sets
    at = np.flatnonzero((sets >= 0) & is_list[np.maximum(sets, 0)]) if len(is_list) else np.zeros(0, np.int64)
    starts = np.sort(structure.spec_sets)
    order = np.argsort(structure.spec_sets, kind="stable")
    owners: dict[int, list[int]] = defaultdict(list)  # sets of fields are shared by specs that have the same
    for spec in order.tolist():
        owners[int(structure.spec_sets[spec])].append(int(structure.spec_paths[spec]))
    for place in at.tolist():
        first = int(starts[np.searchsorted(starts, place, "right") - 1]) if len(starts) else -1
        field = int(sets[place])
        name = structure.tokens[int(structure.field_names[field])]
        for path in owners.get(first, ()):
            yield path, name, int(structure.field_values[field])
