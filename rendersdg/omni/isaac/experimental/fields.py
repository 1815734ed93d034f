"""Attributes of several prims at once: pairs of ``set_...`` and ``get_...``, as the newest generation has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any, Protocol

import numpy as np
from pxr import Usd

from rendersdg.arrays import F8
from rendersdg.english import counted
from rendersdg.errors import BadArgument
from rendersdg.omni.doors import VectorLike, numbers
from rendersdg.omni.isaac.experimental.ops import Array, Indices, Values, array, resolve_indices
from rendersdg.replicator.engine import current
from rendersdg.replicator.values import unwrap
from rendersdg.stage.author import set_attribute


class HasPrims(Protocol):
    """One or several prims."""

    @property
    def prims(self) -> list[Usd.Prim]:
        """The prims."""


@dataclass(frozen=True)
class Field:
    """An attribute: what the setter calls its values, its name on the prim, and of what kind the values are.

    ``api`` is the schema that it is of, applied when it is set. ``type_name`` is USD's, for a prim that lacks the
    attribute, and ``default`` what it then reads as. ``is_negated`` says that the attribute means the opposite.
    """

    name: str
    attribute: str
    kind: type = float
    api: str | None = None
    type_name: str | None = None
    default: Any = None
    is_negated: bool = False

    def write(self, prim: Usd.Prim, value: Any) -> None:
        """Set the attribute of a prim."""
        if self.api is not None and self.api not in prim.GetPrimTypeInfo().GetAppliedAPISchemas():
            prim.AddAppliedSchema(self.api)
        value = (not value) if self.is_negated else value
        set_attribute(prim, self.attribute, self.kind(value), self.type_name)

    def read(self, prim: Usd.Prim) -> Any:
        """Return the value of a prim."""
        attribute = prim.GetAttribute(self.attribute)
        value = attribute.Get() if attribute else None
        value = self.default if value is None else value
        if value is None:
            value = self.kind()
        return (not value) if self.is_negated else getattr(value, "path", value)


def chosen(owner: HasPrims, indices: Indices) -> list[Usd.Prim]:
    """Return the prims that ``indices`` names; None names all."""
    prims = owner.prims
    return prims if indices is None else [prims[int(k)] for k in resolve_indices(indices)]


def rows(values: VectorLike, count: int, width: int) -> F8:
    """Return ``count`` rows of numbers, given as many, or one for all. Raises BadArgument for others."""
    plain = numbers(values)
    if plain.size % width or plain.size // width not in (1, count):
        raise BadArgument(
            f"values of shape {plain.shape} for {counted(count, 'prim')}: give {width} each, or {width} for all",
            where=current().where(),
        )
    return np.broadcast_to(plain.reshape(-1, width), (count, width))


def spread(values: Any, count: int, kind: type) -> list[Any]:
    """Return ``count`` values of a kind, given as many, or one for all. Raises BadArgument for others."""
    if kind is not str:
        return [kind(v) for v in rows(values, count, 1)[:, 0]]
    texts = [values] if isinstance(values, str) else [None if v is None else str(v) for v in unwrap(values)]
    if len(texts) not in (1, count):
        raise BadArgument(f"{counted(len(texts), 'value')} for {counted(count, 'prim')}", where=current().where())
    return texts * count if len(texts) == 1 else texts


def accessors(what: str, *fields: Field) -> tuple[Callable[..., None], Callable[..., Any]]:
    """Return the methods that set and get an attribute, or several together, of the prims that ``indices`` names.

    The setter takes a value each, or one for all, by position or by the field's name; of several fields, those that
    are given. The getter returns an array (N, 1) a field, of names a list; of several fields a tuple.
    """

    def write(self: HasPrims, *values: Values | None, indices: Indices = None, **named: Values | None) -> None:
        prims, known = chosen(self, indices), [f.name for f in fields]
        if len(values) > len(known) or not set(named) <= set(known[len(values) :]):
            raise BadArgument(f"{what}: takes {', '.join(known)} and indices", where=current().where())
        given = {name: v for name, v in {**dict(zip(known, values)), **named}.items() if v is not None}
        if not given:
            raise BadArgument(f"{what}: give {' or '.join(known)}", where=current().where())
        for field in fields:
            if field.name in given:
                for prim, value in zip(prims, spread(given[field.name], len(prims), field.kind)):
                    field.write(prim, value)

    def read(self: HasPrims, *, indices: Indices = None) -> Array | list[Any] | tuple[Array | list[Any], ...]:
        prims = chosen(self, indices)
        columns = tuple(_column([f.read(p) for p in prims], f.kind) for f in fields)
        return columns if len(columns) > 1 else columns[0]

    parameters = [Parameter(f.name, Parameter.POSITIONAL_OR_KEYWORD, default=None) for f in fields]
    mine, which = (
        (Parameter("self", Parameter.POSITIONAL_OR_KEYWORD),),
        (Parameter("indices", Parameter.KEYWORD_ONLY, default=None),),
    )
    write.__doc__, read.__doc__ = f"Set {what}.", f"Return {what}."
    vars(write)["__signature__"] = Signature([*mine, *parameters, *which])
    vars(read)["__signature__"] = Signature([*mine, *which])
    return write, read


def _column(values: Sequence[Any], kind: type) -> Array | list[Any]:
    if kind is str:
        return [str(v) for v in values]
    return array(np.reshape(values, (-1, 1)), {bool: np.bool_, int: np.int32}.get(kind, np.float32))
