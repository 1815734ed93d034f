"""Archives that come from elsewhere: their members and sizes are looked at before anything is unpacked."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from rendersdg.documents import refuse_unending
from rendersdg.errors import DatasetError, RenderSDGError
from rendersdg.paths import relative_path

_FREE = 256 << 20  # bytes that any archive may unpack to
_RATIO = 20  # times its own size that a larger one may unpack to: pictures and meshes stay below


def is_archive(file: Path) -> bool:
    """Return whether a file begins like a zip archive that is not empty.

    Raises OSError when it cannot be read, DatasetError for a pipe or a device.
    """
    refuse_unending(file)
    with file.open("rb") as opened:
        return opened.read(4) == b"PK\x03\x04"


def check_archive(file: Path, *, is_stored: bool = False, error: type[RenderSDGError] = DatasetError) -> None:
    """Refuse a zip archive that may do harm when it is unpacked, or that is damaged; see :func:`check_members`.

    Args:
        file: the archive.
        is_stored: whether its kind (torch's, USD's) stores members as they are, so that none may be compressed.
        error: what is raised.

    Raises:
        RenderSDGError: of the kind ``error``, naming the archive and the member.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
        size = file.stat().st_size
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise error(f"{file} is not an archive that can be read ({problem}); copy it again") from None
    packed = next((m for m in members if m.compress_type != zipfile.ZIP_STORED), None)
    if is_stored and packed is not None:
        raise error(f"{file} is refused: its member {packed.filename!r} is compressed, which no file of this kind has")
    check_members(members, size, str(file), error)


def check_members(
    members: Sequence[zipfile.ZipInfo], size: int, name: str, error: type[RenderSDGError] = DatasetError
) -> None:
    """Refuse members that lead out of a folder, are links, lie in each other, or unpack to very much.

    An archive may unpack to 256 MiB, or to 20 times its own size. Raises RenderSDGError of the kind ``error``.

    Args:
        members: of the archive.
        size: of the archive, bytes.
        name: of the archive, for messages.
        error: what is raised.
    """
    for member in members:
        relative_path(member.filename.removesuffix("/"), f"{name}: the member", error)
        if stat.S_ISLNK(member.external_attr >> 16):
            raise error(f"{name} is refused: its member {member.filename!r} is a symbolic link")
    if sum(m.compress_size for m in members) > size:
        raise error(f"{name} is refused: its members overlap, as in archives that are made to do harm")
    refuse_expansion(sum(m.file_size for m in members), size, name, error)


def check_file_system(fs: object, name: str, error: type[RenderSDGError] = DatasetError) -> None:
    """Refuse a zip or tar archive that is opened as a place of files (``zip://::sets.zip``), as :func:`check_members`.

    Args:
        fs: a file system of fsspec; others than archives pass.
        name: its URL, for messages.
        error: what is raised.
    """
    archive = getattr(fs, "zip", None)
    if isinstance(archive, zipfile.ZipFile) and archive.mode == "r":
        check_members(archive.infolist(), archive.start_dir, name, error)
    archive = getattr(fs, "tar", None)
    if isinstance(archive, tarfile.TarFile):
        expanded = 0
        for member in archive.getmembers():
            path = member.name.removeprefix("./").removesuffix("/")
            if path not in ("", "."):
                relative_path(path, f"{name}: the member", error)
            if not (member.isreg() or member.isdir()) or member.issparse():
                raise error(f"{name} is refused: its member {member.name!r} is a link or not a plain file")
            expanded += member.size
        if getattr(fs, "compression", None):
            refuse_expansion(expanded, 0, name, error)


def refuse_expansion(expanded: int, size: int, name: str, error: type[RenderSDGError] = DatasetError) -> None:
    """Raise ``error`` where ``size`` bytes unpack to so many that they may be made to fill the memory or the disk."""
    if expanded > max(_FREE, _RATIO * size):
        raise error(
            f"{name} is refused: {size:,} bytes would unpack to {expanded:,}, more than {_RATIO} times as many; if "
            "that is meant, store it without compression"
        )
