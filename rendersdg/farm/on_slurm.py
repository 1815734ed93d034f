"""SLURM: frame ranges as the tasks of a job array, or the processes of a training as one job,
through submitit (extra ``slurm``).
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.farm import Farm
from rendersdg.farm.job import Job
from rendersdg.farm.local import Done
from rendersdg.farm.processes import (
    LostProcess,
    Meeting,
    Outcome,
    Record,
    Trainable,
    a_machine,
    on_machine,
    see_through,
    until_done,
)
from rendersdg.farm.ranges import Range, RangeResult, drive, options_of, ranges, render_range
from rendersdg.farm.shared import for_workers, units_at

_PATIENCE = 2.0  # seconds between looks at the queue
_PORTS = 20000  # a job's nodes meet at a port from here on to twice that, by the job's number
_MISSING = 3  # looks at which a task is neither in the queue nor has a result until it counts as lost
_OPTIONS = {
    "folder": str,
    "partition": str,
    "account": str,
    "qos": str,
    "time": int,
    "mem": str,
    "cpus": int,
    "setup": str,
    "cluster": str,
}


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
    job: Job,
    url: str,
    frames: Sequence[int],
    workers: int,
    done: Done,
    *,
    task_frames: int | None = None,
    options: Mapping[str, str] | None = None,
) -> tuple[list[dict[str, str]], dict[int, str]]:
    """Render ``frames`` as a job array of which ``workers`` tasks run at a time; see
    :func:`~rendersdg.farm.ranges.drive`.

    Options: ``folder`` for submitit's files, on a file system that all nodes see (default ``rendersdg-slurm``),
    ``partition``, ``account``, ``qos``, ``time`` (minutes, 60), ``mem`` (``4G``), ``cpus`` a task (1), ``setup`` (a
    shell line before Python), and ``cluster`` (``local`` for submitit's own processes). No accounting database is
    needed: a task that has left the queue without a result is lost.
    """
    chosen = options_of(options or {}, _OPTIONS, "slurm")
    executor = _executor(
        chosen, chosen.get("cpus", 1), slurm_array_parallelism=workers, slurm_mem=chosen.get("mem", "4G")
    )
    is_slurm = executor.cluster == "slurm"
    task = RangeTask(*for_workers(job, url))
    first = ranges(frames, workers, task_frames, units_at(url))
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


class TrainingTask:
    """A training's processes of one node as submitit runs it; pre-empted or out of time,
    it is queued again and goes on.
    """

    def __call__(self, training: Trainable, processes: int) -> Outcome:
        """Train together with the job's other nodes; the first one is where they meet."""
        import submitit

        job = submitit.JobEnvironment()
        port = _PORTS + int("".join(filter(str.isdigit, job.job_id)) or 0) % _PORTS
        meeting = Meeting(f"{job.hostnames[0]}:{port}", job.num_nodes, job.node == 0, job.job_id)
        return on_machine(training, processes, meeting if job.num_nodes > 1 else Meeting())

    def checkpoint(self, training: Trainable, processes: int) -> Any:
        """Return the task for the next turn."""
        import submitit

        return submitit.helpers.DelayedSubmission(self, training.going_on(), processes)


def train_on_slurm(training: Trainable, workers: int, options: Mapping[str, str], log: Callable[[str], None]) -> Record:
    """Train in ``workers`` processes, shared out evenly over ``nodes`` of one job; see
    :func:`~rendersdg.farm.processes.until_done`.

    Options: those of rendering (``cpus`` and ``gpus`` are of a process, ``mem`` of a node), and ``nodes`` (1).
    """
    chosen = options_of(options, _OPTIONS | {"nodes": int, "gpus": int}, "slurm")
    nodes = chosen.get("nodes", 1)
    processes = a_machine(workers, nodes)
    more: dict[str, Any] = {"slurm_mem": chosen["mem"]} if "mem" in chosen else {}
    more |= {"gpus_per_node": chosen["gpus"] * processes} if "gpus" in chosen else {}
    executor = _executor(chosen, chosen.get("cpus", 1) * processes, nodes=nodes, tasks_per_node=1, **more)

    def start(training: Trainable) -> Record:
        job = executor.submit(TrainingTask(), training, processes)
        absent = 0

        def ended() -> dict[int, Outcome]:
            nonlocal absent
            done = {k: _outcome(job.task(k)) for k in range(nodes) if job.task(k).paths.result_pickle.exists()}
            running = job.job_id in _queued() if executor.cluster == "slurm" else not job.done()
            absent = 0 if running else absent + 1
            if absent >= _MISSING:
                missing = LostProcess(f"job {job.job_id} left the queue without a result; its log: {job.paths.stderr}")
                done = {k: done.get(k, missing) for k in range(nodes)}
            return done

        return see_through(training, nodes, ended, job.cancel, _PATIENCE)

    return until_done(training.absolute(), start, log)


def _outcome(task: Any) -> Outcome:
    try:
        return task.result()
    except Exception as error:  # submitit's own, with the text of what happened in its log
        return LostProcess(f"{type(error).__name__}; its log: {task.paths.stderr}")


def _executor(chosen: Mapping[str, Any], cpus: int, **more: Any) -> Any:
    """Return submitit's executor with the options that are chosen;
    ``more`` of those named ``slurm_`` are for a real SLURM.
    """
    try:
        import submitit
    except ImportError:
        raise BadArgument("--farm slurm needs submitit: pip install 'rendersdg[slurm]'") from None
    folder = Path(chosen.get("folder", "rendersdg-slurm")).absolute()
    try:
        executor = submitit.AutoExecutor(folder, cluster=chosen.get("cluster", "slurm"))
    except RuntimeError as error:
        raise BadArgument(f"no SLURM here: {error}") from None
    wanted = {"name": "rendersdg", "timeout_min": chosen.get("time", 60), "cpus_per_task": cpus} | more
    wanted |= {f"slurm_{k}": chosen[k] for k in ("partition", "account", "qos") if k in chosen}
    wanted |= {"slurm_setup": [chosen["setup"]]} if "setup" in chosen else {}
    is_slurm = executor.cluster == "slurm"
    executor.update_parameters(**{k: v for k, v in wanted.items() if is_slurm or not k.startswith("slurm_")})
    return executor


def _result(job: Any) -> RangeResult | None:
    try:
        result = job.result()
    except Exception:  # submitit's own, with the text of what happened in its log
        return None
    if isinstance(result, RenderSDGError):
        raise result
    return result


def _queued() -> set[str]:
    """Return the ids of the jobs in the queue, an array's tasks one by one.
    Raises BadArgument when squeue does not answer.
    """
    told = subprocess.run(["squeue", "--noheader", "--array", "--format=%i"], capture_output=True, text=True)
    if told.returncode:
        raise BadArgument(f"squeue: {told.stderr.strip()}")
    return set(told.stdout.split())


SLURM = Farm(render_on_slurm, train_on_slurm)
