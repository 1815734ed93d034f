"""The command line. Commands are thin: they read options, call the rooms below, and say what happened."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import rendersdg
from rendersdg.cli import (
    anomaly,
    asset_inspection,
    begin,
    comparing,
    datasets,
    deploy,
    exits,
    generate,
    learn,
    names,
    photographs,
    quantization,
    rendering,
    reports,
    scripts,
    sets,
    steering,
    viewing,
    vision,
)
from rendersdg.cli.options import checked_values, log_at
from rendersdg.errors import BadArgument
from rendersdg.guard import DEBUG, as_foreseen, show_traceback

EXIT_CODES = (
    "Exit codes: 0 done, 2 bad scene or argument, 3 asset, 4 output or dataset, 5 not supported, 6 rendering failed, "
    "7 training failed, 70 a fault of rendersdg's own, 130 interrupted."
)
_OF_LEARNING = "Exit codes: 0 done, 2 bad argument, 4 data or output, 7 training failed, 130 interrupted."
_OF_STEERING = (
    "Exit codes: 0 done, 2 bad scene or argument, 3 asset, 4 data or output, 5 not supported, 7 training failed, 130 "
    "interrupted."
)
_OF_NETWORKS = "Exit codes: 0 done, 2 bad argument, 4 data or output, 7 beyond the gate, 130 interrupted."
_OF_EXPORT = (
    "Exit codes: 0 done, 2 bad scene or argument, 3 asset, 4 data or output, 7 beyond the gate, 130 interrupted."
)


@dataclass(frozen=True, slots=True)
class _Command:
    """What a command's name calls, and what ``--help`` adds: examples, and paragraphs after them."""

    call: Callable[..., None]
    examples: str
    notes: tuple[str, ...] = ()

    @property
    def epilog(self) -> str:
        """What stands at the end of ``--help``."""
        return "\n\n".join([f"Example: rendersdg {self.examples}", *self.notes])


_COMMANDS = {
    "init": _Command(begin.init, "init my_scene.yaml --kind defects"),
    "examples": _Command(begin.examples, "examples fruit_crate -o scenes"),
    "report": _Command(
        reports.report_,
        "report out --real voc:photos@val -o report.html",
        ("Exit codes: 0 done, whatever is found; 2 bad argument, 4 data, or with --strict faults, 130 interrupted.",),
    ),
    "split": _Command(sets.split_, "split voc:photos -o lists --shares train=0.7,val=0.3 --by group", (_OF_LEARNING,)),
    "composite": _Command(
        sets.composite_, "composite scenes/magnetic_tile.yaml photos/good -o made --frames 60", (_OF_LEARNING,)
    ),
    "mix": _Command(
        sets.mix_,
        "mix --real voc:photos@train --synthetic out --real-fraction 0.1 --schedule rehearse -o mix",
        (_OF_LEARNING,),
    ),
    "train": _Command(
        learn.train_, "train mix --val voc:photos@val --detector fcos_resnet18 --steps 2000 -o run", (_OF_LEARNING,)
    ),
    "train-classifier": _Command(
        learn.train_classifier_,
        "train-classifier cifar10/train.npz --val cifar10/test.npz --network resnet20 -o run",
        (_OF_LEARNING,),
    ),
    "train-anomaly": _Command(
        anomaly.train_anomaly_,
        "train-anomaly photos/good --scene scenes/magnetic_tile.yaml --test magnetic-tile:photos -o run",
        (_OF_STEERING,),
    ),
    "evaluate-anomaly": _Command(
        anomaly.evaluate_anomaly_, "evaluate-anomaly run mvtec:bottle@test -o scores", (_OF_LEARNING,)
    ),
    "evaluate": _Command(learn.evaluate_, "evaluate run voc:photos@val -o scores", (_OF_LEARNING,)),
    "compare": _Command(comparing.compare_, "compare run_a run_b voc:photos@val -o compare.json", (_OF_LEARNING,)),
    "steer": _Command(steering.steer_, "steer scenes/studies/steer_steel.yaml -o steered", (_OF_STEERING,)),
    "explain": _Command(steering.explain_, "explain run out --frame 12 -o explained", (_OF_STEERING,)),
    "study": _Command(learn.study_, "study scenes/studies/neu_det.yaml -o study --jobs 2", (_OF_LEARNING,)),
    "quantize": _Command(
        quantization.quantize_,
        "quantize exported/model.xml --calibration scenes/steel_strip.yaml -o int8",
        (_OF_NETWORKS,),
    ),
    "calibrate": _Command(
        quantization.calibrate_,
        "calibrate run --on voc:photos@val --calibration real=photos --calibration noise=noise -o calibration",
        (_OF_NETWORKS,),
    ),
    "serve": _Command(
        deploy.serve_,
        "serve int8/model.xml, then curl --data-binary @photo.jpg localhost:8080/find",
        (_OF_NETWORKS,),
    ),
    "export-triton": _Command(
        deploy.export_triton_,
        "export-triton exported -o models, then tritonserver --model-repository=models",
        (_OF_NETWORKS,),
    ),
    "predict": _Command(deploy.predict_, "predict int8/model.xml photos -o found", (_OF_NETWORKS,)),
    "export": _Command(
        exits.export_,
        "export scenes/fruit_crate.yaml --to replicator-script --target isaac-5 -o fruit_crate.py; or rendersdg export "
        "run -o exported",
        (_OF_EXPORT,),
    ),
    "render": _Command(
        rendering.render, "render scenes/fruit_crate.yaml -o out --frames 20 --workers 2", (EXIT_CODES,)
    ),
    "view": _Command(viewing.view, "view out; or rendersdg view run --data voc:photos@val", (EXIT_CODES,)),
    "parity": _Command(
        photographs.compare_renderers, "parity out/basic omniverse/basic --least-iou 0.9", (EXIT_CODES,)
    ),
    "fit": _Command(photographs.fit_scene, "fit scenes/steel_strip.yaml --images photos -o fitted.yaml", (EXIT_CODES,)),
    "run": _Command(
        scripts.run,
        "run script.py -o out --frames-limit 20 -- --num_frames 20",
        (
            "Each writer writes where the script says; with -o, below it, in a folder named by the last part of its "
            "output_dir.",
            EXIT_CODES,
        ),
    ),
    "preview": _Command(rendering.preview, "preview scenes/bolts_and_gears.yaml -o sheet.png"),
    "replay": _Command(datasets.replay, "replay out --frame 12 -o again", ("Without -o the frame is only compared.",)),
    "verify": _Command(datasets.verify, "verify out"),
    "merge": _Command(datasets.merge_datasets, "merge shard_a shard_b -o whole"),
    "help": _Command(names.help_, "help create.light"),
    "list": _Command(names.list_names, "list writers"),
    "schema": _Command(names.print_schema, "schema > rendersdg.schema.json"),
    "compat": _Command(names.print_compat, "compat > docs/replicator-compat.md"),
    "inspect": _Command(asset_inspection.inspect_, "inspect part.usd -o part.png", (EXIT_CODES,)),
    "validate": _Command(rendering.validate, "validate scenes/fruit_crate.yaml --strict"),
}
HEADINGS = {  # of --help, in the order of the work
    "Write a scene": "init examples help list schema compat inspect fit validate",
    "Render": "preview render run replay verify merge",
    "Look at it": "view",
    "Compare, and take elsewhere": "parity export",
    "Prepare data": "report split composite mix",
    "Learn": "train evaluate compare predict study steer explain train-classifier generator vision",
    "Learn from good parts alone": "train-anomaly evaluate-anomaly",
    "Deploy": "quantize calibrate export-triton serve",
}


class _Commands(TyperGroup):
    """The commands; an interrupt is said, which typer keeps to itself, and nothing that is given is empty."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands below a heading each, in the order of the work."""
        width = formatter.width - max(map(len, self.commands)) - 6
        for heading, names_of in HEADINGS.items():
            with formatter.section(heading):
                formatter.write_dl([(n, self.commands[n].get_short_help_str(width)) for n in names_of.split()])

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the words of the command line. Raises BadArgument for an empty one: a folder called nothing is none."""
        given = args[: args.index("--")] if "--" in args else args  # what follows is a script's own
        for before, word in zip(["", *given], given):
            if not word or (word.startswith("--") and word.find("=") == len(word) - 1):
                option = word[:-1] or (before if before.startswith("-") else "")
                raise BadArgument(f"{option or 'an argument'} is empty; give a value")
        return list(super().parse_args(ctx, args))

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
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=EXIT_CODES,
)

app.add_typer(generate.app, name="generator")
app.add_typer(vision.app, name="vision")
for _name, _command in _COMMANDS.items():
    app.command(_name, epilog=_command.epilog)(checked_values(_command.call))


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log what libraries warn of and what is noted; before the command.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help=f"Print the traceback of what fails, as {DEBUG}=1 does; before the command.")
    ] = False,
) -> None:
    """Synthetic data engine: Replicator-style scenes rendered headlessly into labelled, byte-replayable datasets."""
    if debug:
        os.environ[DEBUG] = "1"  # workers are to do the same
    if verbose:
        log_at(logging.INFO)
    if version:
        print(f"rendersdg {rendersdg.__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; what fails is one paragraph and an exit code, a traceback only with ``--debug``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that is not text must not end what tells of it
    try:
        app(standalone_mode=True)
    except MemoryError as error:
        show_traceback(error)
        print("error: out of memory; render a smaller resolution, fewer prims or fewer --workers", file=sys.stderr)
        sys.exit(6)
    except Exception as error:
        show_traceback(error)
        told = as_foreseen(error)
        print(f"error: {told}", file=sys.stderr)
        sys.exit(told.exit_code)


if __name__ == "__main__":
    main()
