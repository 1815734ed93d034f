"""How many threads draw one frame. They share its rows; the bytes are the same for any number."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

from rendersdg.errors import BadArgument
from rendersdg.kernels.structs import Rows

_LEAST_ROWS = 8  # a thread's share of an image below which handing it over costs more than drawing it
_BANDS_A_THREAD = 4  # rows differ in what they cost
_threads = 1


def threads() -> int:
    """Return how many threads draw one frame."""
    return _threads


def set_threads(count: int) -> None:
    """Have frames drawn by ``count`` threads from now on, in this process. Raises BadArgument for less than 1."""
    global _threads
    if count < 1:
        raise BadArgument(f"threads={count}: give 1 or more")
    _threads = count


def bands(rows: int, at_most: int) -> Iterator[tuple[int, int]]:
    """Yield the first row and the end of up to ``at_most`` runs of rows, of about one length."""
    count = max(1, min(at_most, rows // _LEAST_ROWS))
    for k in range(count):
        yield rows * k // count, rows * (k + 1) // count


def in_bands(rows: int, work: Callable[[Rows], object], *, finely: bool = True) -> None:
    """Call ``work`` with runs of rows, by all threads. ``finely`` hands out more runs than there are threads."""
    if _threads == 1:
        work(Rows(0, rows))
        return
    runs = [Rows(*band) for band in bands(rows, _threads * (_BANDS_A_THREAD if finely else 1))]
    _wait([_pool(_threads).submit(work, run) for run in runs])


def _wait(running: list[Future[object]]) -> None:
    for future in running:
        future.result()


def _pool(count: int) -> ThreadPoolExecutor:
    return _pool_of(os.getpid(), count)  # threads do not live on in a forked process: it starts its own


@cache
def _pool_of(process: int, count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="rendersdg")
