"""What an argument may be: annotations that the front doors check and the JSON Schema is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeGuard, get_args, get_origin, get_type_hints

import numpy as np

from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Prims

# What stands for a number, a vector and so on. None says "not given"; what is fixed has no distribution.
NumberLike = float | Distribution | None
IntegerLike = int | Distribution | None
BooleanLike = bool | Sequence[bool] | Distribution | None
TextLike = str | Distribution | None
VectorLike = float | Sequence[float | Distribution] | Distribution | None  # one number counts for all three
RangeLike = Sequence[float] | Distribution | None  # (low, high), or (width, height) in pixels
PrimLike = Prims | str | Sequence[Prims | str] | Distribution | None  # a handle, a path, or a list of them
TargetLike = Prims | str | Sequence[object] | Distribution | None  # prims or a point of the world, stage units
SemanticsLike = (
    Sequence[Sequence[str]] | Sequence[str] | Mapping[str, str | Sequence[str]] | str | None
)  # [type, label]s
ListLike = Sequence[object] | Prims | Distribution | None

Number = Annotated[NumberLike, "number"]
Integer = Annotated[IntegerLike, "integer"]
Boolean = Annotated[BooleanLike, "boolean"]
Text = Annotated[TextLike, "string"]
Vector = Annotated[VectorLike, "vector"]
Range = Annotated[RangeLike, "range"]
Items = Annotated[PrimLike, "items"]
Target = Annotated[TargetLike, "target"]
Pairs = Annotated[SemanticsLike, "semantics"]
Values = Annotated[ListLike, "list"]
Labels = Annotated[Any, "labels"]  # of prims to find: a [type, label] pair, or several
Words = Annotated[Any, "words"]  # a text, or a list of texts
Constant = Annotated[Any, "constant"]  # numbers, text or lists of them, or a distribution; never prims
Mapped = Annotated[Mapping[str, object] | None, "mapping"]
Anything = Annotated[Any, "any"]  # a script's free value
FixedInteger = Annotated[int, "fixed integer"]
FixedText = Annotated[str, "fixed string"]
FixedBoolean = Annotated[bool, "fixed boolean"]
FixedNumber = Annotated[float, "fixed number"]
Callable_ = Annotated[Callable[[], bool] | None, "callable"]

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
    "labels": "a [type, label] pair or a list of them",
    "words": "text or a list of texts",
    "constant": "a value",
    "list": "a list",
    "mapping": "a mapping",
    "any": "a value",
    "callable": "a function without arguments",
}


def kinds_of(function: Callable[..., object]) -> dict[str, str]:
    """Return {parameter: kind} from the annotations of a recording function."""
    hints = get_type_hints(function, include_extras=True)
    # Python 3.10 makes what may be None an Optional of it
    inner = {n: h if get_origin(h) is Annotated else next(iter(get_args(h)), h) for n, h in hints.items()}
    return {n: str(get_args(h)[1]) for n, h in inner.items() if get_origin(h) is Annotated}


def check(name: str, kind: str, value: object) -> None:
    """Raise BadArgument when ``value`` cannot be what parameter ``name`` of ``kind`` takes; None is always taken."""
    fixed = kind.startswith("fixed ")
    kind = kind.removeprefix("fixed ")
    if value is None or kind in ("any", "labels", "words", "constant"):
        return
    if isinstance(value, Distribution):
        if fixed or kind in ("semantics", "mapping", "callable"):
            raise BadArgument(f"{name} cannot be a distribution here; give {EXPECTED[kind]}")
        return
    if not _FITS[kind](value):
        raise BadArgument(f"{name}={shown(value)} must be {EXPECTED[kind]}{'' if fixed else ' (or a distribution)'}")


def shown(value: object) -> str:
    """Return a short text of a value for a message."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return _is_number(value) and float(value).is_integer()


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_list_of(value: object, fits: Callable[[object], bool]) -> bool:
    return _is_list(value) and all(fits(v) for v in value)


def _is_prim(value: object) -> bool:
    return isinstance(value, (Prims, str))


def _is_pair(value: object) -> bool:
    return _is_list(value) and len(value) == 2


_FITS: dict[str, Callable[[object], bool]] = {  # kind -> whether a value that is neither None nor a distribution fits
    "number": _is_number,
    "integer": _is_whole,
    "boolean": lambda value: isinstance(value, bool) or _is_list(value) or (_is_number(value) and value in (0, 1)),
    "string": lambda value: isinstance(value, str),
    "vector": lambda value: (
        _is_number(value) or _is_list_of(value, lambda v: _is_number(v) or isinstance(v, Distribution))
    ),
    "range": lambda value: _is_pair(value) and _is_list_of(value, _is_number),
    "items": lambda value: _is_prim(value) or _is_list_of(value, _is_prim),
    "target": lambda value: _is_prim(value) or _is_list(value),
    "semantics": lambda value: (
        isinstance(value, Mapping)
        or (isinstance(value, str) and ":" in value)
        or _is_list_of(value, _is_pair)
        or (isinstance(value, tuple) and _is_pair(value) and _is_list_of(value, lambda v: isinstance(v, str)))
    ),
    "list": lambda value: _is_list(value) or isinstance(value, Prims),
    "mapping": lambda value: isinstance(value, Mapping),
    "callable": callable,
}
