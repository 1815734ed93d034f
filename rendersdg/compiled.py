"""How numba compiles this project's kernels: strict floating point, so the same bytes on every machine.

Compiled kernels are kept in a folder named after the sources of all of them: numba itself looks at the file of a kernel alone,
and would go on using one whose callee in another file has changed. One process at a time writes there: numba's index and the
files that it names are written one after the other, and two processes at once could have it name another kernel's file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba
from numba.core import caching

try:
    import fcntl
except ImportError:  # not on Windows, where files in use cannot be replaced anyway
    fcntl = None  # type: ignore[assignment]

OPTIONS = {"cache": True, "fastmath": False, "error_model": "numpy", "boundscheck": False, "nogil": True}
_ROOT = Path(__file__).parent


def _sources() -> list[Path]:
    """Return the files that hold kernels."""
    return [
        *sorted((_ROOT / "backends" / "kernels").glob("*.py")),
        _ROOT / "compiled.py",
    ]


def cache_folder() -> Path | None:
    """Return where compiled kernels are kept: below NUMBA_CACHE_DIR, beside this file, or in the user's cache.

    None when none of them can be written; numba then decides.
    """
    digest = sha256(b"".join(path.read_bytes() for path in _sources())).hexdigest()[:16]
    given = os.environ.get("NUMBA_CACHE_DIR")
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rendersdg"
    for base in [Path(given)] if given else [_ROOT / "__pycache__", user]:
        folder = base / f"kernels-{digest}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


class _OneAtATime(caching.IndexDataCacheFile):  # type: ignore[misc]
    """The index and files of one kernel, read and written under a lock."""

    def save(self, key: Any, data: Any) -> None:
        with _locked(Path(self._cache_path), shared=False):
            super().save(key, data)

    def load(self, key: Any) -> Any:
        with _locked(Path(self._cache_path), shared=True):
            return super().load(key)


@contextmanager
def _locked(folder: Path, *, shared: bool) -> Iterator[None]:
    """Hold a folder's lock; where files cannot be locked or written there is none."""
    file = None
    with suppress(OSError):
        if fcntl is not None:
            file = (folder / "lock").open("a")
            fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    try:
        yield
    finally:
        if file is not None:
            file.close()


caching.IndexDataCacheFile = _OneAtATime
if (_folder := cache_folder()) is not None:
    numba.config.CACHE_DIR = str(_folder)
