"""Single files that a command writes where the user says, and folders that last as long as the process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

from rendersdg.errors import DatasetError


def write_file(file: Path, data: bytes) -> None:
    """Write a file, its folder too. Raises DatasetError when that cannot be."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        raise DatasetError(f"cannot write {file}: {error.strerror}") from None


def scratch_folder(purpose: str) -> Path:
    """Return a new, empty temporary folder that goes when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix=f"rendersdg-{purpose}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
