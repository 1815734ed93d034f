"""The two kinds of place that a store may be: a folder of this machine, and whatever fsspec knows.

Paths are whole ones, as the place has them. Every method raises what the system or the library raises;
FileNotFoundError means that the place says that there is no such file, and nothing else means that.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from hashlib import sha256
from inspect import signature
from typing import Any, Protocol

from rendersdg.dataset.faults import Answer, insist, is_conflict, unmasked
from rendersdg.files import PARTIAL, Disk, Whole, is_left_behind
from rendersdg.paths import is_below

_KEYED = {"memory", "zip", "tar"}  # their libraries raise KeyError for a file that is absent
_ATOMIC = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oci", "oss"}  # an object is whole there, or not there
CLAIMS = f".claims{PARTIAL}"  # ends the name of the folder in which processes say that they are about to create a file
_PIECE, _REMOTE_PIECE = 1 << 20, 1 << 26  # bytes that are read at once, where a file is not needed as a whole
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")  # what the libraries of stores call it
_CREATING = threading.Lock()  # memory:// looks and writes in two steps


class Place(Protocol):
    """Where files are."""

    def write(self, files: Mapping[str, bytes], then: Mapping[str, bytes]) -> None:
        """Write files by path; those of ``then`` when the others are there, for good."""
        ...

    def create(self, path: str, data: bytes) -> bool:
        """Write a file that is not there yet, and return whether this call did: of several processes, one at most."""
        ...

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        ...

    def size(self, path: str) -> int:
        """Return a file's size in bytes."""
        ...

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the sizes of all files at or below a folder by path; none where there is no folder."""
        ...

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield a file's bytes in pieces that fit in memory."""
        ...

    def times(self, folder: str) -> dict[str, float]:
        """Return when files at or below a folder were written, in seconds by path; those alone that the place knows."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file."""
        ...

    def sweep(self) -> None:
        """Remove what killed processes left half written."""
        ...


class Folder:
    """A folder of this machine."""

    def __init__(self, root: str, disk: Disk | None = None) -> None:
        self._root = root
        self._whole = Whole(root, disk)

    def write(self, files: Mapping[str, bytes], then: Mapping[str, bytes]) -> None:
        """See :class:`Place`."""
        self._whole.write(files, then)

    def create(self, path: str, data: bytes) -> bool:
        """See :class:`Place`."""
        return self._whole.create(path, data)

    def read(self, path: str) -> bytes:
        """See :class:`Place`."""
        with open(path, "rb") as file:
            return file.read()

    def size(self, path: str) -> int:
        """See :class:`Place`."""
        if os.path.isdir(path):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        return os.stat(path).st_size

    def sizes(self, folder: str) -> dict[str, int]:
        """See :class:`Place`."""
        return dict(self._files(folder, frozenset()))

    def _files(self, folder: str, above: frozenset[tuple[int, int]]) -> Iterator[tuple[str, int]]:
        try:
            entries = sorted(os.scandir(folder), key=lambda one: one.name)
            here = os.stat(folder)
        except FileNotFoundError:  # never there, or removed meanwhile
            return
        above = above | {(here.st_dev, here.st_ino)}
        for entry in entries:
            path = f"{folder.rstrip('/')}/{entry.name}"
            if entry.is_symlink() and not is_below(os.path.realpath(path), os.path.realpath(self._root)):
                yield path, entry.stat(follow_symlinks=False).st_size  # what it leads to is not the store's
            elif entry.is_dir():
                there = entry.stat()
                if (there.st_dev, there.st_ino) not in above:  # a link may lead back up
                    yield from self._files(path, above)
            elif not entry.name.endswith(PARTIAL):
                with suppress(FileNotFoundError):
                    yield path, (entry.stat() if entry.is_file() else entry.stat(follow_symlinks=False)).st_size

    def pieces(self, path: str) -> Iterator[bytes]:
        """See :class:`Place`."""
        with open(path, "rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    def times(self, folder: str) -> dict[str, float]:
        """See :class:`Place`."""
        found = {}
        for path in self.sizes(folder):
            with suppress(FileNotFoundError):  # removed meanwhile
                found[path] = os.stat(path).st_mtime
        return found

    def remove(self, path: str) -> None:
        """See :class:`Place`."""
        os.unlink(path)

    def sweep(self) -> None:
        """See :class:`Place`."""
        for folder, _, files in os.walk(self._root):
            for path in [os.path.join(folder, name) for name in files if name.endswith(PARTIAL)]:
                if is_left_behind(path):
                    with suppress(FileNotFoundError):  # another process may sweep, too
                        os.unlink(path)


class Remote:
    """A location of fsspec. Faults that pass are waited out."""

    def __init__(self, fs: Any, root: str) -> None:
        self._fs = fs
        self._root = root
        protocols = {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)
        self._is_keyed = bool(protocols & _KEYED)
        self._is_atomic = bool(protocols & _ATOMIC)

    def write(self, files: Mapping[str, bytes], then: Mapping[str, bytes]) -> None:
        """See :class:`Place`. A store that takes a file bit by bit may show it cut short meanwhile."""
        for path, data in [*files.items(), *then.items()]:
            self._put(path, data)

    def _put(self, path: str, data: bytes) -> None:
        def put() -> None:
            self._fs.pipe_file(path, data)
            if not self._is_atomic and (arrived := self.size(path)) != len(data):
                raise ConnectionError(f"{arrived} of {len(data)} bytes arrived")

        insist(put)

    def create(self, path: str, data: bytes) -> bool:
        """See :class:`Place`.

        Where the store can write under the condition that nothing is there, it does. Elsewhere each process leaves a
        claim and lists the claims of all: who sees another's gives way, which may be each of them.
        """
        claims = f"{path}{CLAIMS}"
        mine = f"{claims}/{sha256(data).hexdigest()[:16]}-{os.urandom(4).hex()}"
        with _CREATING:
            try:
                self._put(mine, data)
                if self._keeps(mine, data):
                    return self._created(path, data)
                others = [one for one in self.sizes(claims) if one.rsplit("/", 1)[-1] != mine.rsplit("/", 1)[-1]]
                if others or self._is_there(path):
                    return False
                self._put(path, data)
                return self.read(path) == data
            finally:
                with suppress(Exception):
                    self._fs.rm_file(mine)

    def _keeps(self, path: str, data: bytes) -> bool:
        """Return whether the store refuses to write over a file when it is asked to create one."""
        pipe = getattr(self._fs, "_pipe_file", self._fs.pipe_file)
        if "mode" not in signature(pipe).parameters:  # an older library would drop it in silence
            return False
        try:
            insist(lambda: self._fs.pipe_file(path, data, mode="create"))
        except Exception as error:
            return is_conflict(error)
        return False

    def _created(self, path: str, data: bytes) -> bool:
        try:
            insist(lambda: self._fs.pipe_file(path, data, mode="create"))
        except Exception:
            if not self._is_there(path):
                raise
            # the same bytes are ours, and the answer was lost; or another process wrote what this one would have
            return self.read(path) == data
        if not self._is_atomic and self.size(path) != len(data):  # it is this call's, and cut short
            self._put(path, data)
        return True

    def _is_there(self, path: str) -> bool:
        try:
            self.size(path)
        except FileNotFoundError:
            return False
        return True

    def read(self, path: str) -> bytes:
        """See :class:`Place`."""
        return bytes(self._asked(lambda: self._fs.cat_file(path), path))

    def size(self, path: str) -> int:
        """See :class:`Place`."""
        self._fs.invalidate_cache()  # a listing that is kept knows nothing of other processes
        info = self._asked(lambda: self._fs.info(path), path)
        if info["type"] == "directory":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        return len(self.read(path)) if info.get("size") is None else int(info["size"])

    def sizes(self, folder: str) -> dict[str, int]:
        """See :class:`Place`."""
        self._fs.invalidate_cache()
        # fsspec's own walk leaves out what it cannot list; the libraries that list by themselves take no such option
        lists = getattr(type(self._fs), "_find", type(self._fs).find)
        walks = lists.__module__ in ("fsspec.spec", "fsspec.asyn")
        told: dict[str, Any] = {"on_error": _unless_absent} if walks else {}
        try:
            found = self._asked(lambda: self._fs.find(folder, detail=True, **told), folder)
        except FileNotFoundError:
            return {}
        files = {path: info for path, info in found.items() if info.get("type") != "directory"}
        return {path: -1 if info.get("size") is None else int(info["size"]) for path, info in files.items()}

    def pieces(self, path: str) -> Iterator[bytes]:
        """See :class:`Place`."""
        size = self.size(path)
        if size <= _REMOTE_PIECE:
            yield self.read(path)
            return
        for start in range(0, size, _REMOTE_PIECE):
            part = partial(self._fs.cat_file, path, start=start, end=min(start + _REMOTE_PIECE, size))
            yield bytes(self._asked(part, path))

    def times(self, folder: str) -> dict[str, float]:
        """See :class:`Place`."""
        try:
            found = self._asked(lambda: self._fs.find(folder, detail=True), folder)
        except FileNotFoundError:
            return {}
        said = {path: next((info[k] for k in _TIMES if info.get(k) is not None), None) for path, info in found.items()}
        seconds = {path: one.timestamp() if isinstance(one, datetime) else one for path, one in said.items()}
        return {path: float(one) for path, one in seconds.items() if isinstance(one, (int, float))}

    def remove(self, path: str) -> None:
        """See :class:`Place`."""
        self._asked(lambda: self._fs.rm_file(path), path)

    def sweep(self) -> None:
        """See :class:`Place`: a file appears when it is whole, and partial ones have no name."""

    def _asked(self, call: Callable[[], Answer], path: str) -> Answer:
        try:
            return insist(lambda: unmasked(call))
        except KeyError as error:
            if self._is_keyed:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path) from error
            raise


def _unless_absent(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
