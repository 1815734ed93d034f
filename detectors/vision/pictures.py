"""Pictures of one class each, from archives, folders of classes and labelled sets; and sheets to look at."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from detectors.classify.pictures import Pictures, read_pictures
from detectors.mix import main_class
from detectors.preprocess import read_rgb
from detectors.readers import read
from rendersdg.arrays import I8, U1

_NOTHING = "nothing"  # what images without an object are called
Views = Callable[[int], U1]  # a frame's pictures, by the number of the view
_ROOM = 2**30  # bytes: 87,000 pictures of 64 pixels


def pictures_of(spec: str, size: int) -> Pictures:
    """Return labelled pictures.

    Args:
        spec: an .npz, a folder with a folder of images a class (see
            :func:`detectors.classify.pictures.read_pictures`), or a labelled set, ``[LAYOUT:]PATH[@SPLIT]``, whose
            images are of the class that covers most of them.
        size: side that images of a labelled set are squeezed to, pixels, since these may differ in size.

    Raises:
        DatasetError: nothing there can be read.
    """
    path = Path(spec)
    if path.suffix == ".npz" or _is_folder_of_classes(path):
        return read_pictures(path)
    samples = read(spec)
    images = [cv2.resize(read_rgb(s.file), (size, size), interpolation=cv2.INTER_AREA) for s in samples.images]
    labels = np.array([main_class(s) for s in samples.images], np.int64)
    classes = samples.classes
    if (labels < 0).any():
        classes, labels = (*classes, _NOTHING), np.where(labels < 0, len(classes), labels)
    return Pictures(np.stack(images), labels, classes, spec)


class DrawnImages:
    """Pictures that are drawn when they are first asked for, and never on disk; they stand where an array
    (N, S, S, 3) uint8 does that is only indexed.

    While ``room`` bytes hold them, a frame is drawn through all of its cameras at once, since what it shows is made
    once for them, and the pictures stay in memory. Others are drawn anew in each epoch, one by one.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, frames: int, views: int, size: int, draw: Callable[[int], Views], room: float) -> None:
        self.shape = (frames * views, size, size, 3)
        self._views, self._draw, self._left = views, draw, room
        self._kept: dict[int, U1] = {}  # frame: (views, S, S, 3)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, which: slice | I8) -> U1:
        """Return the pictures (K, S, S, 3) of a slice or of numbers (K,)."""
        numbers = np.arange(len(self))[which]
        out = np.empty((len(numbers), *self.shape[1:]), np.uint8)
        for frame in np.unique(numbers // self._views).tolist():
            asked = np.flatnonzero(numbers // self._views == frame)
            out[asked] = self._pictures(frame, numbers[asked] % self._views)
        return out

    def _pictures(self, frame: int, views: I8) -> U1:
        """Return pictures of a frame through some of its cameras."""
        if frame in self._kept:
            return self._kept[frame][views]
        look, side = self._draw(frame), self.shape[1:3]

        def squeezed(which: Iterable[int]) -> U1:
            return np.stack([cv2.resize(look(k), side, interpolation=cv2.INTER_AREA) for k in which])

        size = self._views * int(np.prod(self.shape[1:]))
        if size > self._left:
            return squeezed(views.tolist())
        self._left -= size
        self._kept[frame] = squeezed(range(self._views))
        return self._kept[frame][views]


def drawn_pictures(
    frames: int, views: int, size: int, draw: Callable[[int], Views], name: str, room: float = _ROOM
) -> Pictures:
    """Return pictures without a class, drawn as they are needed; see :class:`DrawnImages`.

    Args:
        frames: how many.
        views: pictures of each.
        size: side that they are squeezed to, pixels.
        draw: gives, of frame k, what gives its picture of view v, (H, W, 3) uint8.
        name: of the scene.
        room: bytes of memory that pictures may take once they were drawn.
    """
    images = cast("U1", DrawnImages(frames, views, size, draw, room))
    return Pictures(images, np.zeros(len(images), np.int64), (_NOTHING,), name)


def _is_folder_of_classes(path: Path) -> bool:
    """Return whether a folder holds folders of images, and nothing else that a labelled set has."""
    if not path.is_dir():
        return False
    inside = [p for p in path.iterdir() if not p.name.startswith(".")]
    if not inside or not all(p.is_dir() for p in inside):
        return False
    known = {"images", "labels", "annotations", "masks", "gt", "train", "val", "test"}
    return not known & {p.name.lower() for p in inside}


def images_of_tensor(images: Tensor) -> U1:
    """Return pictures (B, S, S, 3) uint8 of (B, 3, S, S) float32, -1 to 1."""
    levels = (images.clamp(-1, 1) + 1) * 127.5
    return levels.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()


def sheet(images: U1, labels: I8, *, scale: int = 4) -> bytes:
    """Return a PNG of pictures (N, S, S, 3) uint8, a row for each class of ``labels`` (N,).

    A pixel is drawn ``scale`` pixels wide, with a grey line between pictures.
    """
    rows = [images[labels == k] for k in np.unique(labels)]
    size, columns = images.shape[1] * scale + 2, max(map(len, rows))
    out = np.full((size * len(rows), size * columns, 3), 128, np.uint8)
    for y, row in enumerate(rows):
        for x, one in enumerate(row):
            large = np.repeat(np.repeat(one, scale, 0), scale, 1)
            out[y * size : y * size + len(large), x * size : x * size + len(large)] = large
    file = io.BytesIO()
    Image.fromarray(out).save(file, "PNG")
    return file.getvalue()
