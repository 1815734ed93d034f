"""``semantics.schema.editor``: the labels of a prim."""

from __future__ import annotations

from rendersdg.omni.doors import PrimLike
from rendersdg.omni.isaac.semantics_schema import SemanticsAPI as PrimSemanticData
from rendersdg.omni.isaac.utils.semantics import remove_all_semantics

__all__ = [
    "PrimSemanticData",
    "remove_prim_semantics",
]


def remove_prim_semantics(prim: PrimLike, *args: object, **options: object) -> None:
    """Remove all labels of a prim."""
    remove_all_semantics(prim)
