"""Where bytes go: any fsspec location, written so that no half file ever carries its final name."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from rendersdg.errors import DatasetError
from rendersdg.paths import inside, relative_path

if TYPE_CHECKING:
    import fsspec

_PARTIAL = ".partial"


class Store:
    """A folder at an fsspec URL (``out``, ``s3://bucket/key``, ``memory://x``).

    Paths are relative to it, with ``/`` between their parts; one that would leave the folder raises DatasetError, and
    so does making a store of a URL that cannot be opened.
    """

    def __init__(self, url: str) -> None:
        import fsspec

        self.url = url
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise DatasetError(f"output {url!r} cannot be opened: {error}") from None
        self._is_local = "file" in _protocols(self._fs)
        self._folders: set[str] = set()  # that are there, so that none is asked for twice

    @property
    def absolute(self) -> str:
        """The location as any process finds it: a local folder's absolute path, any other URL as it is."""
        return self._root if self._is_local else self.url

    def write(self, path: str, data: bytes) -> None:
        """Write ``data`` to ``path``: the final name appears when all bytes are there.

        Raises DatasetError when they cannot be written.
        """
        target = self._full(path)
        try:
            if not self._is_local:
                self._fs.pipe_file(target, data)
                return
            folder = posixpath.dirname(target)
            if folder not in self._folders:
                os.makedirs(folder, exist_ok=True)
                self._folders.add(folder)
            partial = f"{target}.{os.getpid()}{_PARTIAL}"
            try:
                with open(partial, "wb") as file:
                    file.write(data)
                os.replace(partial, target)
            except OSError:
                if os.path.exists(partial):
                    os.unlink(partial)
                raise
        except OSError as error:
            raise DatasetError(
                f"cannot write {target}: {error.strerror or error}; free space or change the rights, then run "
                "again with --resume "
                "(frames already written are kept)"
            ) from None

    def read(self, path: str) -> bytes:
        """Return the bytes of a file. Raises DatasetError when it is missing."""
        try:
            return bytes(self._fs.cat_file(self._full(path)))
        except (OSError, KeyError) as error:
            raise DatasetError(f"cannot read {self._full(path)}: {error}") from None

    def remove(self, path: str) -> None:
        """Remove a file; a missing one is not an error. Raises DatasetError when it cannot be removed."""
        try:
            self._fs.rm_file(self._full(path))
        except (FileNotFoundError, KeyError):
            return
        except OSError as error:
            raise DatasetError(f"cannot remove {self._full(path)}: {error.strerror or error}") from None

    def size(self, path: str) -> int | None:
        """Return the size of a file in bytes, None when it is missing."""
        try:
            if self._is_local:
                return os.stat(self._full(path)).st_size
            return int(self._fs.size(self._full(path)))
        except (OSError, KeyError, TypeError):
            return None

    def names(self, folder: str = "") -> list[str]:
        """Return the paths of all files at or below ``folder``, relative to the store, sorted;
        partial ones left out.
        """
        root = self._full(folder) if folder else self._root
        try:
            paths = self._fs.find(root)
        except (OSError, KeyError):
            return []
        base = self._root.rstrip("/") + "/"
        relative = [str(p)[len(base) :] if str(p).startswith(base) else str(p).lstrip("/") for p in paths]
        return sorted(p for p in relative if not p.endswith(_PARTIAL))

    def sweep(self) -> None:
        """Remove partial files that a killed process left; those of a living one are being written."""
        if not self._is_local:
            return
        for folder, _, files in os.walk(self._root):
            for name in files:
                writer = name.removesuffix(_PARTIAL).rsplit(".", 1)[-1]
                if name.endswith(_PARTIAL) and not (writer.isdigit() and _is_running(int(writer))):
                    with suppress(FileNotFoundError):  # another process may sweep, too
                        os.unlink(os.path.join(folder, name))

    def _full(self, path: str) -> str:
        what = f"{self.url}: the file"
        if self._is_local:
            return inside(self._root, path, what).as_posix()
        return posixpath.join(self._root, relative_path(path, what))


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


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes, hexadecimal."""
    return sha256(data).hexdigest()


def _protocols(fs: fsspec.AbstractFileSystem) -> Iterable[str]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol
