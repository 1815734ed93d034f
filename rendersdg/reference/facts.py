"""What there is and what it takes: one record for each function, writer, annotator and backend, made from the tables
that the engine itself reads. The JSON Schema, ``rendersdg help`` and the pages of the reference are made from these.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rendersdg.docstrings import summary
from rendersdg.reference.examples import example_of
from rendersdg.reference.texts import said_of
from rendersdg.scene import FUNCTIONS
from rendersdg.scene.bounds import Limits
from rendersdg.scene.defaults import SCENE_DEFAULTS
from rendersdg.scene.signatures import defaults_of
from rendersdg.scene.types import EXPECTED, Taken, taken_by
from rendersdg.scene.writers import METHODS
from writers import WRITERS, Writer
from writers.options import OUTPUT_DIR, Option

NEEDED = object()  # the default of an argument that must be given
_DISTRIBUTED = ("semantics", "labels", "words", "mapping", "callable", "any", "constant")  # by a word of their own


@dataclass(frozen=True)
class Argument:
    """An argument of a function, or a parameter of a writer.

    ``kind`` is a word of ``scene.types.EXPECTED``; ``may_vary`` says that a distribution is taken. ``default`` is
    :data:`NEEDED` where it must be given. ``words`` are the values that are counted; ``any_case`` says that capitals do
    not matter, ``is_open`` that others are taken, too.
    """

    name: str
    kind: str
    text: str
    unit: str = ""
    default: object = NEEDED
    words: tuple[str, ...] = ()
    any_case: bool = False
    is_open: bool = False
    may_vary: bool = False
    limits: Limits | None = None

    @property
    def is_needed(self) -> bool:
        """Whether it must be given."""
        return self.default is NEEDED

    @property
    def takes(self) -> str:
        """What it takes, in words: its type, whether it may be drawn, and limits."""
        words = EXPECTED[self.kind]
        if self.words:
            words = ("one of " if not self.is_open else f"{words}, such as ") + ", ".join(self.words)
        if self.may_vary:
            words += ", or a distribution"
        if self.limits is not None:
            words += f"; {self.limits.said()}"
        return words


@dataclass(frozen=True)
class Entry:
    """What there is to say of one thing: its name, its kind (function, writer, annotator, backend), what it does in a
    sentence, the rest of its docstring, its arguments, and an example in YAML (or a command).
    """

    name: str
    kind: str
    summary: str
    text: str = ""
    arguments: tuple[Argument, ...] = ()
    example: str = ""


def function_entry(name: str) -> Entry:
    """Return what there is to say of a recording function. Raises BadArgument for an unknown name."""
    function = METHODS["attach"] if name == "writers.attach" else FUNCTIONS[name]
    first, rest = split_docstring(function)
    return Entry(
        name,
        "function",
        first,
        rest,
        arguments_of(name, function),
        example_of(name, [*inspect.signature(function).parameters]),
    )


def arguments_of(name: str, function: Callable[..., object]) -> tuple[Argument, ...]:
    """Return the arguments of a recording function called ``name``, in its order."""
    own = {argument: default for (label, argument), default in SCENE_DEFAULTS.items() if label == name}
    taken, defaults = taken_by(function), {**defaults_of(function), **own}
    return tuple(
        _argument(name, argument, taken.get(argument, Taken()), defaults.get(argument, NEEDED))
        for argument in inspect.signature(function).parameters
    )


def _argument(function: str, name: str, taken: Taken, default: object) -> Argument:
    kind = taken.kind.removeprefix("fixed ")
    unit, text = said_of(function, name) or ("", "")
    may_vary = not taken.kind.startswith("fixed ") and kind not in _DISTRIBUTED
    if (function, name) == ("writers.get", "name"):
        return Argument(name, kind, text, unit, default, tuple(WRITERS))
    words = taken.words
    if words is None:
        return Argument(name, kind, text, unit, default, may_vary=may_vary, limits=taken.limits)
    return Argument(
        name, kind, text, unit, default, words.values, words.any_case, words.is_open, may_vary, limits=taken.limits
    )


def writer_entry(name: str) -> Entry:
    """Return what there is to say of a writer. Raises BadArgument for an unknown name."""
    kind = WRITERS[name]
    first, rest = split_docstring(kind)
    parameters = writer_parameters(kind)
    return Entry(name, "writer", first, rest, parameters, example_of(name, [p.name for p in parameters]))


def writer_parameters(kind: type[Writer]) -> tuple[Argument, ...]:
    """Return the parameters of a writer in their order, ``output_dir`` first."""
    unknown = Option("constant", "")
    return tuple(
        _parameter(name, option)
        for name, option in {
            "output_dir": OUTPUT_DIR,
            **{p: kind.options.get(p, unknown) for p in kind.parameters},
        }.items()
    )


def _parameter(name: str, option: Option) -> Argument:
    return Argument(
        name,
        option.kind,
        option.text,
        option.unit,
        NEEDED if option.is_needed else option.default,
        option.values,
        limits=None if option.least is None else Limits(least=option.least),
    )


def annotator_entry(name: str) -> Entry:
    """Return what there is to say of an annotator. Raises BadArgument for an unknown name."""
    from rendersdg.annotators import ANNOTATORS

    first, rest = split_docstring(ANNOTATORS[name])
    return Entry(name, "annotator", first, rest, (), example_of(f"annotator {name}", []))


def backend_entry(name: str) -> Entry:
    """Return what there is to say of a backend. Raises BadArgument for an unknown name."""
    from rendersdg.backends import BACKENDS

    first, rest = split_docstring(BACKENDS[name])
    return Entry(name, "backend", first, rest, (), f"rendersdg render scene.yaml -o out --backend {name}\n")


def split_docstring(thing: Any) -> tuple[str, str]:
    """Return the first paragraph of a docstring in one line, and what follows it."""
    whole = inspect.getdoc(thing) or ""
    return summary(thing), whole.partition("\n\n")[2].strip()
