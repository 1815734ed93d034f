"""Seconds by stage: what a frame's time went into."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def timed(seconds: dict[str, float], stage: str, *, without: str | None = None) -> Iterator[None]:
    """Add the seconds of the block to ``seconds[stage]``, less those that another stage took inside of it.

    >>> seconds = {}
    >>> with timed(seconds, "render"):
    ...     pass
    >>> list(seconds)
    ['render']
    """
    start, others = time.perf_counter(), _of(seconds, without)
    yield
    spent = time.perf_counter() - start - (_of(seconds, without) - others)
    seconds[stage] = seconds.get(stage, 0.0) + spent


def _of(seconds: dict[str, float], stage: str | None) -> float:
    return 0.0 if stage is None else seconds.get(stage, 0.0)
