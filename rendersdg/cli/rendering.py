"""The commands that open a scene: render, preview, validate."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
from rendersdg.dataset.dataset import Check, Dataset
from rendersdg.dataset.store import Store
from rendersdg.english import counted
from rendersdg.errors import BadArgument, DatasetError, RenderFailed, of_first_frames
from rendersdg.farm import FARMS
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here, render_in_workers
from rendersdg.farm.shared import shared
from rendersdg.progress import FrameProgress, step

if TYPE_CHECKING:
    from rendersdg.orchestrator.session import Session

Report = list[dict[str, str]]  # what was replaced or not honoured, see errors.Report


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


@dataclass
class _Rendered:
    """What a render did: ``asked`` and ``missing`` frames, the report before and after, and why frames failed."""

    asked: range = range(0)
    missing: list[int] = field(default_factory=list)
    first_report: Report = field(default_factory=list)
    report: Report = field(default_factory=list)
    failures: dict[int, str] = field(default_factory=dict)
    files: int = 0
    damaged: dict[int, str] = field(default_factory=dict)  # what was wrong with frames that were there
    root: str = ""

    def all_reports(self) -> Report:
        """Return each entry once: those of the first frame, then those that rendering added."""
        later = [e for k, e in enumerate(self.report) if e not in self.first_report and e not in self.report[:k]]
        return of_first_frames([*self.first_report, *later])

    def summary(self) -> str:
        """Return how many frames were rendered, and how many were there before."""
        there = len(self.asked) - len(self.missing)
        were = "was" if there == 1 else "were"
        return f"{counted(len(self.missing) - len(self.failures), 'frame')} rendered, {there} {were} there"


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
    rendered = _render(job, options)
    if not options.quiet:
        print_report(rendered.all_reports())
        spent = time.monotonic() - start
        if rendered.damaged:
            first, text = min(rendered.damaged.items())
            frames = counted(len(rendered.damaged), "frame")
            print(f"rendered anew, since damaged: {frames} (frame {first}: {text})")
        print(f"{rendered.summary()}; {counted(rendered.files, 'file')} in {options.out} ({spent:.1f} s)")
        print(f"root {rendered.root}")
    if rendered.failures:
        first = min(rendered.failures)
        numbers = ", ".join(map(str, sorted(rendered.failures)[:20]))
        raise RenderFailed(
            f"{len(rendered.failures)} of {counted(len(rendered.missing), 'frame')} failed ({numbers}); frame "
            f"{first}: {rendered.failures[first]}. The others are done; run again with --resume for these"
        )


def _render(job: Job, options: RenderOptions) -> _Rendered:
    rendered = _Rendered()
    with FrameProgress(None, "render", quiet=options.quiet) as progress, opened(job) as (session, sources):
        rendered.asked = frame_range(options.frames, session.length())
        with step("reading what the first frame shows"):  # what the scene cannot have is an error before any is
            session.snapshot(0)  # rendered, and the report is the same for every shard
        rendered.first_report = session.recorder.report.as_json()
        dataset = begin_dataset(session, sources, job, options.out, resume=options.resume)
        rendered.missing, rendered.damaged = _gaps(dataset, rendered.asked, options.check)
        progress.expect(len(rendered.missing))
        if options.farm != "local":
            rendered.report, rendered.failures = FARMS[options.farm].render(
                job.absolute(),
                options.out,
                rendered.missing,
                options.workers,
                progress,
                task_frames=options.task_frames,
                options=farm_options_of(options.farm_options),
            )
        elif options.workers > 1 and len(rendered.missing) > 1:
            workers = min(options.workers, len(rendered.missing))
            rendered.report = render_in_workers(job, options.out, rendered.missing, workers, progress)
        else:
            render_here(session, dataset, rendered.missing, progress)
            rendered.report = session.recorder.report.as_json()
        wanted = [frame for frame in rendered.asked if frame not in rendered.failures]
        told = session.recorder.resolver.inputs.without_places(rendered.first_report)
        manifest = dataset.finish(session.finisher(), told, wanted=wanted)
        rendered.files, rendered.root = len(manifest["files"]), manifest["root"]
    return rendered


def _gaps(dataset: Dataset, asked: range, check: Check) -> tuple[list[int], dict[int, str]]:
    """Return the frames to render, and what is wrong with those of them that are there."""
    with step("checking the frames that are there"):
        found = dataset.gaps(asked, check)
    return list(found), {frame: text for frame, text in found.items() if text}


def begin_dataset(session: Session, sources: Mapping[str, str], job: Job, out: str, *, resume: bool) -> Dataset:
    """Return the dataset at ``out`` with the scene's header, begun or continued.

    Args:
        session: the open scene.
        sources: the files that it was read from, text by name.
        job: what was opened.
        out: a folder or fsspec URL.
        resume: whether a dataset that is there is continued.

    Raises:
        DatasetError: another dataset is there, or this one and ``resume`` is not set.
    """
    dataset = Dataset(Store(out))
    header = session.header(dict(sources), job.changes)
    copies = {name: text.encode() for name, text in sources.items()}
    dataset.open(header, copies, resume=resume, content=session.recorder.resolver.content)
    return dataset


def render_scene(scene: Path, out: Path, frames: int, seed: int, changes: Mapping[str, Any], *, workers: int) -> None:
    """Render what a dataset lacks of a scene's first frames, and finish it.

    Args:
        scene: the YAML scene.
        out: the dataset's folder; one of the same scene is continued.
        frames: how many there shall be.
        seed: of the scene's randomness.
        changes: values by dotted path, as ``--set`` has them.
        workers: processes that render.

    Raises:
        DatasetError: the folder holds another dataset.
    """
    job = Job(str(scene), seed, changes=tuple(changes.items()))
    with FrameProgress(None, f"render {out.name}") as progress, opened(job) as (session, sources):
        dataset = begin_dataset(session, sources, job, str(out), resume=True)
        missing = dataset.missing(range(frames))
        progress.expect(len(missing))
        if workers > 1 and missing:
            render_in_workers(job, str(out), missing, workers, progress)
        else:
            render_here(session, dataset, missing, progress)
        told = session.recorder.resolver.inputs.without_places(session.recorder.report.as_json())
        dataset.finish(session.finisher(), told, wanted=range(frames))


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
