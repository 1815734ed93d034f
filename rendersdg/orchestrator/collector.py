"""Python's collector of cycles, kept off while a frame is made: it walks over a scene's many objects for nothing."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_held = 0  # blocks that keep it off, in all threads
_was_on = False


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector off in the block, where it was on; what the block drops without cycles is freed as ever.

    >>> with uncollected():
    ...     gc.isenabled()
    False
    """
    global _held, _was_on
    with _lock:
        if not _held:
            _was_on = gc.isenabled()
            gc.disable()
        _held += 1
    try:
        yield
    finally:
        with _lock:
            _held -= 1
            if not _held and _was_on:
                gc.enable()


def _new_lock() -> None:
    global _lock
    _lock = Lock()


if hasattr(os, "register_at_fork"):  # another thread may hold it at that moment, and is not there to let go of it
    os.register_at_fork(after_in_child=_new_lock)
