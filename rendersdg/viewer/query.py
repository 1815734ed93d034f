"""The filter's language: ``class = scratch and length < 0.3 and not (gain <= 0.8)``, read without running anything.

A comparison is a field, an operator and a value. Values are numbers or text, in quotes where they hold more than a
word. ``and``, ``or``, ``not`` and parentheses join comparisons. The condition is asked of each object: an image is
shown when one of its objects meets all of it. Nothing that an object does not have meets a comparison, also ``!=``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import Mask
from rendersdg.errors import BadArgument, did_you_mean

LONGEST = 2000  # characters of a filter
_DEEPEST = 50  # parentheses and nots within each other
_OPERATORS = ("<=", ">=", "!=", "==", "=", "<", ">", "~")
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<field>`[^`]+`)"""
    r"""|(?P<op><=|>=|!=|==|=|<|>|~)|(?P<paren>[()])|(?P<word>[^\s()<>=!~"'`]+))"""
)
Columns = Mapping[str, NDArray[Any]]  # float64 with NaN, or object with None, one row an object


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field compared with a value: ``op`` is one of ``< <= > >= = != ~``, the last for text that holds another."""

    field: str
    op: str
    value: float | str


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by ``and`` or ``or``, or one turned by ``not``."""

    word: str
    parts: tuple[Condition, ...]


Condition = Comparison | Joined


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int


def parse(text: str) -> Condition:
    """Return the condition that a text says.

    Raises:
        BadArgument: it is not one; says at which character.

    >>> parse("class = scratch and length < 0.3").parts[1]
    Comparison(field='length', op='<', value=0.3)
    """
    if len(text) > LONGEST:
        raise BadArgument(f"a filter has {LONGEST} characters at most; this one has {len(text)}")
    reader = _Reader(_tokens(text), len(text))
    found = reader.either(0)
    if reader.ahead is not None:
        raise reader.wrong("'and', 'or' or the end")
    return found


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            raise BadArgument(f"filter, character {start + 1}: {text[start : start + 12]!r} is not understood")
        kind = str(match.lastgroup)
        found.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return found


class _Reader:
    """Reads tokens by recursive descent: ``or`` binds least, then ``and``, then ``not``."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
        self._tokens, self._at, self._length = tokens, 0, length

    @property
    def ahead(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def wrong(self, wanted: str) -> BadArgument:
        token = self.ahead
        if token is None:
            return BadArgument(f"filter: it ends where {wanted} is needed")
        return BadArgument(f"filter, character {token.place + 1}: {token.text!r} stands where {wanted} is needed")

    def either(self, depth: int) -> Condition:
        return self._joined("or", lambda: self._joined("and", lambda: self._one(depth)))

    def _joined(self, word: str, part: Callable[[], Condition]) -> Condition:
        parts = [part()]
        while self._takes(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _one(self, depth: int) -> Condition:
        if depth > _DEEPEST:
            raise BadArgument(f"filter: more than {_DEEPEST} parentheses stand within each other")
        if self._takes("not"):
            return Joined("not", (self._one(depth + 1),))
        if self._takes("("):
            found = self.either(depth + 1)
            if not self._takes(")"):
                raise self.wrong("')'")
            return found
        return self._comparison()

    def _takes(self, text: str) -> bool:
        token = self.ahead
        if token is None or token.kind == "text" or token.text.lower() != text:
            return False
        self._at += 1
        return True

    def _comparison(self) -> Comparison:
        field = self.ahead
        if field is None or field.kind not in ("word", "field"):
            raise self.wrong("the name of a field")
        self._at += 1
        op = self.ahead
        if op is None or op.kind != "op":
            raise self.wrong(f"one of {' '.join(_OPERATORS)}")
        self._at += 1
        value = self.ahead
        if value is None or value.kind not in ("word", "text"):
            raise self.wrong("a number or a text")
        self._at += 1
        plain = re.sub(r"\\(.)", r"\1", value.text[1:-1]) if value.kind == "text" else value.text
        return Comparison(
            field.text.strip("`"),
            "=" if op.text == "==" else op.text,
            plain if value.kind == "text" else _number_or_text(plain),
        )


def _number_or_text(word: str) -> float | str:
    try:
        number = float(word)
    except ValueError:
        return word
    return number if math.isfinite(number) else word


def renamed(condition: Condition, names: Mapping[str, str]) -> Condition:
    """Return a condition with other names for the fields that ``names`` has; the others stay."""
    if isinstance(condition, Comparison):
        return Comparison(names.get(condition.field, condition.field), condition.op, condition.value)
    return Joined(condition.word, tuple(renamed(part, names) for part in condition.parts))


def matching(condition: Condition, columns: Columns) -> Mask:
    """Return which rows meet a condition, (N,) bool.

    Raises:
        BadArgument: a field is not there, or is compared with what it cannot be.
    """
    if isinstance(condition, Comparison):
        return _compared(condition, columns)
    parts = [matching(part, columns) for part in condition.parts]
    if condition.word == "not":
        return ~parts[0]
    return np.logical_and.reduce(parts) if condition.word == "and" else np.logical_or.reduce(parts)


def field_named(name: str, known: Columns) -> str:
    """Return the field that a text names: itself, or the one that ends with it (``length`` of ``marks.length``).

    Raises BadArgument for one that is not there, and for one that could be several.
    """
    if name in known:
        return name
    ends = [field for field in known if field.endswith((f".{name}", f"/{name}"))]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise BadArgument(f"filter: {name!r} may be {', '.join(ends[:6])}; write one of these")
    tails = {field.rpartition(".")[2] for field in known}
    raise BadArgument(f"filter: there is no field {name!r}{did_you_mean(name, {*known, *tails})}")


def _compared(asked: Comparison, columns: Columns) -> Mask:
    name = field_named(asked.field, columns)
    column, value, op = columns[name], asked.value, asked.op
    if column.dtype == object:
        texts = np.array(["" if v is None else str(v) for v in column], dtype=object)
        is_there = np.array([v is not None for v in column], bool)
        wanted = value if isinstance(value, str) else f"{value:g}"
        if op == "~":
            found = np.array([wanted.lower() in text.lower() for text in texts], bool)
        elif op in ("=", "!="):
            found = np.array([(text == wanted) == (op == "=") for text in texts], bool)
        else:
            raise BadArgument(f"filter: {name} is text; compare it with =, != or ~ (holds), not {op}")
        return found & is_there
    if isinstance(value, str):
        raise BadArgument(f"filter: {name} is a number, and {value!r} is not")
    if op == "~":
        raise BadArgument(f"filter: {name} is a number; ~ is for text")
    with np.errstate(invalid="ignore"):
        found = {
            "<": column < value,
            "<=": column <= value,
            ">": column > value,
            ">=": column >= value,
            "=": np.isclose(column, value, rtol=1e-9, atol=0),
            "!=": ~np.isclose(column, value, rtol=1e-9, atol=0),
        }[op]
    return np.asarray(found & ~np.isnan(column), bool)
