"""Pictures with one class each, in memory: NumPy archives and folders of classes."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detectors.preprocess import read_rgb
from rendersdg.archives import check_archive
from rendersdg.arrays import I8, U1
from rendersdg.english import counted
from rendersdg.errors import DatasetError

CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True, slots=True)
class Pictures:
    """``images`` (N, H, W, 3) uint8 RGB with ``labels`` (N,) int64, indices into ``classes``."""

    images: U1
    labels: I8
    classes: tuple[str, ...]
    name: str = ""

    def __post_init__(self) -> None:
        shape = self.images.shape
        if self.images.dtype != np.uint8 or len(shape) != 4 or shape[3] != 3 or not len(self.images):
            raise DatasetError(f"{self.name}: images are (N, H, W, 3) uint8, got {shape} {self.images.dtype}")
        if self.labels.shape != (len(self.images),):
            images = counted(len(self.images), "image")
            raise DatasetError(f"{self.name}: {images} and labels of shape {self.labels.shape}")
        if self.labels.min() < 0 or self.labels.max() >= len(self.classes):
            classes = counted(len(self.classes), "class")
            raise DatasetError(f"{self.name}: labels reach {self.labels.max()}; there are names for {classes}")

    def first(self, count: int) -> Pictures:
        """Return the first ``count`` of them."""
        return replace(self, images=self.images[:count], labels=self.labels[:count])


def read_pictures(path: Path) -> Pictures:
    """Return labelled pictures of one size.

    Args:
        path: an .npz of ``images`` (N, H, W, 3) uint8, ``labels`` (N,) and perhaps ``classes`` (names), or a folder
            with a folder of image files for each class. An archive of ten classes without names is taken for CIFAR-10.

    Raises:
        DatasetError: the path is neither, a file cannot be read, or pictures differ in size.
    """
    if path.suffix == ".npz":
        images, data = archive_images(path)
        if "labels" not in data:
            raise DatasetError(f"{path} has no labels; it holds {', '.join(data)}")
        labels = data["labels"].astype(np.int64).reshape(-1)
        count = int(labels.max()) + 1 if len(labels) else 0
        named = tuple(map(str, data["classes"])) if "classes" in data else ()
        return Pictures(images, labels, named or (CIFAR10 if count == 10 else tuple(map(str, range(count)))), str(path))
    folders = sorted(p for p in path.iterdir() if p.is_dir()) if path.is_dir() else []
    files = [(k, f) for k, folder in enumerate(folders) for f in sorted(folder.iterdir()) if f.is_file()]
    if not files:
        raise DatasetError(
            f"{path} is neither an .npz of images and labels nor a folder with a folder of images a class"
        )
    read = [read_rgb(f) for _, f in files]
    for (_, file), image in zip(files, read):
        if image.shape != read[0].shape:
            raise DatasetError(
                f"{file} is {image.shape[1]} x {image.shape[0]}, the first one {read[0].shape[1]} x {read[0].shape[0]}"
            )
    return Pictures(np.stack(read), np.array([k for k, _ in files]), tuple(f.name for f in folders), str(path))


def archive_images(path: Path) -> tuple[U1, dict[str, NDArray[np.generic]]]:
    """Return the images of an .npz, (N, H, W, 3) uint8 as its maker wrote them, and all arrays it holds by name.

    Raises DatasetError when the file cannot be read or has no ``images``.
    """
    try:
        check_archive(path)
        with np.load(path, allow_pickle=False) as archive:
            data = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, KeyError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{path} is not a NumPy archive that can be read ({error})") from None
    if "images" not in data:
        raise DatasetError(f"{path} has no images; it holds {', '.join(data)}")
    return data["images"], data


def augmented(images: U1, rng: np.random.Generator, reach: int = 4) -> U1:
    """Return images moved by up to ``reach`` pixels over a mirrored border, every other one flipped left to right.

    Args:
        images: (N, H, W, 3) uint8.
        rng: draws moves and flips.
        reach: pixels.

    Returns:
        (N, H, W, 3) uint8.
    """
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="reflect")
    height, width = images.shape[1:3]
    out = np.empty_like(images)
    moves = rng.integers(0, 2 * reach + 1, (len(images), 2))
    for k, (top, left) in enumerate(moves):
        out[k] = padded[k, top : top + height, left : left + width]
    flip = rng.random(len(images)) < 0.5
    out[flip] = out[flip, :, ::-1]
    return out
