"""Frames as tasks for machines that may be lost: ranges, what a task does,
and what happens when it does not come back.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from rendersdg.dataset.units import Units
from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.farm.job import Job, opened
from rendersdg.farm.local import Done, commit, one_thread, unlogged
from rendersdg.farm.shared import dataset_of

if TYPE_CHECKING:
    from rendersdg.dataset.dataset import FrameResult
    from rendersdg.orchestrator.session import Session

MOST_FRAMES = 64  # in a task: what is lost with it, at worst
_PER_WORKER = 4  # tasks a worker gets at least, so that a slow one does not hold up the others
_SPLIT = 2  # losses of a task until its frames go alone
_FRAMES = Units()
_LOSSES = 3  # losses of a frame alone until it is given up

Handle = TypeVar("Handle", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Range:
    """Frames of a task, and how often it was lost."""

    frames: tuple[int, ...]
    losses: int = 0
    units: Units = field(default_factory=Units)


@dataclass(frozen=True, slots=True)
class RangeResult:
    """What a task gives back: seconds by frame and stage of what it rendered, why frames failed,
    what the scene reports.
    """

    seconds: dict[int, dict[str, float]] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    report: list[dict[str, str]] = field(default_factory=list)


def ranges(frames: Sequence[int], workers: int, size: int | None = None, units: Units = _FRAMES) -> list[Range]:
    """Return the tasks of ``frames``: of ``size`` frames, or so that each worker gets some and a lost one costs little.
    Frames of one shard are in one task.

    >>> [r.frames for r in ranges(range(5), 1)]
    [(0, 1), (2, 3), (4,)]
    """
    if size is not None and size < 1:
        raise BadArgument(f"{size} frames a task: give 1 or more")
    size = size or max(min(-(-len(frames) // (workers * _PER_WORKER)), MOST_FRAMES), 1)
    tasks: list[Range] = []
    waiting: list[int] = []
    for group in units.groups(frames):
        if waiting and len(waiting) + len(group) > size:
            tasks.append(Range(tuple(waiting), units=units))
            waiting = []
        waiting += group
    return [*tasks, Range(tuple(waiting), units=units)] if waiting else tasks


def render_range(job: Job, url: str, frames: Sequence[int]) -> RangeResult:
    """Render what is missing of ``frames`` and commit each; a frame that fails is told and the others go on.

    Raises RenderSDGError when the scene itself cannot be opened or the output cannot be written.
    """
    with unlogged():
        return _rendered(job, url, frames)


def _rendered(job: Job, url: str, frames: Sequence[int]) -> RangeResult:
    dataset = dataset_of(job, url)
    session = _session(repr(job), job)
    seconds: dict[int, dict[str, float]] = {}
    failed: dict[int, str] = {}
    for group in dataset.units.groups(dataset.missing(frames)):
        results: list[FrameResult] = []
        for frame in group:
            try:
                with one_thread():
                    results.append(session.make(frame))
            except RenderSDGError as error:
                failed[frame] = str(error)
            except Exception as error:
                failed[frame] = f"{type(error).__name__}: {error}"
        if results:
            results[-1].seconds["write"] = commit(session, dataset, results)
        seconds |= {result.frame: result.seconds for result in results}
    return RangeResult(seconds, failed, session.recorder.report.as_json())


@lru_cache(maxsize=1)
def _session(key: str, job: Job) -> Session:
    """Open a job once in a process; it stays open."""
    del key
    session, _ = ExitStack().enter_context(opened(job))
    return session


def drive(
    tasks: Sequence[Range],
    submit: Callable[[Range], Handle],
    wait: Callable[[Mapping[Handle, Range]], Mapping[Handle, RangeResult | None]],
    done: Done,
    *,
    most: int = 1000,
) -> tuple[list[dict[str, str]], dict[int, str]]:
    """See ``tasks`` through and return what the scene reports, and frames that failed with the reason.

    ``submit`` starts a task; ``wait`` returns those of the running ones that ended, None for a lost one (its process,
    machine or allocation went away). A lost task is started again, the second time frame by frame; a frame that is lost
    alone three times is given up. At most ``most`` tasks are under way.
    """
    waiting, running = list(reversed(tasks)), dict[Handle, Range]()
    report: list[dict[str, str]] = []
    failed: dict[int, str] = {}
    while waiting or running:
        while waiting and len(running) < most:
            task = waiting.pop()
            running[submit(task)] = task
        for handle, result in wait(running).items():
            task = running.pop(handle)
            if result is None:
                again, given_up = after_loss(task)
                waiting += again
                failed |= dict.fromkeys(given_up, f"its worker was lost {_LOSSES} times")
                continue
            failed |= result.failed
            report += [entry for entry in result.report if entry not in report]
            for frame in task.frames:  # what an earlier, lost task committed counts now
                if frame not in result.failed:
                    done(frame, result.seconds.get(frame, {}))
    return report, failed


def after_loss(task: Range) -> tuple[list[Range], tuple[int, ...]]:
    """Return the tasks to start instead of a lost one, and the frames that are given up."""
    losses = task.losses + 1
    parts = task.units.groups(task.frames)
    if len(parts) > 1 and losses == _SPLIT:  # one of them may be what kills: alone, it takes no other with it
        return [Range(part, units=task.units) for part in reversed(parts)], ()
    return ([Range(task.frames, losses, task.units)], ()) if losses < _LOSSES else ([], task.frames)


def options_of(texts: Mapping[str, str], known: Mapping[str, Callable[[str], Any]], farm: str) -> dict[str, Any]:
    """Return the options of a farm, converted. Raises BadArgument for one that it
    does not know or that is no such value.
    """
    out = {}
    for name, text in texts.items():
        if name not in known:
            raise BadArgument(f"the farm {farm} has no option {name!r}; it has {', '.join(known) or 'none'}")
        try:
            out[name] = known[name](text)
        except ValueError:
            raise BadArgument(f"--farm-option {name}={text}: {text!r} is no {known[name].__name__}") from None
    return out
