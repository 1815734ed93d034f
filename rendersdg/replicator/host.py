"""One run of one script: all that Omniverse keeps globally, and nothing that outlives the run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import RLock
from typing import TypeVar, cast

from rendersdg.errors import RenderSDGError

T = TypeVar("T")


class Host:
    """The state of a script's run, in parts: one object a kind, made when it is first asked for.

    A module that plays one of Omniverse's keeps its state in a class without constructor arguments and reaches it by
    ``current_host().part(ItsState)``. Two runs in one process,
    one after the other or one inside the other, share no part.
    """

    def __init__(self) -> None:
        self._parts: dict[type[object], object] = {}
        self._lock = RLock()  # a script's threads may ask for the same part at once

    def part(self, kind: type[T]) -> T:
        """Return this run's own ``kind``."""
        with self._lock:
            if kind not in self._parts:
                self._parts[kind] = kind()
            return cast(T, self._parts[kind])

    def adopt(self, part: object) -> None:
        """Keep ``part``, which was made elsewhere, as this run's own of its class."""
        with self._lock:
            self._parts[type(part)] = part

    def close(self) -> None:
        """End the run: call ``close()`` of the parts that have one, the latest first, and drop them all.

        Every part is closed. Raises what the first of them raised.
        """
        with ExitStack() as stack:
            for part in self._parts.values():
                close = getattr(part, "close", None)
                if close is not None:
                    stack.callback(close)
        self._parts.clear()


class _Running:
    """The host of the script that runs: one place for the process, because the threads that a script starts must see
    it, too. A ``ContextVar`` would be empty in them.
    """

    host: Host | None = None
    thread: int = 0  # that the run began on


_RUNNING = _Running()


def current_host() -> Host:
    """Return the host of the running script. Raises RenderSDGError outside of a run."""
    if _RUNNING.host is None:
        raise RenderSDGError("no script is running; run it by rendersdg run SCRIPT")
    return _RUNNING.host


def is_hosted() -> bool:
    """Return whether a script is running."""
    return _RUNNING.host is not None


@contextmanager
def hosting(host: Host) -> Iterator[Host]:
    """Make ``host`` the one that scripts talk to, and close it at the end.

    A script may run inside another one. Raises RenderSDGError where one runs on another thread: there is one host.
    """
    outer, thread = _RUNNING.host, threading.get_ident()
    if outer is not None and thread != _RUNNING.thread:
        raise RenderSDGError(
            "a script is running on another thread of this process; run scripts one after the other, or each in a "
            "process of its own"
        )
    _RUNNING.host, _RUNNING.thread = host, thread
    try:
        yield host
    finally:
        try:
            host.close()
        finally:
            _RUNNING.host = outer
