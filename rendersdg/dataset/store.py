"""Where bytes go: a folder or any fsspec location. A file is absent where the store says so; all else is an error."""

from __future__ import annotations

import gc
import posixpath
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from rendersdg.archives import check_file_system
from rendersdg.dataset.faults import explained
from rendersdg.dataset.places import Folder, Place, Remote
from rendersdg.errors import DatasetError, MissingFile
from rendersdg.files import PARTIAL, require_room
from rendersdg.paths import inside, relative_path

_CACHES = {"simplecache", "filecache", "blockcache", "cached"}  # they answer with what was there before


class Store:
    """A folder at an fsspec URL (``out``, ``s3://bucket/key``, ``memory://x``).

    Paths are relative to it, with ``/`` between their parts; one that would leave the folder raises DatasetError, and
    so does making a store of a URL that cannot be opened. A fault that passes (a time-out, a lost connection, an error
    of the server, throttling) is waited out for some seconds; any other raises DatasetError at once.

    >>> store = Store("memory://letters")
    >>> store.write("a/b.txt", b"text")
    >>> store.size("a/b.txt"), store.size("a/c.txt"), store.create("a/b.txt", b"other"), store.sizes()
    (4, None, False, {'a/b.txt': 4})
    """

    def __init__(self, url: str, place: Place | None = None) -> None:
        """``place`` stands for the one at ``url``, in tests."""
        self.url = url
        self._is_local = False
        if place is not None:
            self._root, self._place = url, place
            return
        fs, self._root = _opened(url)
        check_file_system(fs, url)
        protocols = {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)
        self._is_local = "file" in protocols
        self._place = Folder(self._root) if self._is_local else Remote(fs, self._root)

    @property
    def absolute(self) -> str:
        """The location as any process finds it: a local folder's absolute path, any other URL as it is."""
        return self._root if self._is_local else self.url

    def require_room(self) -> None:
        """Raise DatasetError where a folder of this machine can plainly not be written to: a file lies in its way, or
        its permissions forbid it. Nothing is written, and other places are not asked.
        """
        if not self._is_local:
            return
        require_room(Path(self._root), self.url)

    def write(self, path: str, data: bytes) -> None:
        """Write ``data`` to ``path``: the final name appears when all bytes are there, flushed to the disk.

        Raises DatasetError when they cannot be written.
        """
        self.write_all({path: data})

    def write_all(self, files: Mapping[str, bytes], then: Mapping[str, bytes] | None = None) -> None:
        """Write files by path, together; those of ``then`` appear when all others are there for good.

        Raises DatasetError when they cannot be written.
        """
        full = [{self._full(path): data for path, data in some.items()} for some in (files, then or {})]
        named = next(iter(full[0] or full[1]), self._root)
        with self._told("write", named if len(files) + len(then or {}) == 1 else f"{named} and others"):
            self._place.write(*full)

    def create(self, path: str, data: bytes) -> bool:
        """Write a file that is not there yet, and return whether this call did.

        Of several processes that do so at once one at most is told True. On a store that cannot write under a
        condition, all may be told False. Raises DatasetError when it cannot be written.
        """
        with self._told("write", self._full(path)):
            return self._place.create(self._full(path), data)

    def read(self, path: str) -> bytes:
        """Return the bytes of a file. Raises MissingFile when there is none, DatasetError when it cannot be read."""
        with self._told("read", self._full(path)):
            try:
                return self._place.read(self._full(path))
            except FileNotFoundError:
                raise MissingFile(f"cannot read {self._full(path)}: there is no such file") from None

    def remove(self, path: str) -> None:
        """Remove a file; a missing one is not an error. Raises DatasetError when it cannot be removed."""
        with self._told("remove", self._full(path)):
            try:
                self._place.remove(self._full(path))
            except FileNotFoundError:
                return

    def size(self, path: str) -> int | None:
        """Return the size of a file in bytes, None when the store says that there is none.

        Raises DatasetError when the store cannot say.
        """
        with self._told("look for", self._full(path)):
            try:
                return self._place.size(self._full(path))
            except FileNotFoundError:
                return None

    def sizes(self, folder: str = "") -> dict[str, int]:
        """Return the sizes in bytes of all files at or below ``folder`` by path, sorted; partial ones left out.

        One listing tells all. Paths are relative to the store. Raises DatasetError when the store cannot list them.
        """
        root = self._full(folder) if folder else self._root
        with self._told("list", root):
            found = self._place.sizes(root)
        base = self._root.rstrip("/") + "/"
        relative = {(path[len(base) :] if path.startswith(base) else path.lstrip("/")): n for path, n in found.items()}
        return {path: relative[path] for path in sorted(relative) if f"{PARTIAL}/" not in f"{path}/"}

    def names(self, folder: str = "") -> list[str]:
        """Return the paths of all files at or below ``folder``; see :meth:`sizes`."""
        return list(self.sizes(folder))

    def digest(self, path: str) -> str:
        """Return the SHA-256 of a file, hexadecimal; a big one is read piece by piece. Raises as :meth:`read` does."""
        content = sha256()
        with self._told("read", self._full(path)):
            try:
                for piece in self._place.pieces(self._full(path)):
                    content.update(piece)
            except FileNotFoundError:
                raise MissingFile(f"cannot read {self._full(path)}: there is no such file") from None
        return content.hexdigest()

    def stamps(self) -> dict[str, tuple[int, float | None]]:
        """Return the size in bytes of every file by path, and when it was written, in seconds; None where the store
        does not say so.
        """
        with self._told("list", self._root):
            times = self._place.times(self._root)
        return {path: (size, times.get(posixpath.join(self._root, path))) for path, size in self.sizes().items()}

    def sweep(self) -> None:
        """Remove partial files that a killed process left; those of a living one are being written."""
        with self._told("sweep", self._root):
            self._place.sweep()

    def _full(self, path: str) -> str:
        what = f"{self.url}: the file"
        if self._is_local:
            return inside(self._root, path, what).as_posix()
        return posixpath.join(self._root, relative_path(path, what))

    @contextmanager
    def _told(self, action: str, what: str) -> Iterator[None]:
        """Say what a place raises as a DatasetError."""
        try:
            yield
        except DatasetError:
            raise
        except (OSError, ValueError) as error:
            raise DatasetError(f"cannot {action} {what}: {explained(error)}") from None
        except Exception as error:  # what the libraries of stores raise has no common class
            if self._is_local:
                raise
            raise DatasetError(f"cannot {action} {what}: {explained(error)}") from None


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes, hexadecimal."""
    return sha256(data).hexdigest()


def _opened(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the path there. Raises DatasetError for what is no place."""
    import fsspec

    _check(url, {*fsspec.available_protocols(), *fsspec.registry})
    hook = sys.unraisablehook
    try:
        fs, root = fsspec.core.url_to_fs(url)
    except Exception as error:  # what the libraries of stores raise has no common class
        reason = explained(error)
        sys.unraisablehook = lambda told: None  # one that was not opened may fail to close, too, and would say so
        error.__traceback__ = None
        gc.collect()
    else:
        return fs, str(root)
    finally:
        sys.unraisablehook = hook
    raise DatasetError(f"{url!r} cannot be opened: {reason}")


def _check(url: str, known: set[str]) -> None:
    """Raise DatasetError for a URL that names no place, or that would quietly become a folder called like a URL."""
    instead = "give a folder, or a URL such as s3://bucket/folder"
    if not url.strip() or "\0" in url:
        raise DatasetError(f"{url!r} is not a place for a dataset: {instead}")
    parts = url.split("::")
    for part in parts:
        protocol, colon, rest = part.partition("://")
        if len(parts) > 1 and protocol in _CACHES:
            raise DatasetError(
                f"{url!r} goes through the cache {protocol!r}, which may tell what was there before: leave it out"
            )
        if len(parts) > 1 and not colon and protocol not in known and part is not parts[-1]:
            raise DatasetError(f"{url!r}: {protocol!r} is not a protocol that fsspec knows; {instead}")
        if colon and protocol not in known:
            raise DatasetError(f"{url!r}: {protocol!r} is not a protocol that fsspec knows; {instead}")
        if colon and not rest.strip("/") and protocol not in ("file", "local") and part is parts[-1]:
            raise DatasetError(f"{url!r} names no place behind {protocol}://; {instead}")
        if colon and protocol in ("file", "local") and not rest:
            raise DatasetError(f"{url!r} names no place behind {protocol}://; {instead}")
    found = re.match(r"([A-Za-z][\w+.-]+):(?!//)", url)
    if found and found[1].lower() in known - {"data", "file", "local"} and "::" not in url:
        raise DatasetError(f"{url!r} is not a URL; did you mean {found[1].lower()}://{url[found.end() :].lstrip('/')}?")
