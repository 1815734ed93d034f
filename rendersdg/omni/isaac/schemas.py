"""Schemas that usd-core does not bring (PhysX's, usdrt's): kept on prims as attributes and applied names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Protocol, TypeVar

from pxr import Sdf, Usd

from rendersdg.omni.doors import PathLike

_KINDS = {bool: Sdf.ValueTypeNames.Bool, int: Sdf.ValueTypeNames.Int, str: Sdf.ValueTypeNames.Token}


_DEFAULTS = {  # what PhysX's schemas say of attributes that nobody authored, where reading them is of use here
    "physxScene:timeStepsPerSecond": 60,
    "physxRigidBody:disableGravity": False,
    "physxRigidBody:linearDamping": 0.0,
}

Own = TypeVar("Own", bound="Schema")


class HasGetPrim(Protocol):
    """One of USD's schemas on a prim."""

    def GetPrim(self) -> Usd.Prim:
        """Return the prim."""


class Schema:
    """A schema on a prim: ``CreateXAttr(value)`` and ``GetXAttr()`` keep values.
    Physics honours gravity and damping.
    """

    def __init__(self, prim: Usd.Prim | HasGetPrim, *args: object) -> None:
        self._prim: Usd.Prim = prim if isinstance(prim, Usd.Prim) else prim.GetPrim()

    @classmethod
    def Apply(cls: type[Own], prim: Usd.Prim, *instance: str) -> Own:
        """Apply the schema to a prim."""
        schema = cls(prim)
        schema.GetPrim().AddAppliedSchema(":".join([cls.__name__, *map(str, instance)]))
        return schema

    @classmethod
    def Get(cls: type[Own], first: Usd.Stage | Usd.Prim, path: PathLike | None = None) -> Own:
        """Return the schema of a prim, given as such or by stage and path."""
        return cls(first.GetPrimAtPath(str(path)) if isinstance(first, Usd.Stage) else first)

    @classmethod
    def Define(cls: type[Own], stage: Usd.Stage, path: PathLike) -> Own:
        """Define a prim of the schema."""
        return cls(stage.DefinePrim(str(path), cls.__name__))

    @classmethod
    def on(cls, prim: Usd.Prim, *instance: str) -> bool:
        """Return whether a prim has the schema."""
        return ":".join([cls.__name__, *map(str, instance)]) in prim.GetPrimTypeInfo().GetAppliedAPISchemas()

    @classmethod
    def off(cls, prim: Usd.Prim, *instance: str) -> bool:
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

    def __getattr__(self, attribute: str) -> Callable[..., Usd.Attribute]:
        if not (attribute.startswith(("Create", "Get")) and attribute.endswith("Attr")):
            raise AttributeError(attribute)
        key = attribute.removeprefix("Create").removeprefix("Get").removesuffix("Attr")
        schema = type(self).__name__
        name = f"{schema[0].lower()}{schema[1:].removesuffix('API')}:{key[0].lower()}{key[1:]}"

        def access(value: object = None, *args: object) -> Usd.Attribute:
            usd_attribute = self._prim.GetAttribute(name)
            if value is None and (not usd_attribute or usd_attribute.Get() is None):
                value = _DEFAULTS.get(name)
            if not usd_attribute:
                usd_attribute = self._prim.CreateAttribute(name, _KINDS.get(type(value), _kind(key)))
            if value is not None:
                usd_attribute.Set(value)
            return usd_attribute

        return access


def _kind(key: str) -> Sdf.ValueTypeName:
    """Return the type of an attribute that is made without a value: a switch by its name, else a number."""
    is_switch = key.startswith(("Disable", "Enable", "Lock", "Retain", "Is", "Has"))
    return Sdf.ValueTypeNames.Bool if is_switch else Sdf.ValueTypeNames.Float


class Schemas(ModuleType):
    """A module whose every capitalised name is a schema."""

    def __getattr__(self, name: str) -> type[Schema]:
        if name.startswith("__") or not name[:1].isupper():
            raise AttributeError(name)
        schema = type(name, (Schema,), {})
        setattr(self, name, schema)
        return schema


@contextmanager
def known_to_prims() -> Iterator[None]:
    """Let ``HasAPI``, ``ApplyAPI`` and ``RemoveAPI`` of USD's prims take these schemas."""
    own = {name: getattr(Usd.Prim, name) for name in ("HasAPI", "ApplyAPI", "RemoveAPI")}

    def is_ours(schema: object) -> bool:
        return isinstance(schema, type) and issubclass(schema, Schema)

    def has(prim: Usd.Prim, schema: type[Schema], *instance: str) -> bool:
        return schema.on(prim, *instance) if is_ours(schema) else own["HasAPI"](prim, schema, *instance)

    def apply(prim: Usd.Prim, schema: type[Schema], *instance: str) -> bool:
        return bool(schema.Apply(prim, *instance)) if is_ours(schema) else own["ApplyAPI"](prim, schema, *instance)

    def remove(prim: Usd.Prim, schema: type[Schema], *instance: str) -> bool:
        return schema.off(prim, *instance) if is_ours(schema) else own["RemoveAPI"](prim, schema, *instance)

    Usd.Prim.HasAPI, Usd.Prim.ApplyAPI, Usd.Prim.RemoveAPI = has, apply, remove
    try:
        yield
    finally:
        for name, function in own.items():
            setattr(Usd.Prim, name, function)
