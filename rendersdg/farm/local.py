"""Processes on one machine: frames are handed out one by one, each worker commits its own."""

from __future__ import annotations

import logging
import multiprocessing as mp
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.queues import Queue
from typing import TYPE_CHECKING, Any, TypeAlias

from rendersdg.dataset.dataset import Dataset, FrameResult
from rendersdg.english import counted
from rendersdg.errors import RenderFailed, RenderSDGError
from rendersdg.farm.job import Job, opened
from rendersdg.farm.shared import dataset_of, for_workers, units_at
from rendersdg.parents import die_with_parent
from rendersdg.progress import step

if TYPE_CHECKING:
    from rendersdg.orchestrator.session import Session

Done = Callable[[int, dict[str, float]], None]
Tasks: TypeAlias = "Queue[Any]"
Results: TypeAlias = "Queue[Any]"  # of (kind, value, extra): see spread
_PATIENCE = 0.2  # seconds between looks at the workers


def render_here(session: Session, dataset: Dataset, frames: Sequence[int], done: Done) -> None:
    """Render ``frames`` in this process and commit each, or each shard of them; ``done(frame, seconds)`` follows a
    commit, and those of a shard that come before its last when they are rendered.
    """
    for group in session.units.groups(frames):
        results: list[FrameResult] = []
        for frame in group:
            with step(f"rendering frame {frame}"), one_thread():
                results.append(session.make(frame))
            if frame != group[-1]:
                done(frame, results[-1].seconds)
        results[-1].seconds["write"] = commit(session, dataset, results)
        done(group[-1], results[-1].seconds)


def commit(session: Session, dataset: Dataset, results: Sequence[FrameResult]) -> float:
    """Commit a frame, or frames of one shard, and return the seconds that it took."""
    start = time.perf_counter()
    if session.units.per_shard:
        dataset.commit_shard(session.pack(results))
    else:
        dataset.commit(results[0])
    return time.perf_counter() - start


@contextmanager
def one_thread() -> Iterator[None]:
    """Let OpenCV use one thread inside of the block: its pool would fight the other workers for cores."""
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def render_in_workers(job: Job, url: str, frames: Sequence[int], workers: int, done: Done) -> list[dict[str, str]]:
    """Render ``frames`` in ``workers`` processes and return what they had to report.

    Raises the first worker's error; frames that are committed stay. Raises DatasetError for a place that they do not
    share.
    """
    (job, where), units = for_workers(job, url), units_at(url)
    groups = units.groups(frames)
    return spread(_work, (job, where), groups, min(workers, len(groups)), done, count=len(frames))


def spread(
    work: Callable[..., None],
    arguments: tuple[object, ...],
    items: Sequence[object],
    workers: int,
    done: Done,
    *,
    count: int,
) -> list[dict[str, str]]:
    """Hand ``items`` out to processes that run ``work(*arguments, tasks, results)``, and return what they report.

    Items stand for ``count`` frames. ``work`` takes them from ``tasks`` until None comes, and puts ("frame", number,
    seconds), then ("report", list, None), or ("error", exception, None), into ``results``. The processes are spawned,
    so that nothing of this one leaks into a frame.
    """
    context = mp.get_context("spawn")
    tasks: Tasks = context.Queue()
    results: Results = context.Queue()
    for item in items:
        tasks.put(item)
    for _ in range(workers):
        tasks.put(None)
    processes = [context.Process(target=work, args=(*arguments, tasks, results), daemon=True) for _ in range(workers)]
    with interrupts_ignored():  # which processes that are started here do, for good
        for process in processes:
            process.start()
    left, working = count, workers
    report: list[dict[str, str]] = []
    try:
        # the step lasts until the first frame is done: from then on steps are said no longer
        with step(f"starting {counted(workers, 'worker')}"):
            while left or working:
                try:
                    kind, value, extra = results.get(timeout=_PATIENCE)
                except queue.Empty:
                    dead = [p for p in processes if p.exitcode not in (None, 0)]
                    if dead or all(p.exitcode is not None for p in processes):
                        raise RenderFailed(
                            f"a worker ended with code {dead[0].exitcode if dead else 0} and {left} of the "
                            "frames are not done; run again with --resume (out of memory? try fewer --workers)"
                        ) from None
                    continue
                if kind == "error":
                    raise value
                if kind == "report":
                    report += value
                    working -= 1
                    continue
                done(value, extra)
                left -= 1
    finally:
        if left:
            tasks.cancel_join_thread()  # nobody takes what is still in it, and the program would wait for that
        for process in processes:
            if left:
                process.terminate()
            process.join(timeout=10)
    return report


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Ignore Ctrl-C inside of the block. A terminal sends it to all processes at once: the first one tells and ends the
    others, which have nothing to say.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # handlers are the main thread's
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(job: Job, url: str, tasks: Tasks, results: Results) -> None:
    with working(results), opened(job) as (session, _):
        dataset = dataset_of(job, url)
        while (frames := tasks.get()) is not None:
            render_here(session, dataset, frames, lambda number, seconds: results.put(("frame", number, seconds)))
        results.put(("report", session.recorder.report.as_json(), None))


@contextmanager
def unlogged() -> Iterator[None]:
    """Log errors alone: what else there is to say goes back with the report."""
    log = logging.getLogger("rendersdg")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


@contextmanager
def working(results: Results) -> Iterator[None]:
    """Be a worker of :func:`spread`: end with the parent, log nothing, and tell errors through ``results``."""
    die_with_parent()
    try:
        with unlogged():
            yield
    except RenderSDGError as error:
        results.put(("error", error, None))
    except Exception as error:  # what crosses a process boundary must be told, whatever it is
        results.put(("error", RenderFailed(f"{type(error).__name__} in a worker: {error}"), None))
