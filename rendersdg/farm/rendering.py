"""Rendering a scene into a dataset: what is missing of it is rendered here or on a farm, and it is finished."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rendersdg.dataset.dataset import Check, Dataset
from rendersdg.dataset.store import Store
from rendersdg.english import counted
from rendersdg.errors import RenderFailed, of_first_frames
from rendersdg.farm import FARMS
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import render_here, render_in_workers
from rendersdg.progress import FrameProgress, step

if TYPE_CHECKING:
    from rendersdg.orchestrator.session import Session

Report = list[dict[str, str]]  # what was replaced or not honoured, see errors.Report


@dataclass(frozen=True, kw_only=True)
class How:
    """How a dataset is rendered.

    ``workers`` are processes of this machine, or tasks of a farm at a time; ``check`` is what ``resume`` trusts.
    ``task_frames`` and ``farm_options`` are the farm's, see :class:`rendersdg.farm.RenderOn`.
    """

    farm: str = "local"
    workers: int = 1
    resume: bool = False
    check: Check = "content"
    task_frames: int | None = None
    farm_options: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Rendered:
    """What a render did: ``asked`` and ``missing`` frames, the report before and after, and why frames failed.

    ``damaged`` tells what was wrong with frames that were there; ``root`` is the dataset's.
    """

    out: str = ""
    asked: range = range(0)
    missing: list[int] = field(default_factory=list)
    first_report: Report = field(default_factory=list)
    report: Report = field(default_factory=list)
    failures: dict[int, str] = field(default_factory=dict)
    files: int = 0
    damaged: dict[int, str] = field(default_factory=dict)
    root: str = ""

    def all_reports(self) -> Report:
        """Return each entry once: those of the first frame, then those that rendering added."""
        later = [e for k, e in enumerate(self.report) if e not in self.first_report and e not in self.report[:k]]
        return of_first_frames([*self.first_report, *later])

    def summary(self) -> str:
        """Return how many frames were rendered, and how many were there before."""
        there = len(self.asked) - sum(frame in self.asked for frame in self.missing)
        were = "was" if there == 1 else "were"
        return f"{counted(len(self.missing) - len(self.failures), 'frame')} rendered, {there} {were} there"

    def require_all(self) -> None:
        """Raise RenderFailed where frames failed, with the first one's reason."""
        if not self.failures:
            return
        first = min(self.failures)
        numbers = ", ".join(map(str, sorted(self.failures)[:20]))
        raise RenderFailed(
            f"{len(self.failures)} of {counted(len(self.missing), 'frame')} failed ({numbers}); frame "
            f"{first}: {self.failures[first]}. The others are done; run again with --resume for these"
        )


def render_dataset(
    job: Job, out: str, frames: Callable[[int | None], range], how: How, progress: FrameProgress
) -> Rendered:
    """Open a job's scene and render what the dataset at ``out`` lacks of it.

    Args:
        job: the scene.
        out: a folder or fsspec URL.
        frames: given the scene's length, None for one without end, the frames that are wanted.
        how: where they are rendered, and what is trusted.
        progress: is told of each frame.

    Raises:
        DatasetError: another dataset is there, or this one and it is not to be resumed. What can be known of the place
            alone is said before the scene is opened.
    """
    from rendersdg.yaml.document import require_file

    require_file(Path(job.scene))  # before a store is asked, which takes longer
    Dataset(Store(out)).require_usable(resume=how.resume)
    with opened(job) as (session, sources):
        return render_session(session, sources, job, out, frames(session.length()), how, progress)


def render_session(
    session: Session,
    sources: Mapping[str, str],
    job: Job,
    out: str,
    asked: range,
    how: How,
    progress: FrameProgress,
) -> Rendered:
    """Render what a dataset lacks of an open scene; arguments and errors as those of :func:`render_dataset`."""
    rendered = Rendered(out, asked)
    with step("reading what the first frame shows"):  # what the scene cannot have is an error before any is
        session.snapshot(0)  # rendered, and the report is the same for every part
    rendered.first_report = session.recorder.report.as_json()
    dataset = begin_dataset(session, sources, job, out, resume=how.resume)
    rendered.missing, rendered.damaged = _gaps(dataset, asked, how.check)
    progress.expect(len(rendered.missing))
    if how.farm != "local":
        rendered.report, rendered.failures = FARMS[how.farm].render(
            job.absolute(),
            out,
            rendered.missing,
            how.workers,
            progress,
            task_frames=how.task_frames,
            options=how.farm_options,
        )
    elif how.workers > 1 and len(rendered.missing) > 1:
        workers = min(how.workers, len(rendered.missing))
        rendered.report = render_in_workers(job, out, rendered.missing, workers, progress)
    else:
        render_here(session, dataset, rendered.missing, progress)
        rendered.report = session.recorder.report.as_json()
    wanted = [frame for frame in asked if frame not in rendered.failures]
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
    how = How(workers=workers, resume=True)
    with FrameProgress(None, f"render {out.name}") as progress:
        render_dataset(job, str(out), lambda length: range(frames), how, progress)
