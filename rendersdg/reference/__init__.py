"""The reference of all functions, writers, annotators and backends, for the terminal and as Markdown pages.

Everything comes from the tables of the engine: signatures, annotations, registries and docstrings, and one sentence an
argument in ``texts.py``.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Sequence

from rendersdg.annotators import ANNOTATORS
from rendersdg.backends import BACKENDS
from rendersdg.docstrings import summary
from rendersdg.errors import BadArgument, did_you_mean
from rendersdg.reference.facts import (
    NEEDED,
    Argument,
    Entry,
    annotator_entry,
    backend_entry,
    function_entry,
    writer_entry,
)
from rendersdg.reference.topics import MODULES, TOPICS
from rendersdg.scene import FUNCTIONS
from rendersdg.scene.defaults import SceneDefault
from writers import WRITERS

__all__ = ["default_text", "entry", "names", "page", "text"]

_TABLES = (
    ("writer", WRITERS, writer_entry, "what is written to disk"),
    ("annotator", ANNOTATORS, annotator_entry, "what is known of a frame"),
    ("backend", BACKENDS, backend_entry, "what paints the picture"),
)


def names() -> dict[str, list[str]]:
    """Return the names of everything that :func:`page` knows, by kind: functions, writers, annotators, backends,
    modules and topics.
    """
    tables = {f"{kind}s": list(table) for kind, table, _, _ in _TABLES}
    return {"topics": list(TOPICS), "modules": list(MODULES), "functions": [*FUNCTIONS, "writers.attach"], **tables}


def entry(name: str, also: Sequence[str] = ()) -> Entry:
    """Return what there is to say of a function, writer, annotator or backend. Raises BadArgument, with the nearest
    name, for an unknown one; ``also`` are names that may have been meant beside these.
    """
    plain = name.removeprefix("rep.")
    if plain in FUNCTIONS or plain == "writers.attach":
        return function_entry(plain)
    for _, table, make, _ in _TABLES:
        if plain in table:
            return make(plain)
    raise BadArgument(f"there is nothing called {name!r}{_nearest(plain, also)}")


def _nearest(name: str, also: Sequence[str]) -> str:
    """Return ``"; did you mean ...?"``: those whose last word it is, else the closest of all names."""
    known = [*(n for group in names().values() for n in group), *also]
    ending = [n for n in known if n.rpartition(".")[2].lower() == name.rpartition(".")[2].lower()]
    if ending:
        return f"; did you mean {' or '.join(map(repr, ending[:6]))}?"
    by_small = {n.lower(): n for n in known}
    close = did_you_mean(name.lower(), by_small)
    found = re.search(r"did you mean '(.*)'", close)
    return f"; did you mean {by_small[found[1]]!r}?" if found else "; rendersdg help lists what there is"


def page(name: str) -> str:
    """Return a page of the reference as Markdown: a function, writer, annotator or backend, a module, or a topic.

    Args:
        name: one of :func:`names`.

    Raises:
        BadArgument: it is unknown; the message has the nearest name.
    """
    if name in TOPICS:
        title, body = TOPICS[name]
        return f"# {title}\n\n{_fenced(body)}\n"
    if name in MODULES or f"{name.removesuffix('s')}" in {kind for kind, *_ in _TABLES}:
        rows = [f"| `{n}` | {_cell(_markdown(what))} |" for n, what in _listed(name)]
        about = _about(name)
        return (
            "\n".join([f"# `{name}`", "", f"{about[0].upper()}{about[1:]}.", "", "| name | does |", "|---|---|", *rows])
            + "\n"
        )
    found = entry(name)
    told = _literal(_markdown(found.summary))
    parts = [f"# `{found.name}`", f"A {found.kind}. {told}".replace("A annot", "An annot")]
    if found.text:
        parts.append(_literal(_markdown(found.text)))
    if found.arguments:
        rows = [
            f"| `{a.name}` | {_cell(a.takes)} | {_cell(a.unit)} | {_cell(default_text(a))} | {_cell(a.text)} |"
            for a in found.arguments
        ]
        heading = "## Arguments" if found.kind == "function" else "## Parameters"
        table = ["| name | takes | unit | default | what it is |", "|---|---|---|---|---|", *rows]
        parts += [heading, "\n".join(table)]
    if found.example:
        language = "sh" if found.kind == "backend" else "yaml"
        parts += ["## Example", f"```{language}\n{found.example}```"]
    return "\n\n".join(parts) + "\n"


def text(name: str | None = None, *, width: int = 100, also: Sequence[str] = ()) -> str:
    """Return what ``rendersdg help NAME`` prints; without a name, what there is.

    Args:
        name: one of :func:`names`; ``rep.`` may stand before a function's.
        width: of a line, characters.
        also: names that may have been meant beside these.

    Raises:
        BadArgument: the name is unknown; the message has the nearest one.
    """
    if name is None:
        return _overview()
    if name in TOPICS:
        return "{}\n\n{}\n".format(*TOPICS[name])
    if name in MODULES or name.removesuffix("s") in {kind for kind, *_ in _TABLES}:
        rows = list(_listed(name))
        wide = max(len(n) for n, _ in rows) + 2
        lines = [_filled(f"{n:{wide}s}{_markdown(what)}", width, " " * wide) for n, what in rows]
        return f"{name}: {_about(name)}\n\n" + "\n".join(lines) + f"\n\nrendersdg help {rows[0][0]} says more.\n"
    found = entry(name, also)
    parts = [_filled(f"{found.name}, a{'n' * (found.kind[0] == 'a')} {found.kind}: {_markdown(found.summary)}", width)]
    parts += [_filled(_markdown(paragraph), width) for paragraph in found.text.split("\n\n") if found.text]
    if found.arguments:
        parts.append("\n".join(_argument_lines(found.arguments, width)))
    if found.example:
        parts.append("Example:\n\n" + textwrap.indent(found.example.rstrip(), "    "))
    return "\n\n".join(parts) + "\n"


def _argument_lines(arguments: tuple[Argument, ...], width: int) -> Iterator[str]:
    yield "Arguments:"
    for a in arguments:
        unit = f" [{a.unit}]" if a.unit else ""
        need = "must be given" if a.is_needed else f"default {default_text(a)}"
        yield _filled(f"  {a.name}{unit}: {a.takes}; {need}", width, "      ")
        if a.text:
            yield _filled(f"      {a.text}", width, "      ")


def default_text(a: Argument) -> str:
    """Return the default of an argument as YAML writes it; "none" where it is not set, "" where it must be given."""
    if a.default is NEEDED:
        return ""
    value = list(a.default) if isinstance(a.default, tuple) else a.default
    if value is None or value == []:
        return "none"
    return str(value) if isinstance(value, (str, SceneDefault)) else json.dumps(value)


def _overview() -> str:
    lines = [
        "rendersdg help NAME tells of a topic, a module, a function, a writer, an annotator, a backend or a command."
    ]
    lines += ["", "Topics:", *(f"  {name:14s}{title}" for name, (title, _) in TOPICS.items())]
    lines += ["", "Modules of functions:", *(f"  {name:14s}{what}" for name, what in MODULES.items())]
    lines += ["", "Tables:", *(f"  {kind + 's':14s}{what}" for kind, _, _, what in _TABLES)]
    lines += ["", "For example: rendersdg help create.light, rendersdg help YoloWriter, rendersdg help render"]
    return "\n".join(lines) + "\n"


def _about(name: str) -> str:
    return MODULES.get(name) or next(what for kind, _, _, what in _TABLES if name == f"{kind}s" or name == kind)


def _listed(name: str) -> Iterator[tuple[str, str]]:
    """Give what a module or a table holds, with a sentence each; the writers are a table and a module."""
    if name in MODULES:
        for function in names()["functions"]:
            if function.startswith(f"{name}."):
                yield function, function_entry(function).summary
    for kind, table, _, _ in _TABLES:
        if name in (kind, f"{kind}s"):
            yield from ((n, summary(table[n])) for n in table)


def _filled(line: str, width: int, indent: str = "") -> str:
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _markdown(marked: str) -> str:
    """Return a docstring's text with names between single backticks."""
    return re.sub(r":\w+:`([^`]*)`", r"`\1`", marked).replace("``", "`")


def _literal(words: str) -> str:
    """Return text so that Markdown shows what would be HTML or emphasis in it, outside of names in backticks."""
    parts = words.split("`")
    parts[::2] = [re.sub(r"([<*])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


def _cell(words: str) -> str:
    return _literal(words).replace("|", "\\|")


def _fenced(body: str) -> str:
    """Return a topic with its indented examples as blocks of YAML."""
    return re.sub(r"(?m)(?:^    .*\n?)+", lambda block: f"```yaml\n{textwrap.dedent(block[0]).rstrip()}\n```\n", body)
