"""What the pixels of each image are like: light, contrast, blur, clipping, and two marks to find copies by."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.packed import picture_bytes
from rendersdg.arrays import F8, U1, Mask
from rendersdg.errors import DatasetError
from rendersdg.image_headers import refuse_huge
from rendersdg.reports.silence import is_torn_png, without_remarks

THUMB = 48  # pixels a side of the thumbnails that copies are confirmed by
_HASHED = 32  # pixels a side of what is hashed
_TERMS = 8  # frequencies a side that the hash keeps
_AHEAD = 4  # images a thread that are under way: as many are in memory at once
DARK, LIGHT = 1, 254  # grey levels up to which, and from which on, a pixel is clipped
ONE_LEVEL = 2.0  # grey levels: coding alone may spread a single one so far
NAMES = ("brightness", "contrast", "sharpness", "dark", "light")


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """The measures of N images; where ``is_read`` (N,) does not hold they are NaN or 0.

    ``values`` are (N,) float64 by the names of :data:`NAMES`: brightness the mean grey level 0 to 255, contrast its
    deviation, sharpness the variance of the Laplacian, dark and light the shares of pixels at the ends, 0 to 1.
    ``hashes`` (N,) uint64 are perceptual ones, ``thumbs`` (N, 48, 48) float16 grey levels, ``digests`` those of the
    files. ``ranges`` (N,) float64 are the grey levels, of 255, from the lowest to the highest of the whole image, in
    the channel that has most; 0 only where the file holds one level, or could not be read. ``faults`` say what is
    wrong with the images that could not be read, by place.
    """

    values: dict[str, F8]
    hashes: NDArray[np.uint64]
    thumbs: NDArray[np.float16]
    digests: tuple[bytes, ...]
    ranges: F8
    is_read: Mask
    faults: dict[int, str]


@dataclass(frozen=True, slots=True, eq=False)
class _One:
    values: tuple[float, ...]
    hash: int
    thumb: NDArray[np.float16]
    digest: bytes
    range: float


def measured(files: Sequence[Path], on_image: Callable[[], None] = lambda: None) -> Pixels:
    """Return the measures of image files, read on all cores this process may use.

    Args:
        files: images; a picture in a shard as readers name it.
        on_image: is called after each.
    """
    count = len(files)
    values = np.full((len(NAMES), count), np.nan)
    hashes, thumbs = np.zeros(count, np.uint64), np.zeros((count, THUMB, THUMB), np.float16)
    digests: list[bytes] = [b""] * count
    ranges = np.zeros(count)
    faults: dict[int, str] = {}
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        waiting = iter(enumerate(files))
        running = [(k, pool.submit(_measured, file)) for k, file in islice(waiting, workers * _AHEAD)]
        while running:
            k, future = running.pop(0)
            found = future.result()
            if isinstance(found, str):
                faults[k] = found
            else:
                values[:, k], hashes[k], thumbs[k], digests[k] = found.values, found.hash, found.thumb, found.digest
                ranges[k] = found.range
            running += [(k, pool.submit(_measured, file)) for k, file in islice(waiting, 1)]
            on_image()
    is_read = np.array([k not in faults for k in range(count)], bool)
    return Pixels(dict(zip(NAMES, values)), hashes, thumbs, tuple(digests), ranges, is_read, faults)


def _measured(file: Path) -> _One | str:
    """Return an image's measures, or what is wrong with it."""
    try:
        data = picture_bytes(file)
        refuse_huge(data, str(file))
    except DatasetError as error:
        return str(error)
    if not data:
        return f"{file} is empty: it has 0 bytes"
    if is_torn_png(data):
        return f"{file} is not a readable image: it is cut short or altered"
    try:
        grey = cv2.imdecode(np.frombuffer(without_remarks(data), np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        grey = None
    if grey is None:
        return f"{file} is not a readable image"
    image = np.asarray(grey, np.uint8)
    mean, deviation = cv2.meanStdDev(image)
    edges = cv2.meanStdDev(cv2.Laplacian(image, cv2.CV_16S))[1]
    thumb = _thumb(image)
    shares = (float((image <= DARK).mean()), float((image >= LIGHT).mean()))
    values = (float(mean[0, 0]), float(deviation[0, 0]), float(edges[0, 0]) ** 2, *shares)
    return _One(values, _hash(image), thumb, blake2b(data, digest_size=16).digest(), _range(image, data))


def _range(image: U1, data: bytes) -> float:
    """Return the levels, of 255, from the lowest to the highest of an image; 0 only where its file holds one level."""
    low, high = cv2.minMaxLoc(image)[:2]
    if high - low > ONE_LEVEL:
        return high - low
    whole = cv2.imdecode(
        np.frombuffer(without_remarks(data), np.uint8), cv2.IMREAD_UNCHANGED
    )  # greys hide colours and 16 bits
    if whole is None:
        return high - low
    channels = np.atleast_3d(whole)[..., :3]
    spread = (channels.max((0, 1)).astype(np.float64) - channels.min((0, 1)).astype(np.float64)).max()
    most = np.iinfo(channels.dtype).max if np.issubdtype(channels.dtype, np.integer) else 1.0
    return float(spread) * 255 / most


def _thumb(image: U1) -> NDArray[np.float16]:
    """Return a small square of an image, smoothed so that another size of the same picture gives the same."""
    small = cv2.resize(image.astype(np.float32), (THUMB, THUMB), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 0.8), np.float16)


def _hash(image: U1) -> int:
    """Return 64 bits that copies of a picture share: which low frequencies of its cosine transform are above their
    median (Zauner 2010, "Implementation and benchmarking of perceptual image hash functions").
    """
    small = cv2.resize(image.astype(np.float32), (_HASHED, _HASHED), interpolation=cv2.INTER_AREA)
    terms = cv2.dct(small)[:_TERMS, :_TERMS].ravel()
    terms[0] = 0.0  # the mean: brightness is not what tells pictures apart
    bits = terms > np.median(terms)
    return int(np.packbits(bits).view(">u8")[0])
