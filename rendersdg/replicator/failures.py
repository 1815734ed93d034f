"""What fails in a script where nobody looks: threads, callbacks of event loops, tasks that nobody awaits."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rendersdg.errors import Report

_NEVER_AWAITED = "was never awaited"


class Failures:
    """The errors of a run that no ``except`` of the script's and no caller has seen, in order.

    ``script`` is the script's whole path, ``report`` takes what Python itself ignores.
    """

    def __init__(self, script: str, report: Report) -> None:
        self._script = script
        self._report = report
        self._errors: list[BaseException] = []

    def add(self, error: BaseException) -> None:
        """Remember an error. Each counts once, however many tell of it."""
        if not any(error is one for one in self._errors):
            self._errors.append(error)

    def check(self) -> None:
        """Raise the first of them."""
        if self._errors:
            raise self._errors[0]

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Hear of failures: of threads, of callbacks of any event loop, and of what Python ignores with a warning."""
        hooks = threading.excepthook, sys.unraisablehook, warnings.showwarning
        threading.excepthook, sys.unraisablehook = self._of_thread, self._of_nobody
        warnings.showwarning = self._of_warning
        logger = logging.getLogger("asyncio")
        logger.addFilter(self._of_loop)
        try:
            yield
        finally:
            gc.collect()  # what fails as it goes, goes before nobody listens
            logger.removeFilter(self._of_loop)
            threading.excepthook, sys.unraisablehook, warnings.showwarning = hooks

    def _of_thread(self, what: threading.ExceptHookArgs) -> None:
        if what.exc_value is not None and not isinstance(what.exc_value, SystemExit):  # which ends its thread alone
            self.add(what.exc_value)

    def _of_loop(self, record: logging.LogRecord) -> bool:
        """Take what an event loop logs of a failed callback or task. Returns whether it is logged, too."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        self.add(error)
        return False

    def _of_nobody(self, what: sys.UnraisableHookArgs) -> None:
        error = what.exc_value
        if error is None or not isinstance(error, Exception):
            return
        place = place_of(error, self._script)
        name = getattr(what.object, "__qualname__", type(what.object).__name__)
        text = f"{f'{place}: ' if place else ''}{type(error).__name__}: {error} (Python ignores errors in there)"
        self._report.note(str(name), text)

    def _of_warning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        text = str(message)
        if _NEVER_AWAITED in text:
            where = f"{Path(filename).name}:{lineno}: " if is_beside(filename, self._script) else ""
            self._report.note(
                f"{where}{text}", "it did nothing; write await before it, or asyncio.ensure_future around it"
            )
        elif sys.__stderr__ is not None:
            shown = warnings.formatwarning(message, category, filename, lineno, line)
            print(shown, end="", file=file or sys.stderr)


def cause_of(error: BaseException) -> BaseException:
    """Return the error itself, or the first one in a group of them."""
    while inner := getattr(error, "exceptions", ()):  # Python 3.10 has no class for groups
        error = inner[0]
    return error


def place_of(error: BaseException, script: str) -> str | None:
    """Return ``file:line`` of a script's innermost line that an error came through, else of a file beside it."""
    lines: list[tuple[str, int]] = []
    trace = cause_of(error).__traceback__
    while trace is not None:
        lines.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    beside = [(file, line) for file, line in lines if is_beside(file, script)]
    for file, line in [*reversed([one for one in beside if one[0] == script]), *reversed(beside)]:
        return f"{Path(file).name}:{line}"
    return None


def is_beside(file: str, script: str) -> bool:
    """Return whether a file is the script, or lies in its folder or below."""
    return Path(file).is_relative_to(Path(script).parent)
