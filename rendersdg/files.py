"""Single files that a command writes where the user says."""

from __future__ import annotations

from pathlib import Path

from rendersdg.errors import DatasetError


def write_file(file: Path, data: bytes) -> None:
    """Write a file, its folder too. Raises DatasetError when that cannot be."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        raise DatasetError(f"cannot write {file}: {error.strerror}") from None
