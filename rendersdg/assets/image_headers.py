"""What an image file says of itself: its size and depth, read from its header where the format has one."""

from __future__ import annotations

import io
import warnings
from typing import NamedTuple

import cv2
import numpy as np

_BITS = {"1": 1, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 32, "F": 32}  # of Pillow's modes; 8 for the others


class ImageHeader(NamedTuple):
    """An image's ``width`` and ``height``, pixels, and the ``bits`` of one channel."""

    width: int
    height: int
    bits: int


def image_header(data: bytes) -> ImageHeader | None:
    """Return the header of an encoded image, None for bytes that no reader here knows."""
    return _by_pillow(data) or _by_opencv(data)


def _by_pillow(data: bytes) -> ImageHeader | None:
    from PIL import Image

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as image:
            warnings.simplefilter("ignore")  # of large images, which are not decoded here
            bits = 16 if _is_deep_png(data) else _BITS.get(image.mode, 8)
            return ImageHeader(image.width, image.height, bits)
    except Exception:  # Pillow's readers raise whatever they meet in damaged files
        return None


def _is_deep_png(data: bytes) -> bool:
    """Return whether a file is a PNG of 16 bits a channel, which Pillow reads as 8."""
    return data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) > 24 and data[24] == 16


def _by_opencv(data: bytes) -> ImageHeader | None:
    """Return what OpenCV decodes: Radiance's and others that Pillow does not know."""
    if exr := _of_exr(data):
        return exr
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    except cv2.error:
        image = None
    return None if image is None else ImageHeader(image.shape[1], image.shape[0], 8 * image.dtype.itemsize)


def _of_exr(data: bytes) -> ImageHeader | None:
    """Return the header of an OpenEXR file, whose attributes are a name, a type, a size and a value (openexr.com)."""
    if data[:4] != b"\x76\x2f\x31\x01":
        return None
    at, bits, size = 8, 16, None
    while at < len(data) and data[at]:
        name, _, rest = data[at : at + 512].partition(b"\0")
        kind, _, _ = rest.partition(b"\0")
        at += len(name) + len(kind) + 2
        length = int.from_bytes(data[at : at + 4], "little")
        value = data[at + 4 : at + 4 + length]
        at += 4 + length
        if name == b"channels":
            first = value.find(b"\0") + 1
            bits = 16 if value[first : first + 4] == b"\1\0\0\0" else 32
        if name == b"dataWindow" and length == 16:
            left, top, right, bottom = np.frombuffer(value, "<i4").tolist()
            size = (right - left + 1, bottom - top + 1)
    return None if size is None else ImageHeader(*size, bits)
