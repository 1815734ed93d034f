"""``isaacsim.core.utils.semantics``: labels of prims."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pxr import Usd, UsdGeom

from rendersdg.omni.doors import PrimLike, prim_of
from rendersdg.omni.isaac.utils.stage import get_current_stage
from rendersdg.stage.semantics import clear_semantics, read_semantics, write_semantics

__all__ = [
    "add_labels",
    "add_update_semantics",
    "check_incorrect_labels",
    "check_incorrect_semantics",
    "check_missing_labels",
    "check_missing_semantics",
    "count_labels_in_scene",
    "count_semantics_in_scene",
    "get_labels",
    "get_semantics",
    "remove_all_labels",
    "remove_all_semantics",
    "remove_labels",
    "upgrade_prim_semantics_to_labels",
]


def add_labels(
    prim: PrimLike | None = None,
    labels: Sequence[str] | str = (),
    instance_name: str = "class",
    overwrite: bool = True,
    *,
    path: PrimLike | None = None,
    taxonomy: str | None = None,
) -> None:
    """Label a prim. The newest generation calls the prim ``path`` and the type ``taxonomy``,
    and adds to what is there.
    """
    target = prim_of(prim if path is None else path)
    kind = taxonomy or instance_name
    values = [labels] if isinstance(labels, str) else [str(v) for v in labels]
    existing = () if overwrite else tuple(p for p in read_semantics(target) if p[0] == kind)
    write_semantics(target, (*existing, *((kind, v) for v in values if (kind, v) not in existing)))


def add_update_semantics(prim: PrimLike, semantic_label: str, type_label: str = "class", suffix: str = "") -> None:
    """Label a prim; an older label of the type is replaced."""
    add_labels(prim, [semantic_label], type_label)


def remove_labels(
    prim: PrimLike | None = None,
    instance_name: str | None = None,
    include_descendants: bool = False,
    *,
    path: PrimLike | None = None,
    taxonomy: str | None = None,
) -> None:
    """Remove the labels of a type, or all."""
    target = prim_of(prim if path is None else path)
    for labelled in Usd.PrimRange(target) if include_descendants else [target]:
        clear_semantics(labelled, taxonomy or instance_name)


def remove_all_labels(prim: PrimLike, include_descendants: bool = False) -> None:
    """Remove all labels."""
    remove_labels(prim, None, include_descendants)


def remove_all_semantics(prim: PrimLike, recursive: bool = False) -> None:
    """Remove all labels."""
    remove_labels(prim, None, recursive)


def get_labels(
    prim: PrimLike | None = None, *, path: PrimLike | None = None, include_inherited: bool = False
) -> dict[str, list[str]]:
    """Return labels by type; with ``include_inherited`` those of the prims above too."""
    target = prim_of(prim if path is None else path)
    labels: dict[str, list[str]] = {}
    while target and not target.IsPseudoRoot():
        for kind, label in read_semantics(target):
            labels.setdefault(kind, []).append(label)
        if not include_inherited:
            break
        target = target.GetParent()
    return labels


def get_semantics(prim: PrimLike) -> dict[str, tuple[str, str]]:
    """Return {instance name: (type, label)}."""
    return {f"Semantics_{k}": pair for k, pair in enumerate(read_semantics(prim_of(prim)))}


def _surfaces(prim_path: PrimLike) -> Iterator[Usd.Prim]:
    root = get_current_stage().GetPseudoRoot() if prim_path is None else prim_of(prim_path)
    return (p for p in Usd.PrimRange(root) if p.IsA(UsdGeom.Gprim))


def check_missing_labels(prim_path: PrimLike | None = None) -> list[str]:
    """Return the paths of the surfaces at and below a path that have no label of their own or from above."""
    return [str(p.GetPath()) for p in _surfaces(prim_path) if not get_labels(p, include_inherited=True)]


def check_incorrect_labels(prim_path: PrimLike | None = None) -> list[list[str]]:
    """Return [path, label] of the surfaces whose labels do not occur in their paths, for a person to look at."""
    incorrect = []
    for prim in _surfaces(prim_path):
        path = str(prim.GetPath())
        for label in (v for values in get_labels(prim, include_inherited=True).values() for v in values):
            if label.lower().replace("_", "") not in path.lower().replace("_", ""):
                incorrect.append([path, label])
    return incorrect


def count_labels_in_scene(prim_path: PrimLike | None = None) -> dict[str, int]:
    """Return how many surfaces have each label, and under ``missing_labels`` how many have none."""
    counts = {"missing_labels": 0}
    for prim in _surfaces(prim_path):
        labels = [v for values in get_labels(prim, include_inherited=True).values() for v in values]
        for label in labels or ["missing_labels"]:
            counts[label] = counts.get(label, 0) + 1
    return counts


def upgrade_prim_semantics_to_labels(prim: PrimLike, include_descendants: bool = False) -> int:
    """Write older labels in the newer encoding; returns how many prims had any."""
    changed = 0
    for target in Usd.PrimRange(prim_of(prim)) if include_descendants else [prim_of(prim)]:
        if any(n.startswith("semantic:") for n in target.GetPropertyNames()):
            labels = read_semantics(target)
            clear_semantics(target)
            write_semantics(target, labels)
            changed += 1
    return changed


check_missing_semantics = check_missing_labels
check_incorrect_semantics = check_incorrect_labels
count_semantics_in_scene = count_labels_in_scene
