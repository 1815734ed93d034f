"""The commands that open a scene: render, preview, validate."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from rendersdg.cli.options import (
    AssetsOption,
    BackendOption,
    FarmOption,
    FarmOptionsOption,
    FramesOption,
    OutOption,
    QuietOption,
    SceneArgument,
    SeedOption,
    SetOption,
    StrictOption,
    ThreadsOption,
    cores,
    farm_options_of,
    frame_range,
    job_of,
    log_errors,
    print_report,
    takes,
)
from rendersdg.english import counted
from rendersdg.errors import BadArgument, DatasetError
from rendersdg.farm import FARMS
from rendersdg.farm.job import opened
from rendersdg.farm.rendering import How, render_dataset
from rendersdg.farm.shared import shared
from rendersdg.progress import FrameProgress


@dataclass(frozen=True, kw_only=True)
class RenderOptions:
    """Options of ``rendersdg render``."""

    scene: SceneArgument
    out: OutOption
    frames: FramesOption = None
    seed: SeedOption = None
    backend: BackendOption = "raster"
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes on this machine, or tasks of a farm at a time.")
    ] = 1
    threads: ThreadsOption = 1
    farm: FarmOption = "local"
    farm_options: FarmOptionsOption = None
    task_frames: Annotated[
        int | None,
        typer.Option(
            "--task-frames", help="Frames in a farm's task; default: 64 at most, four tasks a worker at least."
        ),
    ] = None
    resume: Annotated[bool, typer.Option("--resume", help="Continue a dataset: render only what is missing.")] = False
    check: Annotated[
        Literal["content", "stat"],
        typer.Option(
            "--check",
            help="What --resume trusts: files whose content is as recorded, or (faster) those of right size and time.",
        ),
    ] = "content"
    strict: StrictOption = False
    changes: SetOption = None
    assets: AssetsOption = None
    quiet: QuietOption = False


@takes(RenderOptions)
def render(options: RenderOptions) -> None:
    """Render a scene into a labelled dataset."""
    if options.farm == "local" and (options.farm_options or options.task_frames):
        raise BadArgument("--farm-option and --task-frames are for --farm ray and slurm")
    if options.check != "content" and not options.resume:
        raise BadArgument("--check says what --resume trusts; give --resume, too")
    if options.farm != "local":
        FARMS[options.farm]  # an unknown farm is an error before the scene is opened
    if options.farm != "local" or options.workers > 1:
        shared(options.out)
    log_errors()
    job = job_of(
        options.scene,
        options.seed,
        options.backend,
        options.strict,
        options.changes,
        options.assets,
        options.threads,
    )
    if options.frames is not None:
        frame_range(options.frames, None)  # and so is what is not a range
    start = time.monotonic()
    how = How(
        farm=options.farm,
        workers=options.workers,
        resume=options.resume,
        check=options.check,
        task_frames=options.task_frames,
        farm_options=farm_options_of(options.farm_options),
    )
    with FrameProgress(None, "render", quiet=options.quiet) as progress:
        rendered = render_dataset(job, options.out, lambda length: frame_range(options.frames, length), how, progress)
    if not options.quiet:
        print_report(rendered.all_reports())
        spent = time.monotonic() - start
        if rendered.damaged:
            first, text = min(rendered.damaged.items())
            frames = counted(len(rendered.damaged), "frame")
            print(f"rendered anew, since damaged: {frames} (frame {first}: {text})")
        print(f"{rendered.summary()}; {counted(rendered.files, 'file')} in {options.out} ({spent:.1f} s)")
        print(f"root {rendered.root}")
    rendered.require_all()


@dataclass(frozen=True, kw_only=True)
class PreviewOptions:
    """Options of ``rendersdg preview``."""

    scene: SceneArgument
    out: Annotated[Path, typer.Option("--out", "-o", help="The contact sheet, a PNG.")]
    frames: FramesOption = "4"
    seed: SeedOption = None
    backend: BackendOption = "raster"
    strict: StrictOption = False
    changes: SetOption = None
    assets: AssetsOption = None
    plain: Annotated[bool, typer.Option("--plain", help="Pictures alone, without boxes and masks.")] = False
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Threads that draw one frame; default: one a core.")
    ] = None


@takes(PreviewOptions)
def preview(options: PreviewOptions) -> None:
    """Draw a contact sheet of some frames with boxes, masks and labels."""
    log_errors()
    job = job_of(
        options.scene,
        options.seed,
        options.backend,
        options.strict,
        options.changes,
        options.assets,
        options.threads or cores(),
    )
    with opened(job) as (session, _):
        from rendersdg.orchestrator.preview import contact_sheet

        sheet = contact_sheet(session, frame_range(options.frames, session.length()), plain=options.plain)
        print_report(session.recorder.report.as_json())
    try:
        options.out.write_bytes(sheet)
    except OSError as error:
        raise DatasetError(f"cannot write {options.out}: {error.strerror}") from None
    print(f"wrote {options.out}")


def validate(
    scene: SceneArgument, strict: StrictOption = False, changes: SetOption = None, assets: AssetsOption = None
) -> None:
    """Read a scene and its assets and evaluate its first frame, without rendering."""
    log_errors()
    with opened(job_of(scene, None, "null", strict, changes, assets)) as (session, _):
        snapshot = session.snapshot(0)
        length = session.length()
        print_report(session.recorder.report.as_json())
    counts = (
        "endless frames" if length is None else counted(length, "frame"),
        counted(len(snapshot.instances), "mesh"),
        counted(len(snapshot.lights), "light"),
        counted(len(snapshot.products), "render product"),
        counted(len(session.writers), "writer"),
    )
    print(f"{scene.name}: good; {', '.join(counts)}")
