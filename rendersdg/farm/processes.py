"""Training in several processes and on several machines, through torchrun's launcher
(``torch.distributed.launcher``).
"""

from __future__ import annotations

import csv
import json
import logging
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from rendersdg import errors
from rendersdg.english import counted
from rendersdg.errors import BadArgument, RenderSDGError, TrainingFailed
from rendersdg.farm import Farm
from rendersdg.farm.job import Job
from rendersdg.farm.local import Done, render_in_workers
from rendersdg.farm.ranges import options_of
from rendersdg.progress import FrameProgress

if TYPE_CHECKING:
    from detectors.mix import Mix
    from detectors.recipe import Recipe
    from detectors.samples import Samples

T = TypeVar("T", bound="Trainable")

_LOSSES = 3  # losses of a process, without a checkpoint between them, until training is given up
_GRACE = 5  # seconds that the others get to stop when one process has ended


class Trainable(Protocol):
    """A training that processes do together, small enough to send to any machine that sees its data and folder."""

    @property
    def quiet(self) -> bool:
        """Whether it says nothing."""
        ...

    def absolute(self: T) -> T:
        """Return the same as another process or machine finds it: paths made absolute."""
        ...

    def going_on(self: T) -> T:
        """Return the same, from the last checkpoint."""
        ...

    def silent(self: T) -> T:
        """Return the same, saying nothing."""
        ...

    def checkpointed(self) -> float:
        """Return when the newest checkpoint was written, seconds since the epoch; 0 without one."""
        ...

    def steps_done(self) -> int:
        """Return how many steps the logs tell of."""
        ...

    def steps(self) -> int:
        """Return how many steps there are."""
        ...

    def run(self) -> Record | None:
        """Train as one of the processes that torchrun started; return the first one's record."""
        ...


@dataclass(frozen=True, slots=True)
class Training:
    """What :func:`detectors.train.train` is to do; a :class:`Trainable`."""

    mix: Mix
    recipe: Recipe
    out: Path
    val: Samples | None = None
    weights: Path | None = None
    resume: bool = False
    quiet: bool = True
    trust: bool = False

    def absolute(self) -> Training:
        """Return the same as another process or machine finds it: paths made absolute."""
        return replace(self, out=self.out.absolute(), weights=None if self.weights is None else self.weights.absolute())

    def going_on(self) -> Training:
        """Return the same, from the last checkpoint."""
        return replace(self, resume=True)

    def silent(self) -> Training:
        """Return the same, saying nothing."""
        return replace(self, quiet=True)

    def folders(self) -> list[Path]:
        """Return the folder of each stage."""
        return [self.out / stage.name for stage in self.mix.stages[:-1]] + [self.out]

    def checkpointed(self) -> float:
        """Return when the newest checkpoint was written, seconds since the epoch; 0 without one."""
        return max((f.stat().st_mtime for d in self.folders() if (f := d / "checkpoint.pt").exists()), default=0.0)

    def steps_done(self) -> int:
        """Return how many steps of all stages the logs tell of."""
        done = 0
        for log in [f for d in self.folders() if (f := d / "log.csv").exists()]:
            with log.open(newline="") as lines:
                done += max((int(row["step"] or 0) for row in csv.DictReader(lines)), default=0)
        return done

    def steps(self) -> int:
        """Return the steps of all stages."""
        return self.recipe.steps * len(self.mix.stages)

    def run(self) -> Record | None:
        """Train as one of the processes that torchrun started; return the first one's record."""
        from detectors.foreign import Weights
        from detectors.train import train

        return train(
            self.mix,
            self.recipe,
            self.out,
            self.val,
            weights=None if self.weights is None else Weights(self.weights, self.trust),
            resume=self.resume,
            quiet=self.quiet,
            log=(lambda text: None) if self.quiet else print,
        )


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where the machines of one training meet: ``endpoint`` (host:port), ``number`` of them,
    whether this one ``hosts`` it.
    """

    endpoint: str = "localhost:0"
    number: int = 1
    hosts: bool = True
    name: str = "rendersdg"


class LostProcess(Exception):
    """A process or machine went away; what it did since the last checkpoint is lost with it."""


Record: TypeAlias = dict[str, Any]  # what detectors.train.train returns of a run, as JSON
Outcome: TypeAlias = Record | RenderSDGError | LostProcess | None  # of a machine; None where there is no first process


def train_here(training: Trainable, processes: int, meeting: Meeting = Meeting()) -> Record | None:
    """Train in ``processes`` processes of this machine, together with those of the other machines of the meeting.

    Returns the record of the run on the machine of the first process, None on others. Raises what training raises, and
    LostProcess when a process ends otherwise.
    """
    from torch.distributed.elastic.multiprocessing.api import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    with _quiet_launcher(), tempfile.TemporaryDirectory(prefix="rendersdg-") as folder:
        error = Path(folder) / "error"
        config = LaunchConfig(
            min_nodes=meeting.number,
            max_nodes=meeting.number,
            nproc_per_node=processes,
            max_restarts=0,
            run_id=meeting.name,
            rdzv_backend="c10d",
            rdzv_endpoint=meeting.endpoint,
            rdzv_configs={"is_host": meeting.hosts, "timeout": 900},
            local_addr="localhost" if meeting.number == 1 else None,
            logs_specs=DefaultLogsSpecs(log_dir=folder),
        )
        try:
            records = elastic_launch(config, _one)(training, error)
        except ChildFailedError as failed:
            if error.exists():
                raise _told(error) from None
            raise LostProcess(_how_it_ended(*failed.get_first_failure())) from None
        except SignalException as told:
            if told.sigval in (signal.SIGINT, signal.SIGTERM):
                raise KeyboardInterrupt from None
            raise
    return next((r for r in records.values() if r), None)


@contextmanager
def _quiet_launcher() -> Iterator[None]:
    """Let torchrun's launcher and the processes that it starts say nothing inside of the block: what went wrong is
    told by us.
    """
    named = {
        "TORCH_ELASTIC_SHUTDOWN_TIMEOUT": str(_GRACE),
        "TORCH_CPP_LOG_LEVEL": "ERROR",  # or each process warns of parameters that might be unused
    }
    ours = {name: value for name, value in named.items() if name not in os.environ}
    theirs = ("torch.distributed", "torch.multiprocessing")
    loggers = [logging.getLogger(n) for n in list(logging.root.manager.loggerDict) if n.startswith(theirs)]
    levels = [logger.level for logger in loggers]
    os.environ.update(ours)
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)
        for logger, level in zip(loggers, levels):
            logger.setLevel(level)


def _one(training: Trainable, error: Path) -> Record | None:
    """Train as one of the processes; an error that is the user's to mend is left in the file ``error``."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))  # the command itself says that it was interrupted
    try:
        return training.run()
    except RenderSDGError as told:
        part = error.with_name(f"{os.getpid()}.part")
        part.write_bytes(_telling(told))
        part.replace(error)
        raise SystemExit(1) from None


def _telling(error: RenderSDGError) -> bytes:
    """Return an error as JSON: the first of its classes that ``errors.py`` has, and what it says."""
    kind = next(c.__name__ for c in type(error).__mro__ if c.__module__ == errors.__name__)
    return json.dumps({"kind": kind, "message": error.message, "where": error.where}).encode()


def _told(file: Path) -> RenderSDGError:
    """Return the error that another process left in a file."""
    said = json.loads(file.read_bytes())
    kind: type[RenderSDGError] = getattr(errors, said["kind"])
    return kind(said["message"], where=said["where"])


def _how_it_ended(rank: int, failure: Any) -> str:
    if failure.exitcode < 0:
        return f"process {rank} was killed (signal {-failure.exitcode})"
    last = str(failure.message).strip().splitlines() or [""]
    return f"process {rank} ended with {failure.exitcode}: {last[-1]}"


def until_done(training: T, start: Callable[[T], Record], log: Callable[[str], None]) -> Record:
    """See a training through: when a process or machine is lost, start all again from the last checkpoint.

    ``start`` trains and raises LostProcess. Raises TrainingFailed when three in a
    row are lost with no checkpoint between.
    """
    losses = 0
    while True:
        before = training.checkpointed()
        try:
            return start(training)
        except LostProcess as lost:
            losses = 1 if training.checkpointed() > before else losses + 1
            if losses == _LOSSES:
                raise TrainingFailed(
                    f"{lost}, {_LOSSES} times with no checkpoint between; --resume goes on from the last one"
                ) from None
            log(f"{lost}; starting again from the last checkpoint")
            training = training.going_on()


def see_through(
    training: Trainable,
    machines: int,
    ended: Callable[[], Mapping[int, Outcome]],
    cancel: Callable[[], None],
    pause: float,
) -> Record:
    """Wait for what :func:`on_machine` gives on each of ``machines`` and return the record;
    the steps are told as the log grows.

    ``ended`` returns the outcome of those that have come to an end, by number. With the first error all are cancelled
    and it is raised: one of the user's to mend before a loss, which may only be its consequence.
    """
    outcomes: dict[int, Outcome] = {}
    try:
        steps, before = training.steps(), training.steps_done()
        with FrameProgress(steps, "train", quiet=training.quiet, unit="steps", done=before) as progress:
            while len(outcomes) < machines:
                time.sleep(pause)
                outcomes |= ended()
                if any(isinstance(o, LostProcess) for o in outcomes.values()):
                    time.sleep(pause)
                    outcomes |= ended()
                errors = [o for o in outcomes.values() if isinstance(o, Exception)]
                if errors:
                    raise min(errors, key=lambda e: isinstance(e, LostProcess))
                step = training.steps_done()
                if step > progress.done:
                    progress(step, {}, step - progress.done)
    except BaseException:
        cancel()
        raise
    return next(o for o in outcomes.values() if isinstance(o, dict))


def on_machine(training: Trainable, processes: int, meeting: Meeting) -> Outcome:
    """Do :func:`train_here` where an error that was raised would arrive as text."""
    try:
        return train_here(training.silent(), processes, meeting)
    except (RenderSDGError, LostProcess) as error:
        return error


def train_locally(training: Trainable, workers: int, options: Mapping[str, str], log: Callable[[str], None]) -> Record:
    """Train in ``workers`` processes of this machine."""
    options_of(options, {}, "local")

    def start(training: Trainable) -> Record:
        return train_here(training, workers) or {}

    return until_done(training, start, log)


def a_machine(workers: int, machines: int) -> int:
    """Return how many of ``workers`` processes each of ``machines`` runs.
    Raises BadArgument when they do not come out even.
    """
    if machines < 1 or workers % machines:
        raise BadArgument(f"{counted(workers, 'worker')} on {counted(machines, 'node')}: give each node as many")
    return workers // machines


def render_locally(
    job: Job,
    url: str,
    frames: Sequence[int],
    workers: int,
    done: Done,
    *,
    task_frames: int | None = None,
    options: Mapping[str, str] | None = None,
) -> tuple[list[dict[str, str]], dict[int, str]]:
    """Render ``frames`` in ``workers`` processes of this machine; the first frame that fails ends it.

    There are no tasks and no options: each worker takes the next frame.
    """
    options_of(options or {}, {}, "local")
    if task_frames is not None:
        raise BadArgument("--farm-option and --task-frames are for --farm ray and slurm")
    return render_in_workers(job, url, frames, workers, done), {}


LOCAL = Farm(render_locally, train_locally)
