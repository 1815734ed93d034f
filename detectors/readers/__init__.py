"""Readers of labelled sets, one file a layout; each says whether a path looks like
its own and returns :class:`Samples`.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from detectors.packed import is_packed, picture_bytes
from detectors.samples import MOST_PIXELS, Samples, proved
from detectors.tolerance import PictureFault, is_noted, say_left_out
from rendersdg.arrays import F8
from rendersdg.documents import number, read_bytes
from rendersdg.errors import DatasetError, did_you_mean
from rendersdg.guard import guarded
from rendersdg.image_headers import refuse_huge
from rendersdg.registry import Registry


class Reader(Protocol):
    """A layout: a module with these two functions."""

    def fits(self, path: Path) -> bool:
        """Return whether the path looks like this layout; cheap, and never an error."""
        ...

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set, or one split of it. Raises DatasetError naming the file (and line) that is wrong."""
        ...


# Asked in this order when the user names no layout: what is told apart by a marker of its own comes first.
READERS: Registry[Reader] = Registry(
    "reader",
    {
        "webdataset": "detectors.readers.webdataset:LAYOUT",
        "parquet": "detectors.readers.parquet:LAYOUT",
        "neu-det": "detectors.readers.neu_det:LAYOUT",
        "magnetic-tile": "detectors.readers.magnetic_tile:LAYOUT",
        "severstal": "detectors.readers.severstal:LAYOUT",
        "gc10-det": "detectors.readers.gc10:LAYOUT",
        "kolektor-sdd2": "detectors.readers.kolektor:LAYOUT",
        "deeppcb": "detectors.readers.deeppcb:LAYOUT",
        "mvtec": "detectors.readers.mvtec:LAYOUT",
        "bop": "detectors.readers.bop:LAYOUT",
        "labelme": "detectors.readers.labelme:LAYOUT",
        "yolo": "detectors.readers.yolo:LAYOUT",
        "dota": "detectors.readers.dota:LAYOUT",
        "voc": "detectors.readers.voc:LAYOUT",
        "coco": "detectors.readers.coco:LAYOUT",
        "kitti": "detectors.readers.kitti:LAYOUT",
        "basic": "detectors.readers.basic:LAYOUT",
        "masks": "detectors.readers.mask_folders:LAYOUT",
    },
)
ORDER = (
    "webdataset",
    "parquet",
    "neu-det",
    "magnetic-tile",
    "severstal",
    "gc10-det",
    "kolektor-sdd2",
    "deeppcb",
    "mvtec",
    "bop",
    "labelme",
    "yolo",
    "dota",
    "voc",
    "coco",
    "kitti",
    "basic",
    "masks",
)

_PREFIX = re.compile(r"[A-Za-z0-9][\w.-]+")  # a word before a colon; a single letter is a drive
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")


def read(spec: str) -> Samples:
    """Return the set that ``[LAYOUT:]PATH[@SPLIT]`` names.

    Without a layout the path is asked: the first of :data:`ORDER` that fits, then layouts that others registered. A
    folder of a rendered dataset whose writers have folders of their own is searched one level down.

    Args:
        spec: e.g. ``neu-det:../data/neu-det@train`` or ``out``.

    Raises:
        DatasetError: the path is not there, looks like no layout or holds no image, there is no such split, or
            one of its files is wrong; the message names it.

    Example::

        samples = read("voc:photos@val")
        len(samples), samples.classes
    """
    text, _, split = spec.partition("@")
    layout, colon, rest = text.partition(":")
    if colon and layout in READERS:
        path = Path(rest)
        _there(path)
        return _named(layout, path, split, spec)
    path = Path(text)
    if colon and not path.exists() and _PREFIX.fullmatch(layout) and not rest.startswith("//"):
        raise DatasetError(
            f"{layout!r} is not a layout{did_you_mean(layout, list(READERS))}; layouts: {', '.join(READERS)}; and "
            f"there is no file {text}"
        )
    _there(path)
    for candidate in [path, *(sorted(p for p in path.iterdir() if p.is_dir()) if path.is_dir() else [])]:
        for name in [*ORDER, *(n for n in READERS if n not in ORDER)]:
            if READERS[name].fits(candidate):
                return _named(name, candidate, split, spec)
    raise DatasetError(
        f"{path} looks like no layout known here ({', '.join(READERS)}); name one: "
        f"LAYOUT:{text}{'@' + split if split else ''}"
    )


def _there(path: Path) -> None:
    if not path.exists():
        raise DatasetError(f"{path} is not there")


def _named(layout: str, path: Path, split: str, spec: str) -> Samples:
    """Return what a reader finds, called ``spec``; what the reader did not foresee is told as a fault of ours."""
    with guarded(str(path)):
        samples = proved(READERS[layout].read(path, split or None))
    if not samples.images:
        raise DatasetError(f"{spec} holds no image")
    return samples.of(samples.images, spec)


def size_of(file: Path) -> tuple[int, int]:
    """Return (width, height) in pixels from the file's header. Raises DatasetError when it is not an image."""
    from PIL import Image

    packed = is_packed(file)
    if not packed and file.exists() and not file.is_file():  # reading would wait, or not end
        raise PictureFault(f"{file} is a pipe, a device or a folder, not an image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is looked at here
            with Image.open(io.BytesIO(picture_bytes(file)) if packed else file) as image:
                size = image.size
    except (OSError, ImportError) as error:  # ultralytics, once imported, makes PIL look for a HEIF reader
        raise PictureFault(f"{file} is not a readable image ({error})") from None
    except Exception as error:  # PIL's readers of some formats raise whatever they meet, and one error for bombs
        raise PictureFault(f"{file} is not a readable image ({type(error).__name__} {error})") from None
    if size[0] * size[1] > MOST_PIXELS:
        raise PictureFault(f"{file}: {size[0]} x {size[1]} pixels are more than {MOST_PIXELS}, the most that are read")
    return size


def agreed_size(file: Path, note: Path | str, width: object, height: object) -> tuple[int, int]:
    """Return (width, height) of an image, whose label file gives them too; 0 or nothing there says nothing.

    Raises DatasetError where they disagree: boxes of a picture that was scaled lie elsewhere. Swapped, they are those
    of a photograph that is shown turned.
    """
    size = size_of(file)
    if width in (None, 0, "") or height in (None, 0, ""):
        return size
    said = (int(number(width, f"{note}: width of {file.name}")), int(number(height, f"{note}: height of {file.name}")))
    if said not in (size, size[::-1]):
        message = (
            f"{note} says that {file.name} has {said[0]} x {said[1]} pixels; the file has {size[0]} x {size[1]}: its "
            "boxes are those of another picture"
        )
        if not is_noted("size", file, message):
            raise DatasetError(message)
    return said


def corners(rows: Sequence[object], where: str) -> F8:
    """Return (N, 4) boxes of as many rows of four numbers. Raises DatasetError at ``where`` for anything else."""
    try:
        boxes = np.array(rows, np.float64).reshape(-1, 4)
    except (TypeError, ValueError, OverflowError):
        raise DatasetError(f"{where}: a box is not four numbers") from None
    if len(boxes) != len(rows) or not np.isfinite(boxes).all():
        raise DatasetError(f"{where}: a box is not four finite numbers")
    return boxes


def images_in(folder: Path) -> dict[str, Path]:
    """Return {stem: file} of the images in a folder, in order of name. Of two with one stem the last is taken, and the
    other is said to be left out.
    """
    found: dict[str, Path] = {}
    twice = []
    for file in sorted(p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES):
        if file.stem in found:
            twice.append(found[file.stem])
        found[file.stem] = file
    say_left_out(twice, "another image has the same name but for its ending")
    return found


def refuse_split(split: str | None, known: Iterable[str], path: Path) -> None:
    """Raise DatasetError when ``split`` is asked for and is not among the known ones."""
    names = sorted(known)
    if split is not None and split not in names:
        advice = f"its splits are {', '.join(names)}" if names else "it has none; make some with `rendersdg split`"
        raise DatasetError(f"{path} has no split {split!r}: {advice}")


def grey_mask(file: Path, picture: Path) -> cv2.typing.MatLike:
    """Return the mask of a picture as (H, W) uint8 grey levels.

    Raises DatasetError when it cannot be read, or is not of the picture's size.
    """
    size, wanted = size_of(file), size_of(picture)
    if size != wanted:
        raise DatasetError(f"{file} has {size[0]} x {size[1]} pixels and {picture.name} {wanted[0]} x {wanted[1]}")
    data = read_bytes(file)
    refuse_huge(data, str(file))
    try:
        mask = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        mask = None
    if mask is None or mask.shape != size[::-1]:
        raise DatasetError(f"{file} is not a readable mask")
    return mask
