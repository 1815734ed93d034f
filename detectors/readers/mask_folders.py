"""Folders of images and of masks with the same names: ``images/`` and ``masks/``, or ``<name>_mask`` beside an image.

A mask is a picture (PNG, BMP, TIFF, ...), an array (``.npy``, ``.npz``) or a matrix (``.mat``). Its 0 is background.
One other value, or grey levels, is the class ``defect``; several values are a class each, which ``classes.txt`` names.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.readers import IMAGE_SUFFIXES, images_in, refuse_split, size_of
from detectors.readers.masks import boxes_of_mask
from detectors.samples import Rle, Sample, Samples
from detectors.tolerance import each, say, say_left_out
from rendersdg.archives import check_archive
from rendersdg.arrays import F8
from rendersdg.documents import npy_array, read_bytes, read_text, shown
from rendersdg.english import counted
from rendersdg.errors import DatasetError
from rendersdg.extras import load

IMAGES = ("images", "image", "imgs", "img")
MASKS = ("masks", "mask", "ground_truth", "gt", "labels", "annotations", "segmentation", "segmentations")
SPLITS = ("train", "val", "valid", "test")
ENDINGS = ("_mask", "_gt", "_GT", "_label", "_seg")  # of a mask beside its image
ARRAYS = (".npy", ".npz", ".mat")
_VARIABLES = ("mask", "label", "labels", "gt", "seg", "inst_map", "data")  # of an archive, the likeliest first
_MOST_CLASSES = 32  # values of a set; with more of them its masks are grey levels
_LEVEL = 127  # a grey level above it is defect, as with masks that were scaled or compressed


class MaskFolders:
    """Images and pixel masks in folders, whatever made them."""

    def fits(self, path: Path) -> bool:
        """Return whether there is an image with a mask; folders of labels without any do not count."""
        try:
            return path.is_dir() and any(True for place in _places(path).values() for _ in _pairs(place))
        except (OSError, DatasetError):
            return False

    def read(self, path: Path, split: str | None) -> Samples:
        """Return the set, or one split of it. Raises DatasetError naming the mask that is wrong."""
        places = _places(path)
        refuse_split(split, [name for name in places if name], path)
        wanted = list(places.values()) if split is None else [places[split]]
        masks = {picture: mask for place in wanted for picture, mask in _pairs(place).items()}
        pictures = [picture for place in wanted for picture in _pictures(place)]
        without = [p for p in pictures if p not in masks]
        if without:
            say(f"{counted(len(without), 'image')} without a mask taken as free of defects, e.g. {without[0]}")
        used = set(masks.values())
        say_left_out([m for place in wanted for m in _masks(place).values() if m not in used], "a mask without image")
        values = _values(masks)
        names = _names(path, values)
        rows = ((picture, masks.get(picture), values) for picture in pictures)
        return Samples(names, tuple(each(_sample, rows, lambda picture, *_: picture)))


def _places(path: Path) -> Mapping[str, Path]:
    """Return the folders of the splits by name; one without a name where there are none."""
    splits = {name: path / name for name in SPLITS if (path / name).is_dir()}
    with_pairs = {name: place for name, place in splits.items() if _pairs(place)}
    return with_pairs or {"": path}


def _folder(place: Path, names: tuple[str, ...]) -> Path | None:
    return next((place / name for name in names if (place / name).is_dir()), None)


def _pictures(place: Path) -> list[Path]:
    folder = _folder(place, IMAGES)
    if folder is not None:
        return list(images_in(folder).values())
    return [p for stem, p in images_in(place).items() if not stem.endswith(ENDINGS)]


def _masks(place: Path) -> dict[str, Path]:
    """Return the masks by the stem of their image."""
    suffixes = (*IMAGE_SUFFIXES, *ARRAYS)
    folder = _folder(place, MASKS) if _folder(place, IMAGES) is not None else place
    found: dict[str, Path] = {}
    for file in sorted(folder.iterdir()) if folder is not None else []:
        ending = next((e for e in ENDINGS if file.stem.endswith(e)), "")
        if file.suffix.lower() in suffixes and (ending or folder is not place):
            found[file.stem[: len(file.stem) - len(ending)]] = file
    return found


def _pairs(place: Path) -> dict[Path, Path]:
    """Return the mask of each image that has one."""
    masks = _masks(place)
    return {picture: masks[picture.stem] for picture in _pictures(place) if picture.stem in masks}


def _values(masks: Mapping[Path, Path]) -> tuple[int, ...]:
    """Return the values that masks of a set have beside 0; none where they are grey levels."""
    seen: set[int] = set()
    for picture, mask in masks.items():
        with suppress(DatasetError):  # it is raised, or noted, where the image is read
            seen |= set(np.unique(_read(mask, picture)).tolist())
        if len(seen) > _MOST_CLASSES + 1:
            say(f"masks have more than {_MOST_CLASSES} values: taken as grey levels, above {_LEVEL} is defect")
            return ()
    return tuple(sorted(seen - {0}))


def _names(path: Path, values: tuple[int, ...]) -> tuple[str, ...]:
    """Return the class names: of ``classes.txt``, a line each in order of the values, else made from the values."""
    count = max(len(values), 1)
    file = path / "classes.txt"
    if not file.is_file():
        return ("defect",) if count == 1 else tuple(f"class {value}" for value in values)
    names = tuple(line.strip() for line in read_text(file).splitlines() if line.strip())
    if len(names) < count or len(set(names)) < len(names):
        raise DatasetError(
            f"{file} has {counted(len(names), 'name')} for the values {', '.join(map(str, values))}: write one a line, "
            "each once, in the order of the values, without the background"
        )
    if len(names) > count and values and values[-1] > len(names):
        raise DatasetError(f"{file} has {len(names)} names, and masks have the value {values[-1]}")
    return names


def _sample(picture: Path, mask: Path | None, values: tuple[int, ...]) -> Sample:
    size = size_of(picture)
    if mask is None:
        return Sample(picture, size)
    pixels = _read(mask, picture)
    boxes: list[F8] = []
    labels: list[int] = []
    shapes: list[Rle] = []
    for k, own in enumerate((pixels > _LEVEL,) if not values else [pixels == value for value in values]):
        xyxy, rles = boxes_of_mask(np.ascontiguousarray(own))
        boxes.append(xyxy)
        labels += [k] * len(xyxy)
        shapes += rles
    return Sample(picture, size, np.concatenate(boxes), np.array(labels, int), None, tuple(shapes))


def _read(mask: Path, picture: Path) -> NDArray[np.int64]:
    """Return a mask as (H, W) whole numbers of the picture's size. Raises DatasetError naming the file."""
    width, height = size_of(picture)
    kind = mask.suffix.lower()
    if kind == ".npy":
        found = _plane(npy_array(mask), mask, "")
    elif kind in (".npz", ".mat"):
        found = _chosen(_matlab(mask) if kind == ".mat" else _archive(mask), mask, (height, width))
    else:
        found = _picture(mask)
    if found.shape != (height, width):
        raise DatasetError(
            f"{mask} has {found.shape[1]} x {found.shape[0]} pixels and {picture.name} {width} x {height}"
        )
    return found


def _picture(mask: Path) -> NDArray[np.int64]:
    """Return the numbers of a picture: of a palette its indices, of a colour picture one for each colour."""
    from PIL import Image

    size_of(mask)  # which refuses what is no picture, or too large
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(read_bytes(mask))) as image:
                pixels = np.asarray(image if image.mode in ("P", "L", "1", "I", "I;16") else image.convert("RGB"))
    except Exception as error:  # Pillow's readers raise whatever they meet
        raise DatasetError(f"{mask} is not a readable mask ({type(error).__name__} {error})") from None
    if pixels.ndim == 3:
        grey = bool((pixels == pixels[..., :1]).all())
        weights = (1, 0, 0) if grey else (65536, 256, 1)  # a colour is the number that its #rrggbb is
        pixels = (pixels.astype(np.int64) * weights).sum(-1)
    return pixels.astype(np.int64)


def _plane(array: NDArray[Any], mask: Path, name: str) -> NDArray[np.int64]:
    """Return an array as whole numbers (H, W). Raises DatasetError for anything else."""
    array, name = np.squeeze(array), name or "the array"
    if array.ndim != 2 or array.dtype.kind not in "buif":
        raise DatasetError(f"{mask}: {name} is {shown(array.shape)} of {array.dtype}, not a plane of numbers")
    if array.dtype.kind == "f" and not (np.isfinite(array).all() and (array == np.rint(array)).all()):
        raise DatasetError(f"{mask}: {name} has values that are not whole numbers")
    return array.astype(np.int64)


def _chosen(arrays: Mapping[str, NDArray[Any]], mask: Path, size_hw: tuple[int, int]) -> NDArray[np.int64]:
    """Return the one array of an archive that is a plane of the picture's size, or has a name that says so."""
    planes = {n: a for n, a in arrays.items() if np.squeeze(a).shape == size_hw and a.dtype.kind in "buif"}
    name = next((n for n in _VARIABLES if n in planes), None) or (next(iter(planes)) if len(planes) == 1 else None)
    if name is None:
        there = ", ".join(f"{n} {shown(a.shape)}" for n, a in arrays.items()) or "nothing"
        raise DatasetError(
            f"{mask} holds {there}; a mask is one plane of {size_hw[0]} x {size_hw[1]}, or is called {_VARIABLES[0]}"
        )
    return _plane(planes[name], mask, name)


def _archive(mask: Path) -> dict[str, NDArray[Any]]:
    check_archive(mask)  # which unpacks no more than is there
    try:
        with np.load(mask, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (ValueError, OSError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{mask} is not an archive of arrays ({error})") from None


def _matlab(mask: Path) -> dict[str, NDArray[Any]]:
    matlab = load("scipy.io", "ycb", "a mask in MATLAB's form")
    try:
        content = matlab.loadmat(str(mask))
    except NotImplementedError:
        raise DatasetError(f"{mask} is of MATLAB 7.3; save it with -v7, or as .npz") from None
    except Exception as error:  # scipy's reader raises whatever it meets
        raise DatasetError(f"{mask} is not a readable .mat ({type(error).__name__})") from None
    return {k: v for k, v in content.items() if not k.startswith("__") and isinstance(v, np.ndarray)}


LAYOUT = MaskFolders()
