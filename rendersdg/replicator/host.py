"""One run of one script: all that Omniverse keeps globally, and nothing that outlives the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from rendersdg.errors import RenderSDGError

T = TypeVar("T")


class Host:
    """The state of a script's run, in parts: one object a kind, made when it is first asked for.

    A module that plays one of Omniverse's keeps its state in a class without constructor arguments and reaches it by
    ``current_host().part(ItsState)``. Two runs in one process, one after the other or one inside the other, share
    no part.
    """

    def __init__(self) -> None:
        self._parts: dict[type[Any], Any] = {}

    def part(self, kind: type[T]) -> T:
        """Return this run's own ``kind``."""
        if kind not in self._parts:
            self._parts[kind] = kind()
        found: T = self._parts[kind]
        return found

    def close(self) -> None:
        """End the run: call ``close()`` of the parts that have one, the latest first, and drop them all."""
        for part in reversed(self._parts.values()):
            close = getattr(part, "close", None)
            if close is not None:
                close()
        self._parts.clear()


_CURRENT: ContextVar[Host | None] = ContextVar("host", default=None)


def current_host() -> Host:
    """Return the host of the running script. Raises RenderSDGError outside of a run."""
    host = _CURRENT.get()
    if host is None:
        raise RenderSDGError("no script is running; run it by rendersdg run SCRIPT")
    return host


@contextmanager
def hosting(host: Host) -> Iterator[Host]:
    """Make ``host`` the one that scripts talk to, and close it at the end."""
    before = _CURRENT.get()
    _CURRENT.set(host)
    try:
        yield host
    finally:
        host.close()
        _CURRENT.set(before)
