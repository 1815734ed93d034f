"""An asset library at any fsspec location (S3, HTTP, ...): files are copied once,
as they are asked for, with what they name.
"""

from __future__ import annotations

import json
import logging
import os
import posixpath
import re
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from rendersdg.archives import check_file_system
from rendersdg.assets.usd_files.door import check_usd
from rendersdg.documents import json_mapping, read_bytes
from rendersdg.errors import AssetError, BadArgument, DatasetError, Report
from rendersdg.files import user_cache
from rendersdg.paths import inside, is_below, is_url, split_member

log = logging.getLogger("rendersdg.assets")
_STAMPS = ".stamps"
_MARKS = (
    "size",
    "ETag",
    "etag",
    "LastModified",
    "mtime",
    "created",
    "md5",
    "generation",
)  # what tells that a file changed
_USD = (".usd", ".usda", ".usdc")  # a .usdz holds its own
_DAE_IMAGE = re.compile(r"<init_from>(?:\s*<ref>)?([^<]+)")
_PLY_IMAGE = re.compile(r"^comment\s+texturefile\s+(.+)$", re.IGNORECASE | re.MULTILINE)
_PLY_HEAD = 1 << 16  # bytes in which the names of images stand


def cache_folder() -> Path:
    """Return where copies are kept: ``RENDERSDG_ASSETS``, else ``rendersdg/assets`` in the user's cache."""
    folder = os.environ.get("RENDERSDG_ASSETS")
    if folder:
        return Path(folder)
    return user_cache("assets")


class Mirror:
    """The copy of a library: a tree like the library's, so that paths from file to file hold.

    Each file is looked up once a run; a copy of a file that changed since is made anew. Raises BadArgument for a URL
    that nothing here opens.
    """

    def __init__(self, url: str, report: Report) -> None:
        import fsspec

        self.url, self._report = url, report
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            hint = "; pip install 'rendersdg[s3]'" if url.startswith("s3:") else ""
            raise BadArgument(f"--assets: {url!r} cannot be opened ({error}){hint}") from None
        check_file_system(self._fs, url, AssetError)
        self.folder = cache_folder() / blake2b(url.rstrip("/").encode(), digest_size=8).hexdigest()
        self._known: dict[str, Path | None] = {}

    def file(self, path: str) -> Path | None:
        """Return the copy of a file, given by its path in the library, with all that it names;
        None where there is none.

        Raises AssetError when the library cannot be reached and there is no copy, or when the file names one of this
        machine.
        """
        relative = self._place(path)
        if relative is None:
            return None
        if relative not in self._known:
            self._known[relative] = copy = self._copied(relative)
            if copy is None:
                return None
            names = _names(copy)
            for name in names:
                self._refuse_outside(copy, name, relative)
            for needed in _below(names):
                for name in self._matching(posixpath.join(posixpath.dirname(relative), needed)):
                    self.file(name)
        return self._known[relative]

    def _place(self, path: str) -> str | None:
        """Return a path of the library in its one spelling; None, said, where it leads out of it or out of the copy."""
        relative = posixpath.normpath(path)
        if relative == "." or relative.startswith(".."):
            return None
        try:
            inside(self.folder, relative, f"{self.url}: the file", AssetError)
            if relative.split("/")[0] == _STAMPS:
                raise AssetError(f"{self.url}: the file {relative!r} is refused: the copy keeps its own things there")
        except AssetError as error:
            self._report.note(f"{self.url}/{relative}", str(error))
            return None
        return relative

    def files(self, folder: str, *, recursive: bool) -> list[str]:
        """Return the paths in the library of the files of a folder, sorted; none where it cannot be listed."""
        place = posixpath.join(self._root, folder).rstrip("/")
        try:
            files = self._fs.find(place, maxdepth=None if recursive else 1)
        except Exception as error:  # each file system raises its own
            log.debug("%s cannot be listed: %s", place, error)
            return []
        base = self._root.rstrip("/") + "/"
        return sorted(str(p)[len(base) :] for p in files if str(p).startswith(base))

    def _refuse_outside(self, copy: Path, name: str, relative: str) -> None:
        """Raise AssetError where a file of the library names one outside of its copy that is there, and so would be
        opened. What other machines had by such a name is only missing.
        """
        plain = name[7:] if name.lower().startswith("file://") else name
        if "\0" in plain or (is_url(plain) and plain == name):
            return
        outside = os.path.join(copy.parent, plain)
        real = os.path.realpath(outside)
        if os.path.isfile(outside) and not is_below(real, os.path.realpath(self.folder)):
            raise AssetError(
                f"{self.url}/{relative} is refused: it names {name!r}, which is a file of this machine; nothing of a "
                "library may name a file outside of it"
            )

    def _matching(self, path: str) -> Iterator[str]:
        """Yield a path, or the tiles where it stands for several (``<UDIM>``)."""
        if "<UDIM>" not in path:
            yield path
            return
        tile = re.compile(re.escape(posixpath.normpath(path)).replace("<UDIM>", r"[1-9]\d{3}"))
        folder = posixpath.dirname(posixpath.normpath(path))
        yield from (p for p in self.files(folder, recursive=False) if tile.fullmatch(p))

    def _copied(self, relative: str) -> Path | None:
        target, stamp = self.folder / relative, self.folder / _STAMPS / f"{relative}.json"
        source = posixpath.join(self._root, relative)
        try:
            info = self._fs.info(source)
            if info.get("type") == "directory":
                return None
            mark = json.dumps({k: str(info[k]) for k in _MARKS if info.get(k) is not None}, sort_keys=True)
            if target.is_file() and stamp.is_file() and stamp.read_text() == mark:
                return target
            target.parent.mkdir(parents=True, exist_ok=True)
            stamp.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
            try:
                self._fs.get_file(source, str(partial))
                os.replace(partial, target)
            finally:
                partial.unlink(missing_ok=True)
            stamp.write_text(mark)
        except Exception as error:  # each file system raises its own
            if isinstance(error, (FileNotFoundError, KeyError, IsADirectoryError)) and not _is_down(error):
                return None
            cause = error.__cause__ if _is_down(error) else error
            reason = f"{type(cause).__name__}: {cause}"
            if target.is_file():
                self._report.note(self.url, f"the library cannot be read ({reason}); the copies that are here are used")
                return target
            raise AssetError(f"{self.url}/{relative} cannot be read ({reason})") from None
        log.info("copied %s (%.1f MB)", relative, target.stat().st_size / 1e6)
        return target


def _is_down(error: Exception) -> bool:
    """Return whether a file that was not found was not looked for: over HTTP,
    a lost connection reads as a missing file.
    """
    cause = error.__cause__
    return isinstance(cause, OSError) or int(getattr(cause, "status", None) or 0) >= 500


def _names(copy: Path) -> list[str]:
    """Return the paths that a file names, as it has them: layers and textures of USD, buffers and images of glTF,
    materials of OBJ.
    """
    suffix = copy.suffix.lower()
    needs: list[str] = []
    if suffix in _USD:
        from pxr import Tf, UsdUtils

        try:
            check_usd(str(copy))
            layers, references, payloads = UsdUtils.ExtractExternalReferences(str(copy))
        except (Tf.ErrorException, AssetError):
            return []  # opening it reports that
        needs = [*layers, *references, *payloads]
    elif suffix == ".gltf":
        needs = _uris(copy)
    elif suffix in (".obj", ".mtl"):
        starts = ("mtllib",) if suffix == ".obj" else ("map_", "bump", "disp", "norm", "decal", "refl")
        for line in copy.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.strip().lower().startswith(starts):
                words = line.split()[1:]  # a name may hold blanks, and options may stand before it
                needs += [*words, *(" ".join(words[k:]) for k in range(len(words) - 1))]
    elif suffix == ".dae":
        needs = [unquote(name.strip()) for name in _DAE_IMAGE.findall(copy.read_text("utf-8", errors="replace"))]
    elif suffix == ".ply":
        head = copy.read_bytes()[:_PLY_HEAD].partition(b"end_header")[0].decode("utf-8", "replace")
        needs = [name.strip() for name in _PLY_IMAGE.findall(head)]
    own = (split_member(f)[0].replace("\\", "/") for f in needs)
    return [f for f in dict.fromkeys(own) if f and not f.startswith("data:")]


def _below(names: list[str]) -> list[str]:
    """Return those of the paths that a file names that may be files of its library."""
    return [f for f in names if not is_url(f) and not f.startswith("/")]


def _uris(copy: Path) -> list[str]:
    try:
        scene: dict[str, Any] = json_mapping(read_bytes(copy), copy)
        return [str(e["uri"]) for key in ("buffers", "images") for e in scene.get(key, ()) if "uri" in e]
    except (DatasetError, TypeError, AttributeError):
        return []  # opening it reports that
