"""The tables of the audit as a page of documentation: what becomes of each property of a USD file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rendersdg.stage.audit import TABLES
from rendersdg.stage.reads import Reads

_HEAD = """# Properties of USD files

What becomes of what a USD file says, by the type of the prim and the name of the property. A type has what stands at
the types that it inherits from, too; `Imageable` and `every prim` are for all. This page is made by
`rendersdg list properties > docs/usd-properties.md` from tables that stand beside the code. Tests hold that each
property that is called read changes a frame, and that no file of the test sets has a property that is neither here nor
reported.

- **read**: it changes pictures, labels or how bodies move.
- **no effect**: it changes none of them, for the reason that is given.
- **reported**: it asks for something that is not done. It is reported as not honoured, unless its value asks for
  nothing; `--strict` makes that an error.

A property, a type or a schema that is not here is noted once, with the first prim that has it and how many others.

| prims | property | what becomes of it |
|---|---|---|
"""
_EVERY = "every prim"


def as_markdown() -> str:
    """Return the page."""
    alike: dict[tuple[str, str], set[str]] = {}  # prims, by what stands beside them
    for table in TABLES:
        for kind, names, fate in _rows(table):
            alike.setdefault((names, fate), set()).add(kind)
    rows = sorted((sorted(kinds), names, fate) for (names, fate), kinds in alike.items())
    rows.sort(key=lambda row: _EVERY not in row[0])
    return _HEAD + "".join(f"| {', '.join(kinds)} | {names} | {fate} |\n" for kinds, names, fate in rows)


def _rows(table: Reads) -> Iterator[tuple[str, str, str]]:
    """Give a table's rows: prims, properties, and what becomes of them."""
    kind = _called(table.of)
    whole = table.whole or table.said
    if whole:
        yield kind, "all", f"reported: {whole}"
    if table.silent:
        yield kind, "all", f"no effect: {table.silent}"
    if table.read:
        yield kind, _listed(table.read), "read"
    for fate, reasons in (("no effect", table.idle), ("reported", table.told), ("reported", table.unmet)):
        for why, names in _by_reason(reasons).items():
            yield kind, _listed(names), f"{fate}: {why}"


def _called(of: str) -> str:
    if of == "*":
        return _EVERY
    if not of:
        return "without a type"
    if of.startswith("API."):
        return f"schema `{of.removeprefix('API.')}`"
    if of.startswith("Shader.mdl."):
        return f"MDL `{of.removeprefix('Shader.mdl.')}`"
    return f"shader `{of.removeprefix('Shader.')}`" if of.startswith("Shader.") else f"`{of}`"


def _by_reason(reasons: Mapping[str, str]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, why in reasons.items():
        grouped.setdefault(why, []).append(name)
    return grouped


def _listed(names: frozenset[str] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
