"""The guard of a door: what nobody foresaw becomes one paragraph that says whose fault it is, and where."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rendersdg.errors import DatasetError, RenderSDGError, Unforeseen

DEBUG = "RENDERSDG_DEBUG"  # the variable of the environment that shows tracebacks
_OURS = ("rendersdg", "detectors", "writers")  # packages


@contextmanager
def guarded(where: str | None) -> Iterator[None]:
    """Let nothing but errors of ``errors.py`` out of the block.

    Everything else that is raised inside becomes an :class:`Unforeseen` at ``where`` (a file, or ``file:line``), whose
    cause it is. An interrupt, the end of the program and a lack of memory go through as they are.

    >>> with guarded("scene.yaml"):
    ...     raise KeyError("x")
    Traceback (most recent call last):
    rendersdg.errors.Unforeseen: scene.yaml: KeyError: 'x'; rendersdg did not foresee this: the fault is its own...
    """
    try:
        yield
    except (RenderSDGError, MemoryError):
        raise
    except Exception as error:
        raise as_foreseen(error).at(where) from error


def as_foreseen(error: Exception) -> RenderSDGError:
    """Return the error to tell instead of one that nobody foresaw: the system's about a file, or a fault of ours."""
    if isinstance(error, RenderSDGError):
        return error
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return DatasetError(f"{_text(error.filename)}: {error.strerror}")
    said = " ".join(str(error).split())
    said = said if len(said) <= 300 else said[:297] + "..."
    return Unforeseen(
        f"{type(error).__name__}{': ' if said else ''}{said}; rendersdg did not foresee this: the fault is its own, "
        f"not yours{_place(error)}. Please report it with the traceback, which {DEBUG}=1 shows"
    )


def show_traceback(error: BaseException) -> None:
    """Print the traceback of an error where the environment asks for it."""
    if os.environ.get(DEBUG, "") not in ("", "0"):
        traceback.print_exception(error, file=sys.stderr)


def _place(error: BaseException) -> str:
    """Return ``" (file:line of ours)"``: the innermost place in our code."""
    steps = traceback.extract_tb(error.__traceback__)
    for step in reversed(steps):
        parts = Path(step.filename).parts
        top = next((k for k in reversed(range(len(parts))) if parts[k] in _OURS), None)
        if top is not None and step.lineno is not None:
            return f" ({'/'.join(parts[top:])}:{step.lineno})"
    return ""


def _text(name: object) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)
