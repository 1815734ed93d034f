"""Isaac Sim's helpers of semantic labels, and the older labels API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pxr import Sdf, Usd, UsdGeom

from rendersdg.omni.isaac.schemas import Schema
from rendersdg.omni.isaac.stages import prim_of, stage
from rendersdg.stage.semantics import clear_semantics, read_semantics, write_semantics


def add_labels(
    prim: Any = None,
    labels: Sequence[str] | str = (),
    instance_name: str = "class",
    overwrite: bool = True,
    *,
    path: Any = None,
    taxonomy: str | None = None,
) -> None:
    """Label a prim. The newest generation calls the prim ``path`` and the type ``taxonomy``, and adds to what is
    there.
    """
    found = prim_of(prim if path is None else path)
    kind = taxonomy or instance_name
    values = [labels] if isinstance(labels, str) else [str(v) for v in labels]
    kept = () if overwrite else tuple(p for p in read_semantics(found) if p[0] == kind)
    write_semantics(found, (*kept, *((kind, v) for v in values if (kind, v) not in kept)))


def add_labels_newer(
    path: Any, labels: Sequence[str] | str, taxonomy: str = "class", *, instance_name: str | None = None
) -> None:
    """Label a prim; labels of the taxonomy that it has already stay."""
    add_labels(path, labels, instance_name or taxonomy, overwrite=False)


def add_update_semantics(prim: Any, semantic_label: str, type_label: str = "class", suffix: str = "") -> None:
    """Label a prim; an older label of the type is replaced."""
    add_labels(prim, [semantic_label], type_label)


def remove_labels(
    prim: Any = None,
    instance_name: str | None = None,
    include_descendants: bool = False,
    *,
    path: Any = None,
    taxonomy: str | None = None,
) -> None:
    """Remove the labels of a type, or all."""
    found = prim_of(prim if path is None else path)
    for target in Usd.PrimRange(found) if include_descendants else [found]:
        clear_semantics(target, taxonomy or instance_name)


def remove_all_labels(prim: Any, include_descendants: bool = False) -> None:
    """Remove all labels."""
    remove_labels(prim, None, include_descendants)


def remove_all_semantics(prim: Any, recursive: bool = False) -> None:
    """Remove all labels."""
    remove_labels(prim, None, recursive)


def get_labels(prim: Any = None, *, path: Any = None, include_inherited: bool = False) -> dict[str, list[str]]:
    """Return labels by type; with ``include_inherited`` those of the prims above too."""
    found = prim_of(prim if path is None else path)
    out: dict[str, list[str]] = {}
    while found and not found.IsPseudoRoot():
        for kind, label in read_semantics(found):
            out.setdefault(kind, []).append(label)
        if not include_inherited:
            break
        found = found.GetParent()
    return out


def get_semantics(prim: Any) -> dict[str, tuple[str, str]]:
    """Return {instance name: (type, label)}."""
    return {f"Semantics_{k}": pair for k, pair in enumerate(read_semantics(prim_of(prim)))}


def _surfaces(prim_path: Any) -> Iterator[Usd.Prim]:
    root = stage().GetPseudoRoot() if prim_path is None else prim_of(prim_path)
    return (p for p in Usd.PrimRange(root) if p.IsA(UsdGeom.Gprim))


def check_missing_labels(prim_path: Any = None) -> list[str]:
    """Return the paths of the surfaces at and below a path that have no label of their own or from above."""
    return [str(p.GetPath()) for p in _surfaces(prim_path) if not get_labels(p, include_inherited=True)]


def check_incorrect_labels(prim_path: Any = None) -> list[list[str]]:
    """Return [path, label] of the surfaces whose labels do not occur in their paths, for a person to look at."""
    found = []
    for prim in _surfaces(prim_path):
        path = str(prim.GetPath())
        for label in (v for values in get_labels(prim, include_inherited=True).values() for v in values):
            if label.lower().replace("_", "") not in path.lower().replace("_", ""):
                found.append([path, label])
    return found


def count_labels_in_scene(prim_path: Any = None) -> dict[str, int]:
    """Return how many surfaces have each label, and under ``missing_labels`` how many have none."""
    out = {"missing_labels": 0}
    for prim in _surfaces(prim_path):
        labels = [v for values in get_labels(prim, include_inherited=True).values() for v in values]
        for label in labels or ["missing_labels"]:
            out[label] = out.get(label, 0) + 1
    return out


def upgrade_prim_semantics_to_labels(prim: Any, include_descendants: bool = False) -> int:
    """Write older labels in the newer encoding; returns how many prims had any."""
    changed = 0
    for target in Usd.PrimRange(prim_of(prim)) if include_descendants else [prim_of(prim)]:
        if any(n.startswith("semantic:") for n in target.GetPropertyNames()):
            labels = read_semantics(target)
            clear_semantics(target)
            write_semantics(target, labels)
            changed += 1
    return changed


def _instances(prim: Usd.Prim) -> list[str]:
    """Return the names under which a prim has older labels."""
    named = {n.split(":")[1] for n in prim.GetPropertyNames() if n.startswith("semantic:")}
    applied = {
        n.split(":", 1)[1] for n in prim.GetPrimTypeInfo().GetAppliedAPISchemas() if n.startswith("SemanticsAPI:")
    }
    return sorted(named | applied)


class SemanticsAPI(Schema):
    """The older labels: an applied schema with a type and a data attribute."""

    def __init__(self, prim: Any, name: str = "Semantics") -> None:
        super().__init__(prim)
        self._name = str(name)

    @classmethod
    def Apply(cls, prim: Any, *instance: Any) -> SemanticsAPI:
        """Apply the schema."""
        made = cls(prim, *(instance or ("Semantics",)))
        made._prim.AddAppliedSchema(f"SemanticsAPI:{made._name}")
        return made

    @classmethod
    def Get(cls, first: Any, path: Any = None) -> SemanticsAPI:
        """Return the schema on a prim, by its instance name."""
        return cls(first, str(path))

    @classmethod
    def GetAll(cls, prim: Usd.Prim) -> list[SemanticsAPI]:
        """Return all of a prim."""
        return [cls(prim, n) for n in _instances(prim)]

    @staticmethod
    def IsSemanticsAPIPath(path: Any) -> bool:
        """Return whether a property's path is of this schema."""
        return Sdf.Path(str(path)).name.startswith("semantic:")

    @classmethod
    def on(cls, prim: Usd.Prim, *instance: Any) -> bool:
        """Return whether a prim has the schema."""
        found = _instances(prim)
        return bool(found) if not instance else str(instance[0]) in found

    @classmethod
    def off(cls, prim: Usd.Prim, *instance: Any) -> bool:
        """Take the schema off a prim."""
        for name in instance or _instances(prim):
            prim.RemoveAppliedSchema(f"SemanticsAPI:{name}")
            for key in ("semanticType", "semanticData"):
                prim.RemoveProperty(f"semantic:{name}:params:{key}")
        return True

    def _attribute(self, key: str, value: Any = None) -> Usd.Attribute:
        attribute = self._prim.CreateAttribute(f"semantic:{self._name}:params:{key}", Sdf.ValueTypeNames.String)
        if value is not None:
            attribute.Set(str(value))
        return attribute

    def CreateSemanticTypeAttr(self, value: Any = None, *args: Any) -> Usd.Attribute:
        """Create the attribute of the type."""
        return self._attribute("semanticType", value)

    def CreateSemanticDataAttr(self, value: Any = None, *args: Any) -> Usd.Attribute:
        """Create the attribute of the label."""
        return self._attribute("semanticData", value)

    def GetSemanticTypeAttr(self) -> Usd.Attribute:
        """Return the attribute of the type."""
        return self._attribute("semanticType")

    def GetSemanticDataAttr(self) -> Usd.Attribute:
        """Return the attribute of the label."""
        return self._attribute("semanticData")
