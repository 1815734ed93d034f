"""Broken pictures are told of as findings, and not by the libraries that decode them: OpenCV, libpng and Pillow."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from detectors.packed import picture_bytes
from detectors.preprocess import Image, decode_rgb
from rendersdg.errors import DatasetError
from rendersdg.image_headers import refuse_huge

_PNG = b"\x89PNG\r\n\x1a\n"  # how PNG files begin
_NEEDED = (b"tRNS", b"eXIf", b"acTL", b"fcTL", b"fdAT")  # optional parts that change what OpenCV gives
_CRITICAL = 0x20  # the bit that is not set in the first letter of the parts that a decoder needs


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Let OpenCV log nothing and Pillow warn of nothing within the block."""
    log = cv2.utils.logging
    before = log.getLogLevel()
    log.setLogLevel(log.LOG_LEVEL_SILENT)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\.")
            yield
    finally:
        log.setLogLevel(before)


def quiet_rgb(file: Path) -> Image:
    """Return an image as :func:`detectors.preprocess.read_rgb` does, without a word of its decoder's on stderr."""
    data = picture_bytes(file)
    refuse_huge(data, str(file))
    image = None if is_torn_png(data) else decode_rgb(without_remarks(data))
    if image is None:
        raise DatasetError(f"{file} is not a readable image; remove it from the set or copy it again")
    return image


def without_remarks(data: bytes) -> bytes:
    """Return a whole PNG file without the parts that its pixels do not need; other bytes as they are.

    libpng writes to stderr what it thinks of them, of a colour profile say, and OpenCV reads none but how the picture
    is turned.
    """
    if not data.startswith(_PNG):
        return data
    kept, at = [_PNG], len(_PNG)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if not data[at + 4] & _CRITICAL or data[at + 4 : at + 8] in _NEEDED:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def is_torn_png(data: bytes) -> bool:
    """Return whether the bytes are a PNG file that is cut short or altered, so that it cannot be decoded.

    Its decoder, libpng, writes to stderr whatever the log's level is; so it is asked for whole files only.
    """
    if not data.startswith(_PNG):
        return False
    view, at = memoryview(data), len(_PNG)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(view[at : at + 4], "big")
        if end > len(data):
            return True
        kind = bytes(view[at + 4 : at + 8])
        told = int.from_bytes(view[end - 4 : end], "big")
        if kind != b"IEND" and not kind[0] & _CRITICAL and zlib.crc32(view[at + 4 : end - 4]) != told:
            return True
        if kind == b"IEND":
            return False
        at = end
    return True
