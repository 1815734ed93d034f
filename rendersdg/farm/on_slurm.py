"""SLURM: frame ranges as the tasks of a job array, through submitit (extra ``slurm``)."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.farm.job import Job
from rendersdg.farm.local import Done
from rendersdg.farm.ranges import Range, RangeResult, drive, options_of, ranges, render_range, shared

_PATIENCE = 2.0  # seconds between looks at the queue
_MISSING = 3  # looks at which a task is neither in the queue nor has a result until it counts as lost
_OPTIONS = {
    "folder": str, "partition": str, "account": str, "qos": str, "time": int, "mem": str, "cpus": int, "setup": str, "cluster": str,
}  # fmt: skip


class RangeTask:
    """A range as submitit runs it: pre-empted or out of time, it is queued again and renders what is missing then."""

    def __init__(self, job: Job, url: str) -> None:
        self.job, self.url = job, url

    def __call__(self, frames: Sequence[int]) -> RangeResult | RenderSDGError:
        """Return the result; an error about the whole job is returned, since raised it would arrive as text."""
        try:
            return render_range(self.job, self.url, frames)
        except RenderSDGError as error:
            return error

    def checkpoint(self, frames: Sequence[int]) -> Any:
        """Return the task for the next turn: the same one, for what is committed is not rendered again."""
        import submitit

        return submitit.helpers.DelayedSubmission(self, frames)


def render_on_slurm(
    job: Job, url: str, frames: Sequence[int], workers: int, done: Done, *, task_frames: int | None = None,
    options: Mapping[str, str] | None = None,
) -> tuple[list[dict[str, str]], dict[int, str]]:  # fmt: skip
    """Render ``frames`` as a job array of which ``workers`` tasks run at a time; see :func:`~rendersdg.farm.ranges.drive`.

    Options: ``folder`` for submitit's files, on a file system that all nodes see (default ``rendersdg-slurm``), ``partition``,
    ``account``, ``qos``, ``time`` (minutes, 60), ``mem`` (``4G``), ``cpus`` a task (1), ``setup`` (a shell line before Python), and
    ``cluster`` (``local`` for submitit's own processes). No accounting database is needed: a task that has left the queue
    without a result is lost.
    """
    try:
        import submitit
    except ImportError:
        raise BadArgument("--farm slurm needs submitit: pip install 'rendersdg[slurm]'") from None
    given = options_of(options or {}, _OPTIONS, "slurm")
    folder = Path(given.get("folder", "rendersdg-slurm")).absolute()
    try:
        executor = submitit.AutoExecutor(folder, cluster=given.get("cluster", "slurm"))
    except RuntimeError as error:
        raise BadArgument(f"no SLURM here: {error}") from None
    wanted: dict[str, Any] = {
        "name": "rendersdg",
        "timeout_min": given.get("time", 60),
        "cpus_per_task": given.get("cpus", 1),
    }
    is_slurm = executor.cluster == "slurm"
    if is_slurm:
        wanted |= {"slurm_array_parallelism": workers, "slurm_mem": given.get("mem", "4G")}
        wanted |= {f"slurm_{k}": given[k] for k in ("partition", "account", "qos") if k in given}
        wanted |= {"slurm_setup": [given["setup"]]} if "setup" in given else {}
    executor.update_parameters(**wanted)
    task = RangeTask(job, shared(url))
    first = ranges(frames, workers, task_frames)
    with executor.batch():  # one array
        jobs = [executor.submit(task, r.frames) for r in first]
    begun = iter(jobs)
    absent: dict[Any, int] = {}

    def submit(part: Range) -> Any:
        return next(begun) if part.losses == 0 else executor.submit(task, part.frames)

    def wait(running: Mapping[Any, Range]) -> dict[Any, RangeResult | None]:
        ended: dict[Any, RangeResult | None] = {}
        queued = _queued() if is_slurm else {j.job_id for j in running if not j.done()}
        for one in running:
            if one.paths.result_pickle.exists():
                ended[one] = _result(one)
            elif one.job_id not in queued:
                absent[one] = absent.get(one, 0) + 1
                if absent[one] >= _MISSING:
                    ended[one] = None
            else:
                absent.pop(one, None)
        if not ended:
            time.sleep(_PATIENCE)
        return ended

    return drive(first, submit, wait, done, most=len(first) + workers)


def _result(job: Any) -> RangeResult | None:
    try:
        made = job.result()
    except Exception:  # submitit's own, with the text of what happened in its log
        return None
    if isinstance(made, RenderSDGError):
        raise made
    return made


def _queued() -> set[str]:
    """Return the ids of the jobs in the queue, an array's tasks one by one. Raises BadArgument when squeue does not answer."""
    told = subprocess.run(["squeue", "--noheader", "--array", "--format=%i"], capture_output=True, text=True)
    if told.returncode:
        raise BadArgument(f"squeue: {told.stderr.strip()}")
    return set(told.stdout.split())
