"""Arrays to bytes, the same bytes everywhere: images, NumPy files, JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rendersdg.errors import BadArgument
from rendersdg.image_headers import refuse_huge
from writers.options import IMAGE_FORMATS

_KEPT: ContextVar[dict[tuple[object, ...], bytes] | None] = ContextVar("images that were encoded", default=None)


def image_bytes(image: NDArray[np.generic], extension: str = "png", quality: int = 95) -> bytes:
    """Return an encoded image.

    Args:
        image: (H, W) grey or (H, W, 3 or 4) RGB(A), uint8 or uint16.
        extension: png, jpg, jpeg, webp, bmp, tif or tiff, with or without a dot.
        quality: of JPEG, 1 to 100. JPEG drops alpha.

    Raises:
        BadArgument: the format is another, or does not hold such an image.

    >>> image_bytes(np.zeros((2, 2, 3), np.uint8))[1:4]
    b'PNG'
    """
    extension = extension.lower().lstrip(".")
    if extension not in IMAGE_FORMATS:
        raise BadArgument(f"image format {extension!r} is not one of {', '.join(IMAGE_FORMATS)}")
    pixels = np.asarray(image)
    if pixels.ndim == 3:
        if extension in ("jpg", "jpeg"):
            pixels = pixels[..., :3]
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR)
    kept = _KEPT.get()
    if kept is None:
        return _encoded(pixels, extension, quality)
    content = sha256(np.ascontiguousarray(pixels).data).digest()
    key = (content, pixels.shape, pixels.dtype.str, extension, quality)
    if key not in kept:
        kept[key] = _encoded(pixels, extension, quality)
    return kept[key]


def _encoded(pixels: NDArray[np.generic], extension: str, quality: int) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if extension in ("jpg", "jpeg") else []
    done, data = cv2.imencode(f".{extension}", pixels, options)
    if not done:
        raise BadArgument(f"an image of shape {pixels.shape} and type {pixels.dtype} cannot be written as {extension}")
    return bytes(data.tobytes())


@contextmanager
def encoding_once() -> Iterator[None]:
    """Encode equal images once inside of the block: several writers write the same picture of a frame.

    Images are told apart by their content, which takes a twentieth of what encoding a PNG does.
    """
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


def depth_levels(metres: NDArray[np.floating[Any]], unit: float) -> NDArray[np.uint16]:
    """Return depths as :func:`depth_png` writes them, (H, W)."""
    levels = np.round(metres.astype(np.float64) / unit)
    return np.where(levels <= 65535, levels, 0).astype(np.uint16)


def depth_png(metres: NDArray[np.floating[Any]], unit: float) -> bytes:
    """Return depths as a 16-bit PNG; 0 where there is nothing, or what is farther than 65535 units.

    Args:
        metres: (H, W) depths, +inf where there is nothing.
        unit: metres of a level.
    """
    return image_bytes(depth_levels(metres, unit))


def read_image(data: bytes) -> NDArray[np.generic]:
    """Return a decoded image as it was written, (H, W) or (H, W, 3 or 4) in RGB(A) order, uint8 or uint16.

    Raises BadArgument when the bytes are not an image, or one that would fill the memory.
    """
    refuse_huge(data, "an image", BadArgument)
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise BadArgument(f"{len(data)} bytes are not an image")
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGB)
    return image


def npy_bytes(array: NDArray[np.generic]) -> bytes:
    """Return a .npy file of an array of any shape, (N,) or (H, W, 3) alike. Objects are refused (ValueError)."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def json_bytes(value: object, indent: int | None = None) -> bytes:
    """Return JSON text; NumPy scalars and arrays become plain numbers and lists, keys keep their order.

    ``indent`` breaks lines, by that many blanks a level. Raises TypeError for what JSON cannot hold.
    """
    return json.dumps(value, indent=indent, default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def metadata_bytes(name: str, version: str, seed: int) -> bytes:
    """Return what Replicator's writers say of themselves in ``metadata.txt``; the colon in the third key is theirs."""
    return json.dumps({"name": name, "version": version, "replicator_global_seed:": seed}).encode()
