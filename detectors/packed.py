"""Pictures that lie inside of shards: a path below a tar or Parquet file names one, as if the file were a folder."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from rendersdg.documents import read_bytes
from rendersdg.errors import DatasetError
from rendersdg.paths import relative_path

_SHARDS = 64  # tables of contents that are kept


def is_packed(file: Path) -> bool:
    """Return whether a path names a picture inside of a shard."""
    return file.parent.suffix in (".tar",)


def picture_bytes(file: Path) -> bytes:
    """Return the bytes of a picture: of a file, or of a member of a shard (``set/shard-000000.tar/00000007.png``).

    Raises DatasetError for what is not there or cannot be read.
    """
    if not is_packed(file):
        return read_bytes(file)
    places = tar_members(file.parent)
    if file.name not in places:
        raise DatasetError(f"{file.parent} has no member {file.name!r}")
    return member_bytes(file.parent, places[file.name])


def member_bytes(file: Path, place: tuple[int, int]) -> bytes:
    """Return bytes of a file by their place: the first, and how many. Raises DatasetError."""
    try:
        with open(file, "rb") as opened:
            opened.seek(place[0])
            data = opened.read(place[1])
    except OSError as error:
        raise DatasetError(f"cannot read {file}: {error.strerror or error}") from None
    if len(data) != place[1]:
        raise DatasetError(f"{file} is cut short; copy it again")
    return data


def tar_members(file: Path) -> Mapping[str, tuple[int, int]]:
    """Return where the members of a tar archive lie, in order: the first byte, and how many, by name.

    Raises DatasetError for an archive that is damaged or compressed, or that has links or names that lead out of it.
    """
    try:
        about = os.stat(file)
    except OSError as error:
        raise DatasetError(f"cannot read {file}: {error.strerror or error}") from None
    return _members(file, about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=_SHARDS)
def _members(file: Path, size: int, time: int) -> Mapping[str, tuple[int, int]]:
    del time
    found: dict[str, tuple[int, int]] = {}
    try:
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                if member.isdir():
                    continue
                relative_path(name, f"{file}: the member")
                if not member.isreg() or member.issparse():
                    raise DatasetError(f"{file} is refused: its member {name!r} is a link or not a plain file")
                if member.offset_data + member.size > size:
                    raise DatasetError(f"{file} is cut short in its member {name!r}; copy it again")
                if name in found:
                    raise DatasetError(f"{file} has the member {name!r} twice")
                found[name] = (member.offset_data, member.size)
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise DatasetError(f"{file} is not a tar archive that can be read ({error}); is it compressed?") from None
    return MappingProxyType(found)
