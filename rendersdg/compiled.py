"""How numba compiles this project's kernels: strict floating point, so the same bytes on every machine.

Compiled kernels are kept in a folder named after the sources of all of them: numba itself looks at the file of a kernel alone,
and would go on using one whose callee in another file has changed.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import numba

OPTIONS = {"cache": True, "fastmath": False, "error_model": "numpy", "boundscheck": False, "nogil": True}
_ROOT = Path(__file__).parent


def _sources() -> list[Path]:
    """Return the files that hold kernels."""
    return [
        *sorted((_ROOT / "backends" / "kernels").glob("*.py")),
        *(_ROOT / name for name in ("compiled.py", "defects/drawing.py", "stage/unfold.py")),
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


if (_folder := cache_folder()) is not None:
    numba.config.CACHE_DIR = str(_folder)
