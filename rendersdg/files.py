"""Files that are there whole or not at all, also after a power cut; and folders that last as long as the process."""

from __future__ import annotations

import atexit
import errno
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from rendersdg.errors import DatasetError

PARTIAL = ".partial"  # ends the name of a file that is being written
_CHUNK = 1 << 20  # bytes that are read at a time
_FLUSHES = 8  # at a time: a journal takes those that come together in one go
_ABANDONED = 86400  # seconds after which a partial file of another machine counts as left behind
_LONGEST = 180  # bytes of a name that its partial file's keeps; 255 are the most on most file systems
_NO_FLUSH = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}  # of a folder, on some network file systems
_NO_LINK = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}  # where there are no hard links

One = TypeVar("One")


class Disk:
    """What writing whole files asks of an operating system. A test puts another one in its place."""

    def write(self, path: str, data: bytes, *, is_new: bool = False) -> None:
        """Write a file and flush its bytes. ``is_new``: raises FileExistsError where there is one."""
        with open(path, "xb" if is_new else "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def rename(self, path: str, target: str) -> None:
        """Give a file another name; what has that name is replaced."""
        os.replace(path, target)

    def link(self, path: str, target: str) -> None:
        """Give a file a second name. Raises FileExistsError where something has it."""
        try:
            os.link(path, target)
        except FileExistsError:
            if os.stat(path).st_nlink < 2:  # else it was done, and a network's answer got lost
                raise

    def unlink(self, path: str) -> None:
        """Remove a name; a missing one is not an error."""
        with suppress(FileNotFoundError):
            os.unlink(path)

    def make_folder(self, path: str) -> bool:
        """Make a folder and return whether it was missing."""
        try:
            os.mkdir(path)
        except FileExistsError:
            if not os.path.isdir(path):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path) from None
            return False
        return True

    def flush_folder(self, path: str) -> None:
        """Flush the names in a folder, where the system can."""
        if os.name == "nt":
            return
        try:
            number = os.open(path or ".", os.O_RDONLY)
        except PermissionError:  # it may be written, not read
            return
        try:
            os.fsync(number)
        except OSError as error:
            if error.errno not in _NO_FLUSH:
                raise
        finally:
            os.close(number)


class Whole:
    """Writes files so that each appears under its name with all its bytes, and stays after a power cut.

    Every method raises OSError when the system does.
    """

    def __init__(self, root: str | None = None, disk: Disk | None = None) -> None:
        """``root`` is a folder that several processes write to: what another one made there is flushed here, too."""
        self._root = None if root is None else root.rstrip("/")
        self._disk = disk or Disk()
        self._folders: set[str] = set()  # that are there and flushed, so that none is asked for twice

    def write(self, files: Mapping[str, bytes], then: Mapping[str, bytes] | None = None) -> None:
        """Write files by path; those of ``then`` appear when all others are flushed under their names.

        What has one of the names is replaced. Folders are made.
        """
        last = dict(then or {})
        partial = {path: partial_name(path) for path in {**files, **last}}
        self._make_folders(os.path.dirname(path) for path in partial)
        try:
            _together(lambda one: self._disk.write(partial[one[0]], one[1]), [*files.items(), *last.items()])
            for some in (files, last):
                for path in some:
                    self._disk.rename(partial.pop(path), path)
                _together(self._disk.flush_folder, sorted({os.path.dirname(path) for path in some}))
        except BaseException:
            for name in partial.values():
                with suppress(OSError):
                    self._disk.unlink(name)
            raise

    def create(self, path: str, data: bytes) -> bool:
        """Write a file that is not there yet, and return whether this call did: of several processes, one does."""
        self._make_folders([os.path.dirname(path)])
        partial = partial_name(path)
        try:
            self._disk.write(partial, data)
            try:
                self._disk.link(partial, path)
            except FileExistsError:
                return False
            except OSError as error:
                if error.errno not in _NO_LINK:
                    raise
                try:  # exclusive, too, but a kill may leave it cut short: its reader refuses it then
                    self._disk.write(path, data, is_new=True)
                except FileExistsError:
                    return False
            self._disk.flush_folder(os.path.dirname(path))
        finally:
            with suppress(OSError):
                self._disk.unlink(partial)
        return True

    def _make_folders(self, paths: Iterable[str]) -> None:
        for path in sorted(set(paths)):
            levels = []
            while path and path not in self._folders:
                levels.append(path)
                if os.path.dirname(path) == path:
                    break
                path = os.path.dirname(path)
            for level in reversed(levels):
                made = not os.path.isdir(level) and self._disk.make_folder(level)
                if made or (self._root is not None and level.startswith(self._root + "/")):
                    self._disk.flush_folder(os.path.dirname(level))
                self._folders.add(level)


def user_cache(part: str) -> Path:
    """Return the folder of one kind of things that rendersdg keeps for the user. Raises RuntimeError without a home."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rendersdg" / part


def write_file(file: Path, data: bytes) -> None:
    """Write a file, whole or not at all, its folder too. Raises DatasetError when that cannot be."""
    try:
        if file.exists() and not file.is_file():  # a terminal, a pipe
            file.write_bytes(data)
        else:
            Whole().write({os.path.realpath(file): data})
    except OSError as error:
        raise DatasetError(f"cannot write {file}: {error.strerror or error}") from None


def require_room(folder: Path, name: str | None = None) -> None:
    """Raise DatasetError where a folder can plainly not be written to, and leave all as it is.

    Args:
        folder: it need not be there yet.
        name: what errors call it; None for its path.
    """
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise DatasetError(f"cannot write to {name or folder}: {place} is a file; choose another folder")
    if not os.access(place, os.W_OK | os.X_OK):
        raise DatasetError(f"cannot write to {name or folder}: {place} may not be written to; choose another folder")


def digest_of_file(path: str | Path, length: int | None = None) -> str:
    """Return the SHA-256 of a file's first ``length`` bytes, hexadecimal; None for all of them. Raises OSError."""
    content, left = sha256(), sys.maxsize if length is None else length
    with open(path, "rb") as file:
        while left > 0 and (chunk := file.read(min(left, _CHUNK))):
            content.update(chunk)
            left -= len(chunk)
    return content.hexdigest()


def partial_name(path: str) -> str:
    """Return a name beside ``path`` for a file that is being written; no other process and no other call has it."""
    folder, name = os.path.split(path)
    short = os.fsencode(name)[:_LONGEST].decode(errors="ignore")
    return os.path.join(folder, f"{short}.{_machine()}-{os.urandom(3).hex()}.{os.getpid()}{PARTIAL}")


def is_left_behind(path: str) -> bool:
    """Return whether the process that wrote a partial file is gone; of another machine's, whether a day went by."""
    name = os.path.basename(path)
    if not name.endswith(PARTIAL):
        return False
    *rest, writer = name.removesuffix(PARTIAL).rsplit(".", 2)
    if not rest or not writer.isdigit():
        return False  # a download of a browser, say
    machine = rest[-1].partition("-")[0] if len(rest) == 2 and _is_machine(rest[-1]) else _machine()
    if machine != _machine():
        with suppress(OSError):
            return time.time() - os.stat(path).st_mtime > _ABANDONED
        return False
    return not _is_running(int(writer))


def scratch_folder(purpose: str) -> Path:
    """Return a new, empty temporary folder that goes when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix=f"rendersdg-{purpose}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _together(do: Callable[[One], None], items: list[One]) -> None:
    """Do all of ``items``, some at a time; the first error is raised when all have ended."""
    if len(items) < 2:
        for item in items:
            do(item)
        return
    with ThreadPoolExecutor(min(len(items), _FLUSHES)) as pool:
        for future in [pool.submit(do, item) for item in items]:
            future.result()


@cache
def _machine() -> str:
    """Return a short name of this machine and of the container whose process numbers these are."""
    try:
        space = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        space = 0
    return sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]


def _is_machine(text: str) -> bool:
    name, dash, rest = text.partition("-")
    return bool(dash) and len(name) == 8 and len(rest) == 6 and not set(name + rest) - set("0123456789abcdef")


def _is_running(process: int) -> bool:
    """Return whether another process of this machine is alive."""
    if process == os.getpid() or os.name == "nt":  # there, signal 0 is no question
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # it is there and somebody else's
    return True
