"""The files that a scene is made of: each under the name that the scene has for it, with the SHA-256 of its content.

What opens a file for a scene notes it here. So a dataset can say what its frames depend on, and notice what changed.
"""

from __future__ import annotations

import os
import posixpath
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from itertools import takewhile
from pathlib import Path

from rendersdg.files import digest_of_file
from rendersdg.paths import split_member

ABSENT = ""  # the content of what was looked for and is not there
_LISTED, _LISTED_DEEP = "/*", "/**"  # behind the name of a folder: the names of its files, or of those below, too


class Inputs:
    """The inputs of one scene: ``digests`` has the SHA-256 (hexadecimal) of each by name, in the order of their use.

    A name is a path from the scene's folder, so that a scene that is moved with its files has the same. What lies in a
    mapped library is named by its path there, and other files as the scene spells them.

    ``folder`` is where relative paths of the scene start, ``places`` are prefixes of libraries with their folders.

    Example:
        >>> inputs = Inputs(Path("/scenes"))
        >>> inputs.name(Path("/scenes/parts/bolt.obj"))
        'parts/bolt.obj'
    """

    def __init__(self, folder: Path, places: Sequence[tuple[str, Path]] = ()) -> None:
        self.folder = os.path.abspath(folder)
        self.digests: dict[str, str] = {}
        self._names: dict[str, str] = {}  # by path, of files that are noted
        self._roots: list[tuple[str, str]] = []  # folders, and what their files' names begin with
        self._made_after: int | None = None  # nanoseconds; what was changed then is not an input
        for prefix, place in places:
            self.add_folder(place, prefix.strip("/"))
        self.add_folder(folder, "")

    def leave_out_new(self) -> None:
        """Leave out files that are changed from now on: a script makes those itself."""
        self._made_after = time.time_ns()

    def note(self, path: str | Path, spelled: str | None = None) -> None:
        """Take note of a file that the scene reads; noted twice, it counts once. What cannot be read is left out.

        ``path`` is where it is (``package.usdz[member]`` is the package), ``spelled`` how the scene writes it.
        """
        file = str(path)
        if file in self._names:
            return
        plain = split_member(file)[0]
        try:
            stat = os.stat(plain)
            if self._made_after is not None and stat.st_mtime_ns >= self._made_after:
                return
            content = digest_of_file(plain)
        except (OSError, ValueError):  # whoever reads it says so
            return
        self._names[file] = name = self.name(Path(plain), spelled)
        self.digests.setdefault(name, content)

    def note_content(self, name: str, data: bytes) -> None:
        """Take note of what was read already, by the name that it shall have."""
        self.digests.setdefault(name, sha256(data).hexdigest())

    def note_absent(self, spelled: str) -> None:
        """Take note of a file that the scene asks for and that is not there: something stands in for it."""
        self.digests.setdefault(self._spelled(spelled), ABSENT)

    def note_folder(self, spelled: str, files: Iterable[str], *, recursive: bool) -> None:
        """Take note of the names of a folder's files, from which the scene chooses."""
        name = self._spelled(spelled) + (_LISTED_DEEP if recursive else _LISTED)
        self.digests.setdefault(name, digest_of_names(f.replace(os.sep, "/") for f in files))

    def name(self, path: Path, spelled: str | None = None) -> str:
        """Return the name of a file; ``spelled`` says how the scene writes it, where it lies outside of all folders."""
        whole = os.path.abspath(path)
        for root, label in self._roots:
            if whole.startswith(root):
                rest = whole[len(root) :].replace(os.sep, "/")
                return posixpath.join(label, rest) if label else rest
        is_absolute = spelled is not None and os.path.isabs(spelled) and not self._is_beside_relative(whole)
        name = (whole if is_absolute else _relative(whole, self.folder)).replace(os.sep, "/")
        self.add_folder(Path(whole).parent, posixpath.dirname(name))  # for files beside it, which it may name
        return name

    def without_places(self, report: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
        """Return what is said of a scene with its files' names instead of their places, which differ by machine."""
        roots = [(root, f"{label}/" if label else "") for root, label in self._roots if len(root) > 1]

        def named(text: str) -> str:
            for root, label in roots:
                text = text.replace(root, label)
            return text

        return [{k: named(v) if isinstance(v, str) else v for k, v in entry.items()} for entry in report]

    def _is_beside_relative(self, whole: str) -> bool:
        """Return whether what lies nearest to a file, of all that is known, is spelled relative to the scene.

        USD gives absolute paths of what its layers name; they are to move with the layers.
        """
        shared = [(_shared(root, whole), label.startswith("..")) for root, label in self._roots]
        parts, is_relative = max(shared, default=(0, False))
        return parts > 1 and is_relative  # more than the root of the disk

    def _spelled(self, path: str) -> str:
        """Return the name of what has no file, as the scene writes it."""
        if os.path.isabs(path):
            return self.name(Path(path), path)
        return path if "://" in path else posixpath.normpath(path.replace("\\", "/"))

    def add_folder(self, folder: Path, label: str) -> None:
        """Let the names of files in ``folder`` begin with ``label`` from now on."""
        for place in dict.fromkeys((os.path.abspath(folder), os.path.realpath(folder))):
            self._roots.append((place.rstrip(os.sep) + os.sep, label))
        self._roots.sort(key=lambda root: -len(root[0]))  # the innermost first; stable


_CURRENT: ContextVar[Inputs | None] = ContextVar("rendersdg_inputs", default=None)


@contextmanager
def noting(inputs: Inputs) -> Iterator[None]:
    """Let what is read inside, in this thread, be noted in ``inputs``."""
    token = _CURRENT.set(inputs)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def note_input(path: str | Path) -> None:
    """Take note of a file that the scene in hand reads; nothing happens where there is none."""
    inputs = _CURRENT.get()
    if inputs is not None:
        inputs.note(path)


def read_input(path: str | Path) -> bytes:
    """Return the content of a file that the scene in hand needs, and take note of it. Raises OSError."""
    note_input(path)
    return Path(path).read_bytes()


def folder_of(name: str) -> tuple[str, bool] | None:
    """Return the folder whose listing ``name`` stands for, and whether it goes below; None for a file's name."""
    for ending in (_LISTED_DEEP, _LISTED):
        if name.endswith(ending):
            return name.removesuffix(ending), ending == _LISTED_DEEP
    return None


def digest_of_names(names: Iterable[str]) -> str:
    """Return the SHA-256 of names in their order, hexadecimal."""
    return sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()


def _shared(one: str, other: str) -> int:
    """Return how many parts two absolute paths begin with in common; the root of the disk is one."""
    pairs = zip(Path(one).parts, Path(other).parts)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _relative(path: str, start: str) -> str:
    try:
        return os.path.relpath(path, start)
    except ValueError:  # on another drive
        return path
