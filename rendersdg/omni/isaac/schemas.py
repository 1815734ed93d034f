"""Schemas that usd-core does not bring (PhysX's, usdrt's): kept on prims as attributes and applied names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from pxr import Sdf, Usd

_KINDS = {bool: Sdf.ValueTypeNames.Bool, int: Sdf.ValueTypeNames.Int, str: Sdf.ValueTypeNames.Token}


class Schema:
    """A schema on a prim: ``CreateXAttr(value)`` and ``GetXAttr()`` keep values. Physics honours gravity and
    damping.
    """

    def __init__(self, prim: Any, *args: Any) -> None:
        self._prim: Usd.Prim = prim if isinstance(prim, Usd.Prim) else prim.GetPrim()

    @classmethod
    def Apply(cls, prim: Any, *instance: Any) -> Schema:
        """Apply the schema to a prim."""
        made = cls(prim)
        made.GetPrim().AddAppliedSchema(":".join([cls.__name__, *map(str, instance)]))
        return made

    @classmethod
    def Get(cls, first: Any, path: Any = None) -> Schema:
        """Return the schema of a prim, given as such or by stage and path."""
        return cls(first.GetPrimAtPath(str(path)) if isinstance(first, Usd.Stage) else first)

    @classmethod
    def Define(cls, stage: Usd.Stage, path: Any) -> Schema:
        """Define a prim of the schema."""
        return cls(stage.DefinePrim(str(path), cls.__name__))

    @classmethod
    def on(cls, prim: Usd.Prim, *instance: Any) -> bool:
        """Return whether a prim has the schema."""
        return ":".join([cls.__name__, *map(str, instance)]) in prim.GetPrimTypeInfo().GetAppliedAPISchemas()

    @classmethod
    def off(cls, prim: Usd.Prim, *instance: Any) -> bool:
        """Take the schema off a prim."""
        return bool(prim.RemoveAppliedSchema(":".join([cls.__name__, *map(str, instance)])))

    def GetPrim(self) -> Usd.Prim:
        """Return the prim."""
        return self._prim

    def GetPath(self) -> Sdf.Path:
        """Return the path of the prim."""
        return self._prim.GetPath()

    def __bool__(self) -> bool:
        return bool(self._prim)

    def __getattr__(self, attribute: str) -> Any:
        if not (attribute.startswith(("Create", "Get")) and attribute.endswith("Attr")):
            raise AttributeError(attribute)
        key = attribute.removeprefix("Create").removeprefix("Get").removesuffix("Attr")
        name = type(self).__name__
        full = f"{name[0].lower()}{name[1:].removesuffix('API')}:{key[0].lower()}{key[1:]}"

        def access(value: Any = None, *args: Any) -> Any:
            made = self._prim.GetAttribute(full)
            if not made:
                made = self._prim.CreateAttribute(full, _KINDS.get(type(value), _kind(key)))
            if value is not None:
                made.Set(value)
            return made

        return access


def _kind(key: str) -> Any:
    """Return the type of an attribute that is made without a value: a switch by its name, else a number."""
    is_switch = key.startswith(("Disable", "Enable", "Lock", "Retain", "Is", "Has"))
    return Sdf.ValueTypeNames.Bool if is_switch else Sdf.ValueTypeNames.Float


class Schemas(ModuleType):
    """A module whose every capitalised name is a schema."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not name[:1].isupper():
            raise AttributeError(name)
        made = type(name, (Schema,), {})
        setattr(self, name, made)
        return made


@contextmanager
def known_to_prims() -> Iterator[None]:
    """Let ``HasAPI``, ``ApplyAPI`` and ``RemoveAPI`` of USD's prims take these schemas."""
    own = {name: getattr(Usd.Prim, name) for name in ("HasAPI", "ApplyAPI", "RemoveAPI")}

    def is_ours(schema: Any) -> bool:
        return isinstance(schema, type) and issubclass(schema, Schema)

    def has(prim: Usd.Prim, schema: Any, *rest: Any) -> Any:
        return schema.on(prim, *rest) if is_ours(schema) else own["HasAPI"](prim, schema, *rest)

    def apply(prim: Usd.Prim, schema: Any, *rest: Any) -> Any:
        return bool(schema.Apply(prim, *rest)) if is_ours(schema) else own["ApplyAPI"](prim, schema, *rest)

    def remove(prim: Usd.Prim, schema: Any, *rest: Any) -> Any:
        return schema.off(prim, *rest) if is_ours(schema) else own["RemoveAPI"](prim, schema, *rest)

    Usd.Prim.HasAPI, Usd.Prim.ApplyAPI, Usd.Prim.RemoveAPI = has, apply, remove
    try:
        yield
    finally:
        for name, function in own.items():
            setattr(Usd.Prim, name, function)
