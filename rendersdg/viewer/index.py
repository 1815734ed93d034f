"""The index of a labelled set: its frames in order, and what its files say of each object beyond class and box."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from detectors.packed import is_packed
from detectors.readers import read
from detectors.samples import Sample, Samples
from rendersdg.dataset.dataset import Dataset
from rendersdg.dataset.drawn import DrawnFrames, dataset_of, drawn_frames
from rendersdg.dataset.store import Store
from rendersdg.errors import DatasetError
from rendersdg.paths import is_below
from rendersdg.viewer.details import Detail, details_of

_RICHEST = "CocoWriter"  # classes, boxes, outlines, keypoints, what is seen, and places on the stage
_SAME = (  # names of the picture itself, by other writers
    *("rgb", "images", "image", "color", "colour", "train", "val", "valid", "test"),
    *("JPEGImages", "image_2", "training", "left"),
)
_NOT_SHOWN = ("bounding_box", "pointcloud", "keypoints", "skeleton", *_SAME)
_PICTURES = ("png", "jpg", "jpeg", "webp", "bmp", "npy", "exr")
_NUMBER = re.compile(r"_?\d+(?=\.[a-z]+$)")


@dataclass(frozen=True, slots=True)
class Shown:
    """One image of the set.

    Attributes:
        place: among the images, from 0; addresses name it.
        sample: the image and its labels.
        frame: the frame of the rendered dataset that it belongs to, None for other images.
        details: what else is known of each object, as many as the sample has boxes.
    """

    place: int
    sample: Sample
    frame: int | None
    details: tuple[Detail, ...]

    @property
    def name(self) -> str:
        """The file's name."""
        return self.sample.file.name


@dataclass(frozen=True, eq=False)
class Index:
    """A labelled set, looked through once.

    Attributes:
        spec: as the user named it.
        root: the folder that pictures may come from, without links.
        classes: names in order.
        images: in the reader's order.
        drawn: the rendered dataset that the images belong to, None for others.
        also: further folders that pictures may come from.
    """

    spec: str
    root: Path
    classes: tuple[str, ...]
    images: tuple[Shown, ...]
    drawn: DrawnFrames | None
    also: tuple[Path, ...] = ()
    _files: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.images)

    def at(self, place: int) -> Shown:
        """Return an image by its place. Raises DatasetError where there is none."""
        if not 0 <= place < len(self.images):
            raise DatasetError(f"{self.spec} has {len(self.images)} images; there is no number {place}")
        return self.images[place]

    def readable(self, file: Path) -> Path:
        """Return a file that lies in the set's folder, also where links on its way lead to.

        Raises DatasetError for any other: what a set's lists name may lie anywhere.
        """
        target = os.path.realpath(file.parent if is_packed(file) else file)
        if not any(is_below(target, str(folder)) for folder in (self.root, *self.also)):
            raise DatasetError(
                f"{file.name} lies outside of {self.root} and is not shown; name its folder with --also FOLDER "
                "if you know where the set comes from"
            )
        return file

    def files(self, shown: Shown) -> list[Path]:
        """Return the other files of an image's frame, and of its camera where the frame has several."""
        picture = shown.sample.file
        if is_packed(picture):
            return []
        if self.drawn is None or shown.frame is None:
            return _siblings(picture)
        paths = [self.drawn.root / path for path in self._files.get(shown.frame, ())]
        if self.shares_frame(shown):  # cameras, each with a folder of its own
            paths = [p for p in paths if set(p.parts) & self._own_parts(shown)] or paths
        return [path for path in paths if path != picture]

    def layers(self, shown: Shown) -> dict[str, Path]:
        """Return the other pictures and arrays of an image's frame, depth and segmentations say, by name."""
        found: dict[str, Path] = {}
        for path in self.files(shown):
            suffix = path.suffix.lower().lstrip(".")
            if suffix in _PICTURES:
                name = _NUMBER.sub("", path.name).removesuffix(path.suffix).strip("_") or path.parent.name
                is_twice = suffix in ("npy", "exr") and name in found
                found.setdefault(f"{name} {suffix}" if is_twice else name, path)
        return {k: v for k, v in found.items() if not k.startswith(_NOT_SHOWN)}

    def named_files(self, shown: Shown) -> dict[str, Path]:
        """Return the other files of an image's frame by their names without the number, ``camera_params.json`` say."""
        return {_NUMBER.sub("", path.name): path for path in reversed(self.files(shown))}

    def shares_frame(self, shown: Shown) -> bool:
        """Return whether other images are of the same frame: those of other cameras."""
        return shown.frame is not None and self._several[shown.frame] > 1

    @cached_property
    def _several(self) -> dict[int, int]:
        counts: dict[int, int] = {}
        for shown in self.images:
            if shown.frame is not None:
                counts[shown.frame] = counts.get(shown.frame, 0) + 1
        return counts

    def _own_parts(self, shown: Shown) -> set[str]:
        """Return the folders of a picture that the other pictures of its frame do not have."""
        others = {part for one in self.images if one.frame == shown.frame and one is not shown
                  for part in one.sample.file.parts[:-1]}  # fmt: skip
        return set(shown.sample.file.parts[:-1]) - others


def index_of(spec: str, also: Sequence[Path] = ()) -> Index:
    """Return the index of ``[LAYOUT:]PATH[@SPLIT]``.

    Args:
        spec: as every command takes it.
        also: further folders that pictures may come from.

    Raises:
        DatasetError: the set cannot be read.
    """
    samples = read(_richest(spec))
    folder = _folder_of(spec)
    found = dataset_of(samples.images[0].file)
    drawn = None if found is None else drawn_frames(found)
    details = details_of(samples, folder)
    images = tuple(
        Shown(
            place=place,
            sample=sample,
            frame=None if drawn is None else drawn.frame_of_file(sample.file),
            details=details[place],
        )
        for place, sample in enumerate(samples.images)
    )
    files: dict[int, list[str]] = {}
    for path, frame in ({} if drawn is None else drawn.frame_of).items():
        files.setdefault(frame, []).append(path)
    roots = tuple(Path(os.path.realpath(one)) for one in also)
    return Index(spec, Path(os.path.realpath(folder)), samples.classes, images, drawn, roots, files)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Which image of another set belongs to each of the first, by place; ``by`` says what they were matched by."""

    places: Mapping[int, int]
    by: str


def paired(one: Index, other: Index) -> Pairs:
    """Return which image of ``other`` belongs to each of ``one``.

    Rendered sets are matched by the frame's number, then by the picture's name without its ending, and sets that have
    neither in common by the place in the list. Several cameras of one frame are matched by name among themselves.
    """
    by_both = {(s.frame, s.sample.file.stem): s.place for s in reversed(other.images) if s.frame is not None}
    by_frame = {s.frame: s.place for s in reversed(other.images) if s.frame is not None}
    by_stem = {s.sample.file.stem: s.place for s in reversed(other.images)}
    pairs, kinds = {}, set()
    for shown in one.images:
        stem = shown.sample.file.stem
        place = None if shown.frame is None else by_both.get((shown.frame, stem), by_frame.get(shown.frame))
        kind = "frame number"
        if place is None and (shown.frame is None or not by_frame):
            place, kind = by_stem.get(stem), "file name"
        if place is not None:
            pairs[shown.place] = place
            kinds.add(kind)
    if not pairs:
        return Pairs({place: place for place in range(min(len(one), len(other)))}, "place in the list")
    return Pairs(pairs, " and ".join(sorted(kinds)))


def _richest(spec: str) -> str:
    """Return what is read of a rendered set's whole folder: the part of the writer that says most of each object."""
    path = Path(spec)
    if dataset_of(path) != path.absolute():
        return spec
    for writer in (Dataset(Store(str(path))).header() or {}).get("writers", []):
        if writer.get("name") == _RICHEST and (path / str(writer.get("folder"))).is_dir():
            return f"coco:{path / str(writer.get('folder'))}"
    return spec


def _folder_of(spec: str) -> Path:
    """Return the folder that a set's own pictures lie in: of a list, the one above its own."""
    text = spec.partition("@")[0]
    path = Path(text) if Path(text).exists() else Path(text.partition(":")[2])
    if path.is_dir():
        return path
    beside = path.absolute().parent
    return beside.parent if beside.name in ("annotations", "labels", "lists") else beside


def _siblings(picture: Path) -> list[Path]:
    """Return the files beside a BasicWriter's picture that have its number: ``rgb_0001.png``, ``normals_0001.png``."""
    if not picture.name.startswith("rgb_"):
        return []
    number = picture.stem.removeprefix("rgb")
    return sorted(p for p in picture.parent.glob(f"*{number}.*") if p.is_file() and not p.name.startswith("rgb_"))


def samples_of(index: Index) -> Samples:
    """Return the set as detectors take it."""
    return Samples(index.classes, tuple(s.sample for s in index.images), index.spec)
