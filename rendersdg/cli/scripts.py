"""The command that runs a Replicator script."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from rendersdg.backends import check_name
from rendersdg.cli.options import (
    AssetsOption,
    BackendOption,
    QualityOption,
    QuietOption,
    SeedOption,
    StrictOption,
    ThreadsOption,
    asset_pairs,
    log_errors,
    print_report,
    takes,
)
from rendersdg.english import counted
from rendersdg.errors import BadArgument
from rendersdg.omni.source import source_of
from rendersdg.progress import FrameProgress, step


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Options of ``rendersdg run``."""

    script: Annotated[Path, typer.Argument(metavar="SCRIPT", help="A Replicator script, .py or .ipynb.")]
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[-- ARGS]", help="Arguments of the script.")] = None
    out: Annotated[
        str | None, typer.Option("--out", "-o", help="Output folder or URL; default: where the script says.")
    ] = None
    workers: Annotated[int, typer.Option("--workers", help="Processes for the frames of a graph script.")] = 1
    threads: ThreadsOption = 1
    limit: Annotated[int | None, typer.Option("--frames-limit", help="The most frames to capture.")] = None
    seed: SeedOption = None
    backend: BackendOption = "raster"
    quality: QualityOption = None
    strict: StrictOption = False
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a dataset of another making that is there.")
    ] = False
    assets: AssetsOption = None
    stage: Annotated[
        str,
        typer.Option(
            "--stage",
            help="The stage to begin on: kit's new one (Y up, centimetres), isaac's (Z up, metres); auto: isaac's for "
            "a script that uses a package of Isaac Sim's, or rep.functional to make prims; or a USD file, for a script "
            "that expects an open stage.",
        ),
    ] = "auto"
    segmentations: Annotated[
        str,
        typer.Option(
            "--segmentations",
            help="How a script gets coloured segmentations: rgba is uint8 (H, W, 4), uint32 is (H, W) as before Isaac "
            "Sim 6; auto: uint32 for a script that calls frombuffer.",
        ),
    ] = "auto"
    quiet: QuietOption = False


@takes(RunOptions)
def run(options: RunOptions) -> None:
    """Run an Omniverse Replicator script, unchanged, without Omniverse."""
    log_errors()
    if options.workers < 1:
        raise BadArgument(f"--workers {options.workers}: give 1 or more")
    if options.limit is not None and options.limit < 1:
        raise BadArgument(f"--frames-limit {options.limit}: give 1 or more")
    check_name(options.backend)
    assets = asset_pairs(options.assets)
    source_of(options.script)  # what is not a script is an error before the renderer is loaded
    start = time.monotonic()
    with FrameProgress(options.limit, "capture", quiet=options.quiet) as progress:
        with step("loading the renderer"):
            from rendersdg.omni.runner import Options, run_script

        outcome = run_script(
            options.script,
            Options(
                out=options.out,
                limit=options.limit,
                seed=options.seed,
                backend=options.backend,
                quality=options.quality,
                strict=options.strict,
                overwrite=options.overwrite,
                arguments=tuple(options.arguments or ()),
                workers=options.workers,
                assets=assets,
                threads=options.threads,
                stage=options.stage,
                segmentations=options.segmentations,
            ),
            lambda frame: progress(frame, {}),
        )
    if not options.quiet:
        print_report(outcome.report)
        for note in outcome.notes:
            print(note)
        for place, frames, files in outcome.datasets:
            print(f"{counted(frames, 'frame')}, {counted(files, 'file')} in {place}")
        reads = f", {outcome.reads} read between them by annotators" if outcome.reads else ""
        print(f"{counted(outcome.frames, 'frame')} captured{reads} ({time.monotonic() - start:.1f} s)")
    if outcome.error is not None:
        print(f"error: {outcome.error}", file=sys.stderr)
        if outcome.datasets:
            print("frames captured before are complete", file=sys.stderr)
    if outcome.exit_code:
        raise typer.Exit(outcome.exit_code)
