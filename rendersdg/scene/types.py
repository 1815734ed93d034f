"""What an argument may be: annotations that the front doors check and the JSON Schema is made from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, TypeGuard, get_args, get_origin, get_type_hints

import numpy as np

from rendersdg import documents
from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Distribution
from rendersdg.graph.nodes import Prims
from rendersdg.scene.bounds import Limits, check_extent, check_limits

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


@dataclass(frozen=True, slots=True)
class OneOf:
    """The words that a parameter takes, in an annotation: what an editor offers and ``rendersdg help`` shows.

    The recording function refuses others. ``any_case`` says that capitals do not matter to it; ``is_open`` that other
    words are taken, too.
    """

    values: tuple[str, ...]
    any_case: bool = False
    is_open: bool = False


_ABOVE_0, _FROM_0, _SHARE = Limits(above=0), Limits(least=0), Limits(least=0, most=1)
_FROM_1, _STOPS = Limits(least=1), Limits(least=-64, most=64)  # a stop doubles the light

Number = Annotated[NumberLike, "number"]
Positive = Annotated[NumberLike, "number", _ABOVE_0]
NonNegative = Annotated[NumberLike, "number", _FROM_0]
Share = Annotated[NumberLike, "number", _SHARE]
Stops = Annotated[NumberLike, "number", _STOPS]
Count = Annotated[IntegerLike, "integer", _FROM_0]
AtLeastOne = Annotated[IntegerLike, "integer", _FROM_1]
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
FixedRange = Annotated[Sequence[float], "fixed range"]
FixedItems = Annotated[Prims | str | Sequence[Prims | str], "fixed items"]
FixedValues = Annotated[Sequence[object] | Prims | None, "fixed list"]
FixedText = Annotated[str, "fixed string"]
FixedBoolean = Annotated[bool, "fixed boolean"]
FixedNumber = Annotated[float, "fixed number"]
FixedCount = Annotated[int, "fixed integer", _FROM_0]
FixedAtLeastOne = Annotated[int, "fixed integer", _FROM_1]
FixedPositive = Annotated[float, "fixed number", _ABOVE_0]
FixedNonNegative = Annotated[float, "fixed number", _FROM_0]
Callable_ = Annotated[Callable[[], bool] | None, "callable"]

_FREE = ("any", "constant")  # kinds that take whatever is given
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


@dataclass(frozen=True, slots=True)
class Taken:
    """What a parameter takes: its kind, limits to its numbers, and whether None is one of its values: where it is the
    default, where the annotation says so (``Positive | None``), and where anything is taken. ``words`` are those that
    it takes, where they are counted.
    """

    kind: str = "any"
    limits: Limits | None = None
    has_none: bool = True
    words: OneOf | None = None


@lru_cache(maxsize=512)
def taken_by(function: Callable[..., object]) -> Mapping[str, Taken]:
    """Return {parameter: what it takes} from the annotations of a recording function."""
    taken = {}
    parameters = inspect.signature(function).parameters
    for name, hint in get_type_hints(function, include_extras=True).items():
        optional = get_origin(hint) is not Annotated
        # Python 3.10 makes what may be None an Optional of it
        inner = next((a for a in get_args(hint) if get_origin(a) is Annotated), None) if optional else hint
        if inner is None:
            continue
        _, kind, *others = get_args(inner)
        limits = next((item for item in others if isinstance(item, Limits)), None)
        words = next((item for item in others if isinstance(item, OneOf)), None)
        has_none = optional or kind in _FREE or (name in parameters and parameters[name].default is None)
        taken[name] = Taken(str(kind), limits, has_none, words)
    return taken


def kinds_of(function: Callable[..., object]) -> dict[str, str]:
    """Return {parameter: kind} from the annotations of a recording function."""
    return {name: taken.kind for name, taken in taken_by(function).items()}


def checked_arguments(
    function: Callable[..., object], values: Mapping[str, object], taken: Mapping[str, Taken] | None = None
) -> dict[str, object]:
    """Return the arguments of a recording function, all of them proved.

    None for a parameter that has no such value is as if it were not given, where it has a default.

    Args:
        function: that is to be called.
        values: its arguments, by name.
        taken: what :func:`taken_by` says of it, where that is known.

    Raises:
        BadArgument: naming the argument that is wrong.
    """
    taken = taken_by(function) if taken is None else taken
    checked = {}
    for name, value in values.items():
        takes = taken.get(name, Taken())
        if value is None and not takes.has_none:
            if inspect.signature(function).parameters[name].default is inspect.Parameter.empty:
                raise BadArgument(f"{name} must be {EXPECTED[takes.kind.removeprefix('fixed ')]}, not empty")
            continue
        check(name, takes.kind, value)
        if takes.limits is not None:
            check_limits(name, takes.limits, value)
        checked[name] = value
    return checked


def check(name: str, kind: str, value: object) -> None:
    """Raise BadArgument when ``value`` cannot be what parameter ``name`` of ``kind`` takes; None is always taken.

    Numbers are finite and below 1e20 in size wherever they stand; a constant may be infinite.
    """
    check_extent(name, value, infinite=kind == "constant")
    fixed = kind.startswith("fixed ")
    kind = kind.removeprefix("fixed ")
    if value is None or kind in _FREE:
        return
    if isinstance(value, Distribution):
        if fixed or kind in ("semantics", "labels", "words", "mapping", "callable"):
            raise BadArgument(f"{name} cannot be a distribution here; give {EXPECTED[kind]}")
        return
    fits = _is_flag if fixed and kind == "boolean" else _FITS[kind]
    if not fits(value):
        raise BadArgument(f"{name}={shown(value)} must be {EXPECTED[kind]}{'' if fixed else ' (or a distribution)'}")
    if kind == "vector" and _is_list(value) and len(value) not in (1, 3):
        raise BadArgument(f"{name}={shown(value)} has {len(value)} components, 3 are needed")


def shown(value: object) -> str:
    """Return a short text of a value for a message."""
    return documents.shown(value, 80)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return _is_number(value) and float(value).is_integer()


def _is_flag(value: object) -> bool:
    return isinstance(value, bool) or (_is_number(value) and value in (0, 1))


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_list_of(value: object, fits: Callable[[object], bool]) -> TypeGuard[Sequence[object]]:
    return _is_list(value) and all(fits(v) for v in value)


def _is_prim(value: object) -> bool:
    return isinstance(value, (Prims, str))


def _is_labels(value: object) -> bool:
    """Return whether a value is semantics: a mapping, text with a colon, pairs, or one pair as a tuple."""
    return (
        isinstance(value, Mapping)
        or (isinstance(value, str) and ":" in value)
        or _is_list_of(value, _is_pair)
        or (isinstance(value, tuple) and _is_words(value) and len(value) == 2)
    )


def _is_words(value: object) -> bool:
    return isinstance(value, str) or _is_list_of(value, lambda v: v is None or isinstance(v, str))


def _is_pair(value: object) -> bool:
    return _is_list(value) and len(value) == 2


_FITS: dict[str, Callable[[object], bool]] = {  # kind -> whether a value that is neither None nor a distribution fits
    "number": _is_number,
    "integer": _is_whole,
    "boolean": lambda value: _is_flag(value) or (_is_list_of(value, _is_flag) and bool(value)),
    "string": lambda value: isinstance(value, str),
    "vector": lambda value: (
        _is_number(value) or _is_list_of(value, lambda v: _is_number(v) or isinstance(v, Distribution))
    ),
    "range": lambda value: _is_pair(value) and _is_list_of(value, _is_number),
    "items": lambda value: _is_prim(value) or _is_list_of(value, _is_prim),
    "target": lambda value: _is_prim(value) or _is_list(value),
    "semantics": _is_labels,
    "labels": lambda value: _is_labels(value) or (_is_list(value) and _is_words(value) and len(value) == 2),
    "words": _is_words,
    "list": lambda value: _is_list(value) or isinstance(value, Prims),
    "mapping": lambda value: isinstance(value, Mapping),
    "callable": callable,
}
