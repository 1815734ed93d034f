"""``isaacsim.core.experimental.utils.semantics``: what differs from the older generations' module."""

from __future__ import annotations

from collections.abc import Sequence

from rendersdg.omni.doors import PrimLike
from rendersdg.omni.isaac.utils import semantics as older

__all__ = ["add_labels"]


def add_labels(
    path: PrimLike, labels: Sequence[str] | str, taxonomy: str = "class", *, instance_name: str | None = None
) -> None:
    """Label a prim; labels of the taxonomy that it has already stay."""
    older.add_labels(path, labels, instance_name or taxonomy, overwrite=False)
