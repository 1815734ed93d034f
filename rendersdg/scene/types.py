"""What an argument may be: annotations that the front doors check and the JSON Schema is made from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np

from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Prims, Trigger

Number = Annotated[Any, "number"]
Integer = Annotated[Any, "integer"]
Boolean = Annotated[Any, "boolean"]
Text = Annotated[Any, "string"]
Vector = Annotated[Any, "vector"]
Range = Annotated[Any, "range"]
Items = Annotated[Any, "items"]
Target = Annotated[Any, "target"]
Pairs = Annotated[Any, "semantics"]
Values = Annotated[Any, "list"]
Mapped = Annotated[Any, "mapping"]
Anything = Annotated[Any, "any"]
FixedInteger = Annotated[Any, "fixed integer"]
FixedText = Annotated[Any, "fixed string"]
FixedBoolean = Annotated[Any, "fixed boolean"]
FixedNumber = Annotated[Any, "fixed number"]
Callable_ = Annotated[Any, "callable"]

EXPECTED = {
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "string": "text",
    "vector": "a number or three numbers",
    "range": "two numbers",
    "items": "a name or a list of names of prims",
    "target": "a point, a prim or a list of them",
    "semantics": "a list of [type, label] pairs",
    "list": "a list",
    "mapping": "a mapping",
    "any": "a value",
    "callable": "a function without arguments",
}


def kinds_of(function: Any) -> dict[str, str]:
    """Return {parameter: kind} from the annotations of a recording function."""
    hints = get_type_hints(function, include_extras=True)
    # Python 3.10 makes what may be None an Optional of it
    inner = {n: h if get_origin(h) is Annotated else next(iter(get_args(h)), h) for n, h in hints.items()}
    return {n: str(get_args(h)[1]) for n, h in inner.items() if get_origin(h) is Annotated}


def check(name: str, kind: str, value: Any) -> None:
    """Raise BadArgument when ``value`` cannot be what parameter ``name`` of ``kind`` takes; None is always taken."""
    fixed = kind.startswith("fixed ")
    kind = kind.removeprefix("fixed ")
    if value is None or kind == "any":
        return
    if isinstance(value, Distribution):
        if fixed or kind in ("semantics", "mapping", "callable"):
            raise BadArgument(f"{name} cannot be a distribution here; give {EXPECTED[kind]}")
        return
    if not _fits(kind, value):
        raise BadArgument(f"{name}={shown(value)} must be {EXPECTED[kind]}{'' if fixed else ' (or a distribution)'}")


def shown(value: Any) -> str:
    """Return a short text of a value for a message."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _fits(kind: str, value: Any) -> bool:
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    if kind == "number":
        return _is_number(value)
    if kind == "integer":
        return _is_number(value) and float(value).is_integer()
    if kind == "boolean":
        return isinstance(value, bool) or is_list
    if kind == "string":
        return isinstance(value, str)
    if kind == "vector":
        return _is_number(value) or (is_list and all(_is_number(v) or isinstance(v, Distribution) for v in value))
    if kind == "range":
        return is_list and len(value) == 2 and all(_is_number(v) for v in value)
    if kind == "items":
        return isinstance(value, (Prims, str)) or (is_list and all(isinstance(v, (Prims, str)) for v in value))
    if kind == "target":
        return isinstance(value, (Prims, str)) or is_list
    if kind == "semantics":
        if isinstance(value, Mapping):
            return True
        return is_list and all(isinstance(p, Sequence) and not isinstance(p, str) and len(p) == 2 for p in value)
    if kind == "list":
        return is_list or isinstance(value, Prims)
    if kind == "mapping":
        return isinstance(value, Mapping)
    if kind == "callable":
        return callable(value)
    return not isinstance(value, Trigger)


def made_from_fields(
    name: str, holder: Any, common: Mapping[str, tuple[Any, Any]], text: str, record: Callable[[dict[str, Any]], Any]
) -> Any:
    """Return a recording function whose parameters are the fields of a dataclass (numbers, tables) and the ``common``
    ones.

    ``common`` maps names to (annotation, default); ``record`` gets all arguments, None for fields that were not given.
    """
    hints = {"int": Integer, "Table": Values}
    own = {f.name: (hints.get(str(f.type), Number), None) for f in fields(holder)}
    parameters = {**dict(list(common.items())[:1]), **own, **common}
    signature = inspect.Signature(
        [
            inspect.Parameter(label, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=hint)
            for label, (hint, default) in parameters.items()
        ]
    )

    def function(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return record(dict(bound.arguments))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (inspect.getdoc(holder) or "") + "\n" + text
    function.__annotations__ = {label: hint for label, (hint, _) in parameters.items()}
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function
