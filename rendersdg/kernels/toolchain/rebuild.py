"""The libraries of a checkout, built anew when a source is not the one that they were built from."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rendersdg.errors import KernelsUnavailable
from rendersdg.kernels.toolchain.recipe import KERNELS, digest, this_machine

log = logging.getLogger("rendersdg")

LIBRARIES = KERNELS / "lib"


def rebuild_stale(folder: Path = LIBRARIES, levels: Sequence[str] = ()) -> None:
    """Build the libraries in ``folder`` that are missing or were built from other sources or with other flags.

    ``levels`` are all of this machine's by default. Processes that come here at once build one after the other, so only
    the first one compiles; files are replaced as a whole, and who has one open keeps it. Raises KernelsUnavailable.
    """
    target, wanted = this_machine(), digest().encode()
    levels = levels or target.levels

    def stale() -> list[str]:
        return [level for level in levels if not _holds(folder / target.library(level), wanted)]

    if not stale():
        return
    import shutil  # these and what the compiler needs cost milliseconds, and most starts have nothing to build
    import tempfile

    from rendersdg.kernels.toolchain.compiler import build_all

    try:
        folder.mkdir(exist_ok=True)
        with _locked(folder / "lock"):
            if not (missing := stale()):
                return
            log.warning(
                "building the kernels %s in %s: they are missing or a source has changed", ", ".join(missing), folder
            )
            for left in folder.glob("building-*"):  # by a process that was killed
                shutil.rmtree(left)
            with tempfile.TemporaryDirectory(prefix="building-", dir=folder) as scratch:
                for made in build_all(Path(scratch), levels=missing):
                    os.replace(made, folder / made.name)
    except OSError as error:
        raise KernelsUnavailable(
            f"the kernels in {folder} are older than their sources and cannot be replaced there: {error}; make "
            "the folder "
            "writable, end other processes that use them, or install rendersdg without -e"
        ) from None
    except KernelsUnavailable as error:
        raise KernelsUnavailable(f"the kernels in {folder} are missing or older than their sources. {error}") from None


def _holds(library: Path, digest: bytes) -> bool:
    """Return whether a library was built from what has this digest; the file is read, not loaded."""
    try:
        return digest in library.read_bytes()
    except FileNotFoundError:
        return False


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which stays; wait for whoever holds it."""
    with path.open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            while True:  # Windows gives up after ten seconds
                with suppress(OSError):
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
