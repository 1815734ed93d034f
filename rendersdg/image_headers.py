"""What an image file says of itself: its size and depth, read from its header where the format has one; and the
refusal of those that say too much.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from rendersdg.errors import DatasetError, RenderSDGError

_FREE = 256 << 20  # bytes that any picture may decode to: 8192 x 8192 of 8 bits, 4096 x 4096 of floats
_RATIO = 64  # times its own size that a larger one may: JPEG and DWA stay below at any quality that serves
_RADIANCE = re.compile(rb"\n([-+][XY]) (\d+) ([-+][XY]) (\d+)\n")
_PNG = b"\x89PNG\r\n\x1a\n"  # how PNG files begin
_BITS = {"1": 1, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 32, "F": 32}  # of Pillow's modes; 8 for the others

_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_BITS, _TIFF_SHORT = 256, 257, 258, 3


class ImageHeader(NamedTuple):
    """An image's ``width`` and ``height``, pixels, and the ``bits`` of one channel."""

    width: int
    height: int
    bits: int


def image_header(data: bytes) -> ImageHeader | None:
    """Return the header of an encoded image, None for bytes that no reader here knows or ventures to decode."""
    try:
        return _from_header(data) or _by_opencv(data)
    except _Huge:
        return None


def refuse_huge(data: bytes, name: str, error: type[RenderSDGError] = DatasetError) -> None:
    """Raise ``error`` where an image would decode to so many bytes that it may be made to fill the memory.

    That is more than 256 MiB and more than 64 times the file's size, at four channels. What no reader knows passes.

    Args:
        data: the file.
        name: of the file, for the message.
        error: what is raised.
    """
    try:
        header = _from_header(data)
    except _Huge as huge:
        raise error(f"{name} is refused: {huge}") from None
    if header is None:
        return
    decoded = _exr_bytes(data) or 4 * header.width * header.height * max(header.bits, 8) // 8
    if decoded > max(_FREE, _RATIO * len(data)):
        raise error(
            f"{name} is refused: its {len(data):,} bytes would become {header.width:,} x {header.height:,} pixels of "
            f"{header.bits} bits, {decoded:,} bytes; make it smaller"
        )


class _Huge(Exception):
    """An image says that it is larger than what is looked at: Pillow's limit, or a PNG's chunk beyond its file."""


def _from_header(data: bytes) -> ImageHeader | None:
    """Return what is known without decoding."""
    return _of_png(data) or _of_exr(data) or _of_radiance(data) or _by_pillow(data) or _of_tiff(data)


def _of_png(data: bytes) -> ImageHeader | None:
    """Return the header of a PNG, whatever its checksum says: OpenCV decodes it all the same.

    Raises _Huge for a chunk that says much more than its file holds: OpenCV takes the memory before it reads.
    """
    if not data.startswith(_PNG):
        return None
    at = len(_PNG)
    while at + 8 <= len(data):
        length, follow = int.from_bytes(data[at : at + 4], "big"), len(data) - at - 8
        if length > max(_FREE, follow):
            raise _Huge(f"one of its chunks says {length:,} bytes, and {follow:,} follow; export it again")
        at += 12 + length  # its length, kind, bytes and checksum
    if len(data) < 25:
        return None
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    return ImageHeader(width, height, data[24])


def _of_tiff(data: bytes) -> ImageHeader | None:
    """Return the header of the first image of a TIFF file (TIFF 6.0, section 2)."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(data[:4])
    if order is None:
        return None

    def number(at: int, size: int) -> int:
        return int.from_bytes(data[at : at + size], order)  # type: ignore[arg-type] # one of two words

    found, at = {_TIFF_BITS: 8}, number(4, 4)
    for entry in range(at + 2, at + 2 + 12 * number(at, 2), 12):
        tag, kind, count = number(entry, 2), number(entry + 2, 2), number(entry + 4, 4)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_BITS):
            size = 2 if kind == _TIFF_SHORT else 4
            place = number(entry + 8, 4) if size * count > 4 else entry + 8
            found[tag] = number(place, size)
    if _TIFF_WIDTH not in found or _TIFF_HEIGHT not in found:
        return None
    return ImageHeader(found[_TIFF_WIDTH], found[_TIFF_HEIGHT], min(found[_TIFF_BITS], 64))


def _of_radiance(data: bytes) -> ImageHeader | None:
    """Return the header of a Radiance picture, whose last line has the sizes (Ward, *Real Pixels*, 1991)."""
    found = _RADIANCE.search(data[: 1 << 16]) if data[:2] == b"#?" else None
    if found is None or len(found[2]) > 9 or len(found[4]) > 9:
        return None
    sizes = {found[1][1:]: int(found[2]), found[3][1:]: int(found[4])}
    return ImageHeader(sizes.get(b"X", 0), sizes.get(b"Y", 0), 32)


def _by_pillow(data: bytes) -> ImageHeader | None:
    """Return the header of what Pillow knows. Raises _Huge for pictures beyond its own limit."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large images, which are not decoded here
            with Image.open(io.BytesIO(data)) as image:
                bits = 16 if _is_deep_png(data) else _BITS.get(image.mode, 8)
                return ImageHeader(image.width, image.height, bits)
    except Image.DecompressionBombError as error:
        raise _Huge(str(error)) from None
    except Exception:  # Pillow's readers raise whatever they meet in damaged files
        return None


def _is_deep_png(data: bytes) -> bool:
    """Return whether a file is a PNG of 16 bits a channel, which Pillow reads as 8."""
    return data.startswith(_PNG) and len(data) > 24 and data[24] == 16


def _by_opencv(data: bytes) -> ImageHeader | None:
    """Return what OpenCV decodes and Pillow does not know; these formats do not compress."""
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    except cv2.error:
        image = None
    return None if image is None else ImageHeader(image.shape[1], image.shape[0], 8 * image.dtype.itemsize)


def _of_exr(data: bytes) -> ImageHeader | None:
    """Return the header of an OpenEXR file's first part, by its data window."""
    for part in _exr_parts(data):
        kinds = part.get(b"channels", b"")
        first = kinds.find(b"\0") + 1
        size = _window(part.get(b"dataWindow", b""))
        return None if size is None else ImageHeader(*size, 16 if kinds[first : first + 4] == b"\1\0\0\0" else 32)
    return None


def _exr_bytes(data: bytes) -> int:
    """Return how many bytes an OpenEXR file decodes to, each channel over the larger of its windows."""
    total = 0
    for part in _exr_parts(data):
        kinds, channels, at = part.get(b"channels", b""), 0, 0
        while at < len(kinds) and kinds[at]:  # a name, and 16 bytes
            at = kinds.find(b"\0", at) + 17
            channels += 1
        sizes = [_window(part.get(name, b"")) or (0, 0) for name in (b"dataWindow", b"displayWindow")]
        total += 4 * max(channels, 4) * max(max(width, 0) * max(height, 0) for width, height in sizes)
    return total


def _exr_parts(data: bytes) -> Iterator[dict[bytes, bytes]]:
    """Yield the attributes of each part of an OpenEXR file: a name, a type, a size and a value (openexr.com)."""
    if data[:4] != b"\x76\x2f\x31\x01":
        return
    at, has_parts = 8, bool(int.from_bytes(data[4:8], "little") & 0x1000)
    while at < len(data) and data[at]:
        part: dict[bytes, bytes] = {}
        while at < len(data) and data[at]:
            name, _, rest = data[at : at + 512].partition(b"\0")
            kind, _, _ = rest.partition(b"\0")
            at += len(name) + len(kind) + 2
            length = int.from_bytes(data[at : at + 4], "little")
            part[name] = data[at + 4 : at + 4 + length]
            at += 4 + length
        yield part
        if not has_parts:
            return
        at += 1


def _window(value: bytes) -> tuple[int, int] | None:
    """Return width and height of a window of OpenEXR: left, top, right and bottom, both ends inclusive."""
    if len(value) != 16:
        return None
    left, top, right, bottom = np.frombuffer(value, "<i4").tolist()
    return right - left + 1, bottom - top + 1
