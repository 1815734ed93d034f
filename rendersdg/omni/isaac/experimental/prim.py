"""``isaacsim.core.experimental.utils.prim``: paths and attributes of prims."""

from __future__ import annotations

from rendersdg.omni.doors import PrimLike, prim_of
from rendersdg.omni.isaac.utils.prims import find_matching_prim_paths, get_prim_at_path, get_prim_attribute_value

__all__ = [
    "find_matching_prim_paths",
    "get_prim_at_path",
    "get_prim_attribute_names",
    "get_prim_attribute_value",
    "get_prim_path",
]


def get_prim_path(prim: PrimLike) -> str:
    """Return the path of a prim."""
    return str(prim_of(prim).GetPath())


def get_prim_attribute_names(prim: PrimLike) -> list[str]:
    """Return the names of a prim's attributes."""
    return [a.GetName() for a in prim_of(prim).GetAttributes()]
