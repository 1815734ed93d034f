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
    QualityOption,
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
    picture_format,
    print_report,
    takes,
    write_picture,
)
from rendersdg.english import counted
from rendersdg.errors import BadArgument
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
    quality: QualityOption = None
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
        quality=options.quality,
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
    out: Annotated[Path, typer.Option("--out", "-o", help="The contact sheet: .png, .jpg, ...")] = Path("sheet.png")
    frames: FramesOption = None
    seed: SeedOption = None
    backend: BackendOption = "raster"
    quality: QualityOption = None
    strict: StrictOption = False
    changes: SetOption = None
    assets: AssetsOption = None
    size: Annotated[int, typer.Option("--size", min=32, max=4096, help="Pixels of a tile's longer side.")] = 480
    annotator: Annotated[
        str | None,
        typer.Option("--annotator", help="Show what an annotator gives instead: normals, distance_to_camera, ..."),
    ] = None
    plain: Annotated[bool, typer.Option("--plain", help="Pictures alone, without boxes and masks.")] = False
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Threads that draw one frame; default: one a core.")
    ] = None


_PREVIEWED = 4  # frames, where nothing is said


@takes(PreviewOptions)
def preview(options: PreviewOptions) -> None:
    """Draw a contact sheet of some frames with the boxes, masks and classes that will be written."""
    log_errors()
    extension = picture_format(options.out)
    job = job_of(
        options.scene,
        options.seed,
        options.backend,
        options.strict,
        options.changes,
        options.assets,
        options.threads or cores(),
        quality=options.quality,
    )
    if options.frames is not None:
        frame_range(options.frames, None)  # what is not a range is an error before the scene is opened
    with FrameProgress(None, "preview") as progress, opened(job) as (session, _):
        from rendersdg.orchestrator.preview import contact_sheet

        length = session.length()
        first = str(_PREVIEWED if length is None else min(_PREVIEWED, length))
        frames = frame_range(options.frames or first, None)
        progress.expect(len(frames))
        sheet = contact_sheet(
            session,
            frames,
            plain=options.plain,
            annotator=options.annotator,
            size_px=options.size,
            extension=extension,
            done=lambda frame: progress(frame, {}),
        )
        told = session.recorder.report.as_json()
    print_report(told)
    write_picture(options.out, sheet)
    print(f"wrote {options.out}")


def validate(
    scene: SceneArgument, strict: StrictOption = False, changes: SetOption = None, assets: AssetsOption = None
) -> None:
    """Read a scene and its assets, evaluate its first frames without rendering, and say what is doubtful in them."""
    log_errors()
    with opened(job_of(scene, None, "null", strict, changes, assets)) as (session, _):
        from rendersdg.orchestrator.doubts import Doubts

        snapshot, doubts = session.snapshot(0), Doubts()
        length = session.length()
        for frame in range(_PREVIEWED if length is None else min(_PREVIEWED, length)):
            for view in session.views(session.snapshot(frame), {}).values():
                doubts.look(frame, view)
        doubts.note_in(session.recorder.report)
        print_report(session.recorder.report.as_json())
    counts = (
        "endless frames" if length is None else counted(length, "frame"),
        counted(len(snapshot.instances), "mesh"),
        counted(len(snapshot.lights), "light"),
        counted(len(snapshot.products), "render product"),
        counted(len(session.writers), "writer"),
    )
    print(f"{scene.name}: good; {', '.join(counts)}")
