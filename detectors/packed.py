"""Pictures that lie inside of shards: a path below a tar or Parquet file names one, as if the file were a folder."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rendersdg.documents import read_bytes
from rendersdg.errors import DatasetError
from rendersdg.extras import load
from rendersdg.paths import relative_path

_SHARDS = 64  # tables of contents that are kept


def is_packed(file: Path) -> bool:
    """Return whether a path names a picture inside of a shard."""
    return file.parent.suffix in (".tar", ".parquet")


def picture_bytes(file: Path) -> bytes:
    """Return the bytes of a picture: of a file, or of a member of a shard (``set/shard-000000.tar/00000007.png``,
    ``set/train-000000.parquet/00000007.png``, where the number is the row's).

    Raises DatasetError for what is not there or cannot be read.
    """
    if not is_packed(file):
        return read_bytes(file)
    if file.parent.suffix == ".parquet":
        return _row_picture(file)
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


def _state_of(file: Path) -> tuple[int, int]:
    """Return what tells that a file is another than before: its size and when it was written."""
    try:
        about = os.stat(file)
    except OSError as error:
        raise DatasetError(f"cannot read {file}: {error.strerror or error}") from None
    return about.st_size, about.st_mtime_ns


def tar_members(file: Path) -> Mapping[str, tuple[int, int]]:
    """Return where the members of a tar archive lie, in order: the first byte, and how many, by name.

    Raises DatasetError for an archive that is damaged or compressed, or that has links or names that lead out of it.
    """
    return _members(file, *_state_of(file))


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


def parquet_file(file: Path) -> Any:
    """Return an open Parquet file. Raises DatasetError for one that is damaged, BadArgument without pyarrow."""
    return _parquet(file, *_state_of(file))


@lru_cache(maxsize=_SHARDS)
def _parquet(file: Path, size: int, time: int) -> Any:
    del size, time
    parquet = load("pyarrow.parquet", "parquet", "reading Parquet")
    try:
        return parquet.ParquetFile(file)
    except Exception as error:  # pyarrow's errors are OSError, ValueError and others
        raise _unreadable(file, error) from None


def rows_of(file: Path, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file, of some columns. Raises DatasetError where it is damaged."""
    opened = parquet_file(file)
    try:
        for batch in opened.iter_batches(columns=list(columns)):
            yield from batch.to_pylist()
    except Exception as error:
        raise _unreadable(file, error) from None


def parquet_picture(file: Path, row: int) -> Path:
    """Return the path that stands for the picture in a row."""
    return file / f"{row:08d}.png"


def _row_picture(file: Path) -> bytes:
    opened, row = parquet_file(file.parent), int(file.stem) if file.stem.isdigit() else -1
    group, first = 0, 0
    while row >= 0 and group < opened.num_row_groups:
        count = opened.metadata.row_group(group).num_rows
        if row < first + count:
            value = _group_pictures(file.parent, group, os.stat(file.parent).st_mtime_ns)[row - first]
            data = value.get("bytes") if isinstance(value, dict) else value
            if not isinstance(data, bytes):
                raise DatasetError(f"{file.parent}: row {row} holds no picture; pictures beside the file are not read")
            return data
        group, first = group + 1, first + count
    raise DatasetError(f"{file.parent} has no row {file.stem}")


@lru_cache(maxsize=4)
def _group_pictures(file: Path, group: int, time: int) -> list[Any]:
    del time
    try:
        return parquet_file(file).read_row_group(group, columns=["image"])["image"].to_pylist()
    except Exception as error:
        raise _unreadable(file, error) from None


def _unreadable(file: Path, error: Exception) -> DatasetError:
    if isinstance(error, DatasetError):
        return error
    return DatasetError(f"{file} is not a Parquet file that can be read ({str(error).splitlines()[0][:200]})")
