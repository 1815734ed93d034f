"""Images scaled, blurred, filtered and looked up between pixels, to the same bits on every machine.

OpenCV's functions for float images give other bits on other processors. Images are (H, W, C) or (H, W); the centre of
pixel (row, column) is at y = row, x = column.
"""

from __future__ import annotations

from collections.abc import Callable
from ctypes import POINTER, byref, c_int64, c_void_p
from functools import cache, lru_cache
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from rendersdg.arrays import F4, F8, I4
from rendersdg.errors import BadArgument
from rendersdg.kernels.arrays import INT, Array, Field, Structure, address
from rendersdg.kernels.elementary import exponentials
from rendersdg.kernels.library import kernel

Border = Literal["edge", "wrap", "black"]
_BORDERS: tuple[Border, ...] = ("edge", "wrap", "black")  # as resampling.c numbers them


class Taps(Structure):
    """What each of N new rows or columns is made of: ``index`` (N, K) int32 of old ones, ``weight`` (N, K) float32.

    ``length`` is how many old ones there are.

    Raises:
        BadArgument: an array of another dtype, shape or layout, an index out of range.
    """

    fields: ClassVar[dict[str, Field]] = {
        "index": Array("i4", ("count", "taps")),
        "weight": Array("f4", ("count", "taps")),
        "count": INT,
        "taps": INT,
    }


class Picture(Structure):
    """An image that is looked up between its pixels: ``pixels`` (H, W, C) float32.

    Raises:
        BadArgument: an array of another dtype, shape or layout.
    """

    fields: ClassVar[dict[str, Field]] = {
        "pixels": Array("f4", ("height", "width", "channels")),
        "height": INT,
        "width": INT,
        "channels": INT,
    }


def mixed(image: F4, rows: tuple[I4, F4] | None, columns: tuple[I4, F4] | None) -> F4:
    """Return an image whose rows, and then columns, are sums of old ones: by indices and weights, both (N, K).

    Raises:
        BadArgument: an array of another dtype, shape or layout, an index out of range.
    """
    start = address("image", image, "f4", ("height", "width", "channels"))
    height, width, channels = image.shape
    if rows is not None:
        taps = _taps(rows, height)
        taller = np.empty((len(rows[0]), width, channels), np.float32)
        _mix_rows()(byref(taps), width * channels, start, taller.ctypes.data)
        image, height, start = taller, len(taller), taller.ctypes.data
    if columns is not None:
        taps = _taps(columns, width)
        wider = np.empty((height, len(columns[0]), channels), np.float32)
        _mix_columns()(byref(taps), height, width, channels, start, wider.ctypes.data)
        image = wider
    return image


def _taps(given: tuple[I4, F4], length: int) -> Taps:
    index, weight = given
    if index.size and not 0 <= int(index.min()) <= int(index.max()) < length:
        raise BadArgument(f"index has values from {index.min()} to {index.max()} instead of 0 to {length - 1}")
    if index.ndim != 2 or not index.shape[1]:
        raise BadArgument(f"index has shape {index.shape} instead of (N, K) with K of 1 at least")
    return Taps(index=index, weight=weight)


def scaled(image: NDArray[Any], size_wh: tuple[int, int]) -> NDArray[Any]:
    """Return an image at another size, of its dtype; whole numbers are rounded.

    Where a side shrinks, a pixel of the image is the mean of the area that it covers in the old one, along both;
    otherwise it is linear between the nearest. Beyond the border, the border goes on.

    Raises:
        BadArgument: a size below 1.
    """
    width, height = size_wh
    if min(width, height) < 1 or not image.size:
        raise BadArgument(f"an image {image.shape} cannot be scaled to {width} x {height} pixels")
    shrinks = height < image.shape[0] or width < image.shape[1]
    taps = by_area if shrinks else between
    flat = np.ascontiguousarray(image, np.float32).reshape(*image.shape[:2], -1)
    rows = None if height == image.shape[0] else taps(image.shape[0], height)
    columns = None if width == image.shape[1] else taps(image.shape[1], width)
    found = mixed(flat, rows, columns).reshape(height, width, *image.shape[2:])
    if np.issubdtype(image.dtype, np.integer):
        limits = np.iinfo(image.dtype)
        found = np.clip(np.round(found), limits.min, limits.max)
    return found.astype(image.dtype, copy=False)


@lru_cache(maxsize=32)
def by_area(old: int, new: int) -> tuple[I4, F4]:
    """Return what each of ``new`` pixels of a line covers of ``old`` ones."""
    low = np.arange(new) * old / new
    high = (np.arange(new) + 1) * old / new
    first = np.floor(low).astype(np.int64)
    taps = int((np.ceil(high).astype(np.int64) - first).max())
    index = first[:, None] + np.arange(taps)
    cover = np.minimum(high[:, None], index + 1) - np.maximum(low[:, None], index)
    cover = np.where((cover > 1e-9) & (index < old), cover, 0.0)
    weight = cover / cover.sum(1, keepdims=True)
    return np.minimum(index, old - 1).astype(np.int32), weight.astype(np.float32)


@lru_cache(maxsize=32)
def between(old: int, new: int) -> tuple[I4, F4]:
    """Return the two nearest of ``old`` pixels of a line for each of ``new`` ones."""
    at = (np.arange(new) + 0.5) * old / new - 0.5
    first = np.floor(at)
    share = at - first
    index = np.clip(first[:, None] + [0, 1], 0, old - 1)
    return index.astype(np.int32), np.stack([1 - share, share], 1).astype(np.float32)


def cubic(at: F8, length: int) -> tuple[I4, F4]:
    """Return the four pixels of a line around each place (N,), by Keys' cubic with a slope of -0.75 (1981).

    Beyond the line there is nothing.
    """
    first = np.floor(at)
    t = (at - first)[:, None] + [1.0, 0.0, -1.0, -2.0]
    d = np.abs(t)
    near = (1.25 * d - 2.25) * d * d + 1
    far = ((-0.75 * d + 3.75) * d - 6.0) * d + 3.0
    index = first[:, None] + np.arange(-1, 3)
    weight = np.where((index >= 0) & (index < length), np.where(d <= 1, near, far), 0.0)
    return np.clip(index, 0, length - 1).astype(np.int32), weight.astype(np.float32)


def gaussian(image: F4, sigma: float) -> F4:
    """Return an image (H, W, C) or (H, W) blurred by a Gaussian of ``sigma`` pixels, mirrored at its borders.

    The Gaussian is cut at four sigma.

    Raises:
        BadArgument: the image is of another dtype or layout, or sigma is not above 0.
    """
    if not 0 < sigma < 1e4:
        raise BadArgument(f"sigma={sigma} must lie above 0 and below 10000")
    shape = image.shape
    if not image.size:
        return image.copy()
    flat = image.reshape(*shape[:2], -1)
    start = address("image", flat, "f4", ("height", "width", "channels"))
    height, width, channels = flat.shape
    weights = _bell(float(sigma))
    reach = len(weights) // 2
    across, padded = np.empty_like(flat), np.empty((width + 2 * reach) * channels, np.float32)
    data = (start, padded.ctypes.data, across.ctypes.data)
    _convolve_rows()(height, width, channels, len(weights), weights.ctypes.data, *data)
    index = np.abs(np.arange(height)[:, None] + np.arange(-reach, reach + 1))
    period = max(2 * (height - 1), 1)
    index = index % period
    index = np.where(index < height, index, period - index).astype(np.int32)
    return mixed(across, (index, np.tile(weights, (height, 1))), None).reshape(shape)


@lru_cache(maxsize=32)
def _bell(sigma: float) -> F4:
    reach = round(sigma * 8 + 1) // 2
    at = np.arange(-reach, reach + 1, dtype=np.float64)
    weights = exponentials(at * at * (-0.5 / (sigma * sigma)))
    return (weights / weights.sum()).astype(np.float32)


def sampled(image: F4, x: F4, y: F4, *, border: Border) -> F4:
    """Return an image (H, W, C) at places x, y (...), linear between pixels: (..., C).

    Raises:
        BadArgument: an array of another dtype, shape or layout.
    """
    picture = Picture(pixels=image)
    places = np.ascontiguousarray(x, np.float32).reshape(-1), np.ascontiguousarray(y, np.float32).reshape(-1)
    counts: dict[str, int] = {}
    starts = [address(name, at, "f4", ("N",), counts) for name, at in zip("xy", places)]
    if not image.size:
        raise BadArgument(f"an image {image.shape} has no pixels")
    out = np.empty((*np.shape(x), image.shape[2]), np.float32)
    _sample_at()(byref(picture), counts["N"], *starts, _BORDERS.index(border), out.ctypes.data)
    return out


def filtered(image: F8, weights: F8) -> F8:
    """Return an image (H, W, C) each pixel of which is the sum of those around it by ``weights`` (T, V).

    The weights' middle, (T // 2, V // 2), lies on the pixel. Beyond its borders the image is mirrored.

    Raises:
        BadArgument: an array of another dtype or shape, or weights larger than the image mirrored once.
    """
    weights = np.ascontiguousarray(weights, np.float64)
    if image.ndim != 3 or weights.ndim != 2 or not weights.size:
        raise BadArgument(f"an image {image.shape} cannot be filtered by weights {weights.shape}")
    tall, wide = weights.shape
    if not image.size:
        return image.copy()
    around = ((tall // 2, tall - 1 - tall // 2), (wide // 2, wide - 1 - wide // 2), (0, 0))
    padded = np.ascontiguousarray(np.pad(image.astype(np.float64, copy=False), around, mode="reflect"))
    out = np.empty(image.shape)
    _correlate()(*image.shape, tall, wide, weights.ctypes.data, padded.ctypes.data, out.ctypes.data)
    return out


@cache
def _mix_rows() -> Callable[..., None]:
    function: Callable[..., None] = kernel("mix_rows", None, POINTER(Taps), c_int64, c_void_p, c_void_p)
    return function


@cache
def _mix_columns() -> Any:
    return kernel("mix_columns", None, POINTER(Taps), c_int64, c_int64, c_int64, c_void_p, c_void_p)


@cache
def _convolve_rows() -> Any:
    return kernel("convolve_rows", None, *[c_int64] * 4, *[c_void_p] * 4)


@cache
def _sample_at() -> Any:
    return kernel("sample_at", None, POINTER(Picture), c_int64, c_void_p, c_void_p, c_int64, c_void_p)


@cache
def _correlate() -> Any:
    return kernel("correlate", None, *[c_int64] * 5, *[c_void_p] * 3)
