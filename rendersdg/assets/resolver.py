"""The resolver: from an asset path as a scene spells it to something that can be opened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rendersdg.arrays import U1
from rendersdg.assets.arguments import split_arguments
from rendersdg.assets.mirror import Mirror
from rendersdg.assets.texture_stand_ins import texture_for
from rendersdg.errors import AssetError, Report, did_you_mean
from rendersdg.files import digest_of_file
from rendersdg.inputs import ABSENT, Inputs, digest_of_names, folder_of
from rendersdg.paths import is_url, split_member

SCHEME = "rendersdg:"
_REMOTE = re.compile(r"^(omniverse|https?|s3|file)://[^/]*/", re.IGNORECASE)
_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")  # of a path on Windows
_IMAGES = (".png", ".jpg", ".jpeg", ".hdr", ".exr", ".tga", ".bmp", ".tif", ".tiff", ".webp")


def is_procedural(path: str) -> bool:
    """Return whether ``path`` names a built-in asset, such as ``rendersdg:fruit/apple``."""
    return path.startswith(SCHEME)


def procedural_name(path: str) -> str:
    """Return the name after the scheme, without a file ending and what ``standing_in`` put behind it."""
    name = path[len(SCHEME) :].partition("#")[0]
    return re.sub(r"\.(usd[acz]?|png|hdr)$", "", name)


def own_label(path: str) -> tuple[tuple[str, str], ...]:
    """Return the semantics of a procedural asset that is placed without any: class = its own name; none for others."""
    return (("class", procedural_name(path).rsplit("/", 1)[-1]),) if is_procedural(path) else ()


def library_path(path: str) -> str:
    """Return the path after a server or asset root, so that all spellings of a library asset meet.

    >>> library_path("omniverse://localhost/NVIDIA/Assets/Skies/x.hdr")
    'NVIDIA/Assets/Skies/x.hdr'
    """
    return _REMOTE.sub("", path).lstrip("/")


@dataclass(frozen=True)
class Modelled:
    """How a library's assets are modelled: their unit in metres, and which way is up."""

    meters_per_unit: float
    up_axis: str


_LIBRARIES = {  # words of a path, and how what lies there is modelled; the last takes the rest
    "isaac": Modelled(1.0, "Z"),
    "simready": Modelled(1.0, "Z"),
    "marbles": Modelled(0.01, "Z"),
    "digitaltwin": Modelled(0.01, "Z"),
    "archvis": Modelled(0.01, "Z"),
    "vegetation": Modelled(0.01, "Z"),
    "reallusion": Modelled(0.01, "Z"),
    "": Modelled(0.01, "Y"),
}


def _library(path: str) -> str | None:
    """Return the word of ``_LIBRARIES`` that a path belongs to: "" for any other library, None outside of them."""
    lower = path.lower()
    if is_procedural(path):
        lower = lower.partition("#")[2]
    elif not _REMOTE.match(path) and not lower.startswith(("/isaac/", "/nvidia/")):
        return None
    return next(word for word in _LIBRARIES if word in lower) if lower else None


def modelled(path: str) -> Modelled | None:
    """Return how a library's asset, or its stand-in, is modelled; None for other paths."""
    word = _library(path)
    return None if word is None else _LIBRARIES[word]


def standing_in(name: str, folder: str) -> str:
    """Return the path of a stand-in, with the library's word after ``#``."""
    word = _library(folder)
    return f"{SCHEME}{name}" + ("" if word is None else f"#{word or 'library'}")


class Resolver:
    """Finds assets: as given, beside the scene file, under a mapped prefix or a library folder; else a stand-in.

    ``overrides`` are ``(prefix, place)`` pairs, tried longest prefix first, on the library path; a place is a folder or
    an fsspec URL. Raises BadArgument for a URL that nothing here opens.

    ``inputs`` takes note of what is found, and of what is stood in for.
    """

    def __init__(self, folder: Path, report: Report, overrides: Sequence[tuple[str, str]] = ()) -> None:
        self.folder = folder
        self.report = report
        self.embedded: dict[str, U1] = {}
        self._overrides = [
            (prefix.strip("/"), Mirror(place, report) if is_url(place) else Path(place))
            for prefix, place in sorted(overrides, key=lambda pair: -len(pair[0]))
        ]
        places = [(p, place.folder if isinstance(place, Mirror) else place) for p, place in self._overrides]
        self.inputs = Inputs(folder, places)

    def find(self, path: str, anchor: str | None = None) -> str | None:
        """Return the path of an existing local file for ``path``, without what that says of how to read it, or None."""
        path = split_arguments(path)[0]
        outer, member = split_member(path)
        if member:
            package = self.find(outer, anchor)
            return f"{package}[{member}]" if package else None
        plain = path[7:] if path.lower().startswith("file://") else path
        candidates = [Path(plain)] if not _REMOTE.match(plain) else []
        if candidates and not Path(plain).is_absolute():
            candidates = [Path(anchor).parent / plain] if anchor else []
            candidates.append(self.folder / plain)
        for candidate in candidates:
            if candidate.is_file():
                self.inputs.note(candidate, plain)
                return str(candidate.resolve())
        for place, rest in self._mapped(path):
            file = place.file(rest) if isinstance(place, Mirror) else place / rest
            if file is not None and file.is_file():
                self.inputs.note(file)
                return str(file.resolve())
        return None

    def content(self, name: str) -> str:
        """Return the SHA-256 that an input of this ``name`` has now, see ``Inputs``; ABSENT where there is none."""
        listed = folder_of(name)
        if listed is not None:
            folder, recursive = listed
            base, files = self._files(folder, recursive=recursive)
            return digest_of_names(f[len(base) :] for f in files) if files else ABSENT
        file = self.find(name)
        return ABSENT if file is None else digest_of_file(file)

    def _mapped(self, path: str) -> Iterator[tuple[Path | Mirror, str]]:
        """Yield the places that a path is mapped to, with what is left of it there."""
        library = library_path(path)
        for prefix, place in self._overrides:
            if library.startswith(prefix):
                yield place, library[len(prefix) :].lstrip("/")

    def files(self, folder: str, *, recursive: bool) -> list[str]:
        """Return the files of a folder, spelled so that ``find`` finds them, sorted; none where it is not at hand."""
        base, files = self._files(folder, recursive=recursive)
        if files:
            self.inputs.note_folder(folder, (f[len(base) :] for f in files), recursive=recursive)
        return files

    def _files(self, folder: str, *, recursive: bool) -> tuple[str, list[str]]:
        """Return what the files of a folder begin with, and the files."""
        local = Path(folder) if Path(folder).is_absolute() else self.folder / folder
        if not _REMOTE.match(folder) and local.is_dir():
            paths = sorted(local.glob("**/*" if recursive else "*"))
            return str(local), [str(p) for p in paths if p.is_file()]
        for place, rest in self._mapped(folder):
            if isinstance(place, Mirror):
                names = place.files(rest, recursive=recursive)
            else:
                inner = sorted((place / rest).glob("**/*" if recursive else "*"))
                names = [p.relative_to(place).as_posix() for p in inner if p.is_file()]
            start = f"{rest.rstrip('/')}/" if rest.rstrip("/") else ""
            files = [f"{folder.rstrip('/')}/{n[len(start) :]}" for n in names if n.startswith(start)]
            if files:
                return folder.rstrip("/"), files
        return folder, []

    def embed(self, label: str, pixels: U1) -> str:
        """Keep an image that came inside another file and return the path that finds it again."""
        path = f"{SCHEME}embedded/{label}"
        self.embedded[path] = pixels
        return path

    def texture(self, path: str, anchor: str | None = None) -> str:
        """Return a local file for a texture, or the procedural stand-in, which is reported."""
        file = self.find(path, anchor)
        if file is not None:
            return file
        self.inputs.note_absent(path)
        stand_in = texture_for(path)
        self.report.substitution(path, f"{SCHEME}{stand_in}")
        return SCHEME + stand_in

    def require_there(self, path: str, *, is_folder: bool = False) -> None:
        """Raise AssetError, with the nearest name, for a path of this machine where nothing is.

        Paths of libraries may be missing, since something stands in for them: URLs, those that begin with ``/Isaac/``
        or ``/NVIDIA/``, mapped ones, and absolute ones of folders that only another machine has.
        """
        plain = split_arguments(path)[0]
        plain = plain[7:] if plain.lower().startswith("file://") else plain
        if is_procedural(plain) or modelled(plain) is not None or next(self._mapped(plain), None) is not None:
            return
        place = self.folder / split_member(plain)[0]  # an absolute path is itself
        if place.is_dir() if is_folder else place.is_file():
            return
        is_absolute = Path(plain).is_absolute() or _DRIVE.match(plain) is not None
        if is_absolute and not place.parent.is_dir():
            return
        what = "folder" if is_folder else "file"
        if not place.parent.is_dir():
            raise AssetError(f"asset {plain!r}: there is no folder {place.parent}, so no {what} {place.name} in it")
        names = [one.name for one in place.parent.iterdir() if one.is_dir() == is_folder]
        nearest = did_you_mean(place.name, names) if names else "; the folder holds none"
        raise AssetError(f"asset {plain!r}: there is no {what} {place}{nearest}")

    def require_image_name(self, path: str) -> None:
        """Raise AssetError unless ``path`` looks like an image or a procedural texture."""
        if not is_procedural(path) and not path.rstrip("]").lower().endswith(_IMAGES):
            raise AssetError(f"texture {path!r} is not an image file; known endings: {', '.join(_IMAGES)}")
