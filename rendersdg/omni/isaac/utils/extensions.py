"""``isaacsim.core.utils.extensions``: every extension is taken to be there."""

from __future__ import annotations

__all__ = [
    "disable_extension",
    "enable_extension",
    "get_extension_id",
    "get_extension_path_from_name",
]


def enable_extension(name: str, *args: object) -> bool:
    """Accept it."""
    return True


disable_extension = enable_extension
get_extension_id = str  # an extension goes by its name


def get_extension_path_from_name(name: str) -> str:
    """Return no folder: there is none."""
    return ""
