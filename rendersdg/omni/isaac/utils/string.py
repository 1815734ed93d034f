"""``isaacsim.core.utils.string``: names and regular expressions of paths."""

from __future__ import annotations

from collections.abc import Callable

from pxr import Sdf

__all__ = [
    "find_root_prim_path_from_regex",
    "find_unique_string_name",
]


def find_unique_string_name(initial_name: str, is_unique_fn: Callable[[str], bool]) -> str:
    """Return a name, numbered until ``is_unique_fn`` accepts it."""
    name, k = str(initial_name), 0
    while not is_unique_fn(name):
        k += 1
        name = f"{initial_name}_{k}"
    return name


def find_root_prim_path_from_regex(prim_path_regex: str) -> tuple[str | None, int | None]:
    """Return the part of a path before its first regular expression, and how many levels that is."""
    parts = str(prim_path_regex).strip("/").split("/")
    for level, part in enumerate(parts):
        if not Sdf.Path.IsValidIdentifier(part):
            return ("/" + "/".join(parts[:level]), level) if level else (None, None)
    return "/" + "/".join(parts), len(parts)
