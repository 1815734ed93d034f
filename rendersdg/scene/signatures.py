"""Recording functions whose parameters are the fields of records: each parameter is written once,
many functions share it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from functools import wraps
from typing import Any, TypeVar, get_type_hints

from rendersdg.scene import types

R = TypeVar("R")
_NAMED = ("__module__", "__name__", "__qualname__", "__doc__")  # what a function keeps when its parameters change
_PLAIN = {"int": "Integer", "Table": "Values"}  # what the fields of plug-ins are as arguments; all others are numbers


def taking(order: str, *records: type[Any]) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Return a decorator: the function takes the parameters that ``order`` names, in that order, by place or by name.

    Each is a field of one of ``records`` (dataclasses), with its annotation and default, or a parameter of the
    function's own. The function itself is called with one record of each kind, in the order of ``records``, and with
    its own parameters by name. What checks arguments sees the parameters: ``inspect.signature``, :func:`kinds_of`, the
    YAML reader and the JSON Schema.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Size:
    ...     width: float = 1.0
    ...     height: float = 1.0
    >>> @taking("height name width", Size)
    ... def box(size: Size, name: str = "box") -> str:
    ...     return f"{name}: {size.width} x {size.height}"
    >>> box(2, "case"), str(inspect.signature(box))
    ('case: 1.0 x 2', "(height: 'float' = 1.0, name: 'str' = 'box', width: 'float' = 1.0) -> 'str'")
    """

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        own = dict(list(inspect.signature(function).parameters.items())[len(records) :])
        parameters = {name: p.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD) for name, p in own.items()}
        hints = get_type_hints(function, include_extras=True)
        for record in records:
            parameters |= {entry.name: _parameter(entry) for entry in fields(record)}
            hints |= get_type_hints(record, include_extras=True)
        names = order.split()
        signature = inspect.signature(function).replace(parameters=[parameters[name] for name in names])

        def call(arguments: Mapping[str, object]) -> R:
            holders = [r(**{f.name: arguments[f.name] for f in fields(r) if f.name in arguments}) for r in records]
            return function(*holders, **{name: arguments[name] for name in own})

        annotations = {name: hints[name] for name in (*names, "return") if name in hints}
        return wraps(function, assigned=_NAMED)(_signed(function.__name__, signature, annotations, call))

    return decorate


def made_from_fields(
    name: str,
    holder: type[Any],
    common: type[Any],
    text: str,
    record: Callable[[dict[str, object], Any], R],
) -> Callable[..., R]:
    """Return a recording function whose parameters are the fields of a plug-in (numbers, tables)
    and the ``common`` ones.

    ``holder`` is the plug-in's dataclass; its fields stand after the first of ``common``, a dataclass too, and are None
    where they are not given. ``record`` gets those that were given, by name, and the common ones.
    ``text`` follows the plug-in's docstring.
    """
    first, *rest = (_parameter(entry) for entry in fields(common))
    own = [
        inspect.Parameter(
            entry.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=None,
            annotation=_PLAIN.get(str(entry.type), "Number"),
        )
        for entry in fields(holder)
    ]
    hints = get_type_hints(common, include_extras=True) | {p.name: getattr(types, p.annotation) for p in own}
    own_defaults = {entry.name: entry.default for entry in fields(holder)}

    def call(arguments: Mapping[str, object]) -> R:
        own_values = {p.name: arguments[p.name] for p in own if arguments[p.name] is not None}
        return record(own_values, common(**{p.name: arguments[p.name] for p in (first, *rest)}))

    parameters = [first, *own, *rest]
    function = _signed(name, inspect.Signature(parameters), {p.name: hints[p.name] for p in parameters}, call)
    function.__doc__ = f"{inspect.getdoc(holder) or ''}\n\n{inspect.cleandoc(text)}"
    function.own_defaults = own_defaults  # type: ignore[attr-defined] # what None stands for, see defaults_of
    return function


def defaults_of(function: Callable[..., object]) -> dict[str, object]:
    """Return what an argument is where it is not given, by name; those that must be given are left out.

    >>> from rendersdg.scene import FUNCTIONS
    >>> defaults_of(FUNCTIONS["defects.scratch"])["length"]
    20.0
    """
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    return {**defaults, **getattr(function, "own_defaults", {})}


def _parameter(entry: Field[Any]) -> inspect.Parameter:
    return inspect.Parameter(
        entry.name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=inspect.Parameter.empty if entry.default is MISSING else entry.default,
        annotation=entry.type,
    )


def _signed(
    name: str,
    signature: inspect.Signature,
    annotations: Mapping[str, object],
    call: Callable[[Mapping[str, object]], R],
) -> Callable[..., R]:
    """Return a function of that name and signature which passes all of its arguments to ``call``, by name."""

    def function(*args: object, **kwargs: object) -> R:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}() {error}") from None
        bound.apply_defaults()
        return call(bound.arguments)

    function.__name__ = function.__qualname__ = name
    function.__annotations__ = dict(annotations)
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function
