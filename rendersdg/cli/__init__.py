"""The command line. Commands are thin: they read options, call the rooms below, and say what happened."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import rendersdg
from rendersdg.cli import datasets, deploy, exits, generate, learn, names, photographs, rendering, scripts
from rendersdg.errors import RenderSDGError

EXIT_CODES = (
    "Exit codes: 0 done, 2 bad scene or argument, 3 asset, 4 output or dataset, 5 not supported, 6 rendering failed, "
    "7 training failed, 130 interrupted."
)
_COMMANDS: dict[
    str, tuple[Callable[..., None], str]
] = {  # in the order of --help: what is called, and what --help adds
    "render": (
        rendering.render,
        f"Example: rendersdg render scenes/fruit_crate.yaml -o out --frames 20 --workers 2\n\n{EXIT_CODES}",
    ),
    "parity": (
        photographs.compare_renderers,
        f"Example: rendersdg parity out/basic omniverse/basic --least-iou 0.9\n\n{EXIT_CODES}",
    ),
    "fit": (
        photographs.fit_scene,
        f"Example: rendersdg fit scenes/steel_strip.yaml --images photos -o fitted.yaml\n\n{EXIT_CODES}",
    ),
    "run": (
        scripts.run,
        "Example: rendersdg run script.py -o out --frames-limit 20 -- --num_frames 20\n\nEach writer writes where the "
        f"script says; with -o, below it, in a folder named by the last part of its output_dir.\n\n{EXIT_CODES}",
    ),
    "preview": (rendering.preview, "Example: rendersdg preview scenes/bolts_and_gears.yaml -o sheet.png"),
    "replay": (
        datasets.replay,
        "Example: rendersdg replay out --frame 12 -o again\n\nWithout -o the frame is only compared.",
    ),
    "verify": (datasets.verify, "Example: rendersdg verify out"),
    "merge": (datasets.merge_datasets, "Example: rendersdg merge shard_a shard_b -o whole"),
    "list": (names.list_names, "Example: rendersdg list writers"),
    "schema": (names.print_schema, "Example: rendersdg schema > rendersdg.schema.json"),
    "compat": (names.print_compat, "Example: rendersdg compat > docs/replicator-compat.md"),
    "validate": (rendering.validate, "Example: rendersdg validate scenes/fruit_crate.yaml --strict"),
}


class _Commands(TyperGroup):
    """The commands; an interrupt is said, which typer keeps to itself."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            print("interrupted; what is done is kept, and --resume goes on where a command has it", file=sys.stderr)
            raise typer.Exit(130) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=EXIT_CODES,
)

learn.add_to(app)
deploy.add_to(app)
exits.add_to(app)
app.add_typer(generate.app, name="generator")
for _name, (_command, _epilog) in _COMMANDS.items():
    app.command(_name, epilog=_epilog)(_command)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Synthetic data engine: Replicator-style scenes rendered headlessly into labelled, byte-replayable datasets."""
    if version:
        print(f"rendersdg {rendersdg.__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; a mistake in the input is one paragraph and an exit code, never a traceback."""
    try:
        app(standalone_mode=True)
    except RenderSDGError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except MemoryError:
        print("error: out of memory; render a smaller resolution, fewer prims or fewer --workers", file=sys.stderr)
        sys.exit(6)


if __name__ == "__main__":
    main()
