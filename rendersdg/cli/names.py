"""The commands that say what there is: help, list, schema, compat."""

from __future__ import annotations

import shutil
from importlib import import_module
from typing import Annotated

import typer

from rendersdg.errors import BadArgument
from rendersdg.extras import needs

_KINDS = {  # the tables of names, each where it stands
    "functions": "rendersdg.scene:FUNCTIONS",
    "writers": "writers:WRITERS",
    "annotators": "rendersdg.annotators:ANNOTATORS",
    "backends": "rendersdg.backends:BACKENDS",
    "operations": "rendersdg.stage.effects:EFFECTS",
    "readers": "detectors.readers:READERS",
    "detectors": "detectors.contract:DETECTORS",
    "classifiers": "detectors.classify:CLASSIFIERS",
    "defects": "rendersdg.defects:DEFECTS",
    "surfaces": "rendersdg.assets.surfaces:SURFACES",
    "exports": "rendersdg.omni:EXPORTS",
}


_OTHERS = ("assets", "textures", "properties")


_NARROWEST, _WIDEST = 60, 110  # characters of a line


def help_(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="A function (create.light), writer (YoloWriter), annotator, backend, module (create), topic (units) "
            "or command.",
        ),
    ] = None,
) -> None:
    """Tell what a function, a writer, a command, ... takes: each argument with its unit and default, and an example."""
    top = ctx.find_root()
    commands = getattr(top.command, "commands", {})
    if name in commands:
        print(commands[name].get_help(typer.Context(commands[name], info_name=name, parent=top)))
        return
    from rendersdg.reference import text

    width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
    print(text(name, width=width, also=list(commands)), end="")


def list_names(
    kind: Annotated[
        str,
        typer.Argument(help=f"{', '.join([*_KINDS, *_OTHERS])}.", autocompletion=lambda: [*_KINDS, *_OTHERS]),
    ],
) -> None:
    """List what there is of a kind, a line each."""
    if kind in _KINDS:
        if kind in ("detectors", "classifiers"):
            needs("torch", "train")
        module, _, attribute = _KINDS[kind].partition(":")
        table = getattr(import_module(module), attribute)
        for name in table:
            print(f"{name:40s} {table.summary(name)}")
    elif kind == "assets":
        from rendersdg.assets.library import LIBRARY
        from rendersdg.assets.resolver import SCHEME
        from rendersdg.docstrings import summary

        for name in sorted(LIBRARY):
            print(f"{SCHEME + name:40s} {summary(LIBRARY[name])}")
    elif kind == "textures":
        from rendersdg.assets.patterns import PATTERNS
        from rendersdg.assets.resolver import SCHEME

        for name in sorted(PATTERNS):
            print(SCHEME + name)
    elif kind == "properties":
        from rendersdg.stage.reads_table import as_markdown

        print(as_markdown(), end="")
    else:
        raise BadArgument(f"there is no kind {kind!r}; kinds: {', '.join([*_KINDS, *_OTHERS])}")


def print_schema() -> None:
    """Print the JSON Schema of the YAML scenes, for editors."""
    from rendersdg.yaml.schema import schema_text

    print(schema_text(), end="")


def print_compat() -> None:
    """Print which names of Replicator's and Isaac Sim's Python APIs are implemented, and which are refused and why."""
    from rendersdg.omni import compat as omniverse
    from rendersdg.replicator import compat as replicator

    print(replicator.report(), omniverse.report(), sep="\n", end="")
