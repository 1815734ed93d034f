"""``isaacsim.core.experimental.utils.backend``: through which interface the stage is seen: USD, here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rendersdg.replicator.host import current_host

__all__ = [
    "get_current_backend",
    "is_backend_set",
    "should_raise_on_fallback",
    "should_raise_on_unsupported",
    "use_backend",
]


class Backend:
    """The backend that a script chose in this run, by its name."""

    name: str | None = None
    raises_on_unsupported = raises_on_fallback = False


@contextmanager
def use_backend(backend: str, *, raise_on_unsupported: bool = False, raise_on_fallback: bool = False) -> Iterator[None]:
    """Note the backend that a block asks for: whichever it is, the same stage is read and written."""
    state = current_host().part(Backend)
    before = dict(vars(state))
    state.name = str(backend)
    state.raises_on_unsupported, state.raises_on_fallback = bool(raise_on_unsupported), bool(raise_on_fallback)
    try:
        yield
    finally:
        vars(state).clear()
        vars(state).update(before)


def get_current_backend(supported_backends: Sequence[str], *, raise_on_unsupported: bool | None = None) -> str:
    """Return the backend that was asked for where it is supported, else the first that is."""
    name = current_host().part(Backend).name
    return name if name is not None and name in supported_backends else supported_backends[0]


def is_backend_set() -> bool:
    """Return whether a block has asked for a backend."""
    return current_host().part(Backend).name is not None


def should_raise_on_unsupported() -> bool:
    """Return what the block asked for."""
    return current_host().part(Backend).raises_on_unsupported


def should_raise_on_fallback() -> bool:
    """Return what the block asked for."""
    return current_host().part(Backend).raises_on_fallback
