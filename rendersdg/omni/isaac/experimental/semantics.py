"""``isaacsim.core.experimental.utils.semantics``: labels of prims."""

from __future__ import annotations

from collections.abc import Sequence

from pxr import Usd

from rendersdg.omni.doors import PrimLike, prim_of
from rendersdg.omni.isaac.utils import semantics as older
from rendersdg.stage.semantics import clear_semantics, read_semantics, write_semantics

__all__ = ["add_labels", "get_labels", "remove_all_labels", "remove_labels", "upgrade_prim_semantics_to_labels"]


def _listed(labels: Sequence[str] | str) -> list[str]:
    return [labels] if isinstance(labels, str) else [str(one) for one in labels]


def _prims(prim: PrimLike, include_descendants: bool) -> list[Usd.Prim]:
    return list(Usd.PrimRange(prim_of(prim))) if include_descendants else [prim_of(prim)]


def add_labels(
    prim: PrimLike | None = None,
    labels: Sequence[str] | str = (),
    taxonomy: str = "class",
    *,
    path: PrimLike | None = None,
    instance_name: str | None = None,
) -> None:
    """Label a prim; labels of the taxonomy that it has already stay. Earlier releases call the prim ``path``."""
    older.add_labels(prim if path is None else path, _listed(labels), instance_name or taxonomy, overwrite=False)


def get_labels(prim: PrimLike, *, include_descendants: bool = False) -> dict[str, list[str]]:
    """Return the labels of a prim by taxonomy; with ``include_descendants`` of all below it, too."""
    labels: dict[str, list[str]] = {}
    for one in _prims(prim, include_descendants):
        for taxonomy, label in read_semantics(one):
            labels.setdefault(taxonomy, []).append(label)
    return labels


def remove_labels(
    prim: PrimLike,
    *,
    labels: Sequence[str] | str | None = None,
    taxonomy: str | None = None,
    include_descendants: bool = False,
) -> None:
    """Remove some labels, of one taxonomy or of all. Earlier releases name no labels: all of the taxonomy go."""
    gone = None if labels is None else set(_listed(labels))
    for one in _prims(prim, include_descendants):
        pairs = read_semantics(one)
        stay = tuple(p for p in pairs if (gone is not None and p[1] not in gone) or taxonomy not in (None, p[0]))
        if stay != tuple(pairs):
            clear_semantics(one)
            write_semantics(one, stay)


def remove_all_labels(prim: PrimLike, *, remove_taxonomies: bool = False, include_descendants: bool = False) -> None:
    """Remove all labels, and the taxonomies with them."""
    for one in _prims(prim, include_descendants):
        clear_semantics(one)


def upgrade_prim_semantics_to_labels(prim: PrimLike, *, include_descendants: bool = False) -> list[str]:
    """Write older labels in the newer encoding; returns the paths of the prims that had any."""
    return [str(p.GetPath()) for p in _prims(prim, include_descendants) if older.upgrade_prim_semantics_to_labels(p)]
