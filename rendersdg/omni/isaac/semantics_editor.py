"""``semantics.schema.editor``: the labels of a prim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from rendersdg.omni.doors import PrimLike
from rendersdg.omni.isaac.semantics_schema import SemanticsAPI as PrimSemanticData
from rendersdg.omni.isaac.utils.semantics import add_labels, remove_all_semantics

__all__ = [
    "LabelWriteType",
    "PrimSemanticData",
    "add_prim_semantics",
    "remove_prim_semantics",
]


class LabelWriteType(Enum):
    """How a label is written: beside those that are there."""

    NEW = 0


def add_prim_semantics(
    prims: PrimLike | Sequence[PrimLike],
    data: str | Sequence[str] | Mapping[str, str | Sequence[str]],
    instance: str = "class",
    write_type: LabelWriteType = LabelWriteType.NEW,
    preview: bool = False,
    *,
    type: str | None = None,
    **options: object,
) -> None:
    """Add labels to one or several prims.

    ``data`` is a label, several, or labels by semantic type; ``instance`` is the type of those that have none, which
    older releases call ``type``. With ``preview`` nothing is written.
    """
    if preview:
        return
    by_type = data if isinstance(data, Mapping) else {type or instance: data}
    for prim in prims if isinstance(prims, (list, tuple)) else [prims]:
        for kind, labels in by_type.items():
            add_labels(prim, labels, kind, overwrite=False)


def remove_prim_semantics(prim: PrimLike, *args: object, **options: object) -> None:
    """Remove all labels of a prim."""
    remove_all_semantics(prim)
