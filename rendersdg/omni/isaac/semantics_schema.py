"""``pxr.Semantics``: the older labels, an applied schema that usd-core does not bring."""

from __future__ import annotations

from pxr import Sdf, Usd

from rendersdg.omni.doors import PathLike
from rendersdg.omni.isaac.schemas import Schema

__all__ = [
    "SemanticsAPI",
]


def _instances(prim: Usd.Prim) -> list[str]:
    """Return the names under which a prim has older labels."""
    named = {n.split(":")[1] for n in prim.GetPropertyNames() if n.startswith("semantic:")}
    applied = {
        n.split(":", 1)[1] for n in prim.GetPrimTypeInfo().GetAppliedAPISchemas() if n.startswith("SemanticsAPI:")
    }
    return sorted(named | applied)


class SemanticsAPI(Schema):
    """The older labels: an applied schema with a type and a data attribute."""

    def __init__(self, prim: Usd.Prim, name: str = "Semantics") -> None:
        super().__init__(prim)
        self._name = str(name)

    @classmethod
    def Apply(cls, prim: Usd.Prim, *instance: str) -> SemanticsAPI:
        """Apply the schema."""
        api = cls(prim, *(instance or ("Semantics",)))
        api._prim.AddAppliedSchema(f"SemanticsAPI:{api._name}")
        return api

    @classmethod
    def Get(cls, first: Usd.Prim, path: PathLike | None = None) -> SemanticsAPI:
        """Return the schema on a prim, by its instance name."""
        return cls(first, str(path))

    @classmethod
    def GetAll(cls, prim: Usd.Prim) -> list[SemanticsAPI]:
        """Return all of a prim."""
        return [cls(prim, n) for n in _instances(prim)]

    @staticmethod
    def IsSemanticsAPIPath(path: PathLike) -> bool:
        """Return whether a property's path is of this schema."""
        return Sdf.Path(str(path)).name.startswith("semantic:")

    @classmethod
    def on(cls, prim: Usd.Prim, *instance: str) -> bool:
        """Return whether a prim has the schema."""
        names = _instances(prim)
        return bool(names) if not instance else str(instance[0]) in names

    @classmethod
    def off(cls, prim: Usd.Prim, *instance: str) -> bool:
        """Take the schema off a prim."""
        for name in instance or _instances(prim):
            prim.RemoveAppliedSchema(f"SemanticsAPI:{name}")
            for key in ("semanticType", "semanticData"):
                prim.RemoveProperty(f"semantic:{name}:params:{key}")
        return True

    def _attribute(self, key: str, value: str | None = None) -> Usd.Attribute:
        attribute = self._prim.CreateAttribute(f"semantic:{self._name}:params:{key}", Sdf.ValueTypeNames.String)
        if value is not None:
            attribute.Set(str(value))
        return attribute

    def CreateSemanticTypeAttr(self, value: str | None = None, *args: object) -> Usd.Attribute:
        """Create the attribute of the type."""
        return self._attribute("semanticType", value)

    def CreateSemanticDataAttr(self, value: str | None = None, *args: object) -> Usd.Attribute:
        """Create the attribute of the label."""
        return self._attribute("semanticData", value)

    def GetSemanticTypeAttr(self) -> Usd.Attribute:
        """Return the attribute of the type."""
        return self._attribute("semanticType")

    def GetSemanticDataAttr(self) -> Usd.Attribute:
        """Return the attribute of the label."""
        return self._attribute("semanticData")
