"""What image files say of themselves."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest

from rendersdg.errors import AssetError
from rendersdg.image_headers import image_header, refuse_huge


def encoded(ending: str, pixels: np.ndarray) -> bytes:
    return bytes(cv2.imencode(ending, pixels)[1])


def exr(
    channels: list[str], data: tuple[int, ...], display: tuple[int, ...], *, kind: int = 2, parts: int = 1
) -> bytes:
    """Return the header of an OpenEXR file, the same for each of its parts."""

    def attribute(name: bytes, type_name: bytes, value: bytes) -> bytes:
        return name + b"\0" + type_name + b"\0" + struct.pack("<i", len(value)) + value

    kinds = b"".join(c.encode() + b"\0" + struct.pack("<iiii", kind, 0, 1, 1) for c in channels) + b"\0"
    part = attribute(b"channels", b"chlist", kinds)
    part += attribute(b"dataWindow", b"box2i", struct.pack("<4i", *data))
    part += attribute(b"displayWindow", b"box2i", struct.pack("<4i", *display)) + b"\0"
    return b"\x76\x2f\x31\x01\x02" + (b"\x10" if parts > 1 else b"\0") + b"\0\0" + parts * part + b"\0"


def png(width: int, height: int, bits: int = 8) -> bytes:
    """Return a PNG whose header says a size, and which holds nothing."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    end = b"\0\0\0\0IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + end


def with_chunk(says: int, *, after: int = 33) -> bytes:
    """Return a PNG with a chunk after so many of its bytes: it says a length and holds none."""
    good = encoded(".png", np.zeros((2, 2, 3), np.uint8))
    return good[:after] + struct.pack(">I", says) + b"IDAT" + good[after:]


def radiance(width: int, height: int) -> bytes:
    return b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y %d +X %d\n" % (height, width)


@pytest.mark.parametrize(
    ("ending", "dtype", "bits"), [(".png", np.uint8, 8), (".png", np.uint16, 16), (".jpg", np.uint8, 8)]
)
def test_size_and_depth_are_those_of_the_file(ending: str, dtype: type, bits: int) -> None:
    data = encoded(ending, np.zeros((3, 5, 3), dtype))

    assert image_header(data) == (5, 3, bits)


def test_radiance_files_are_of_32_bits() -> None:
    assert image_header(encoded(".hdr", np.ones((4, 8, 3), np.float32))) == (8, 4, 32)


@pytest.mark.parametrize(("kind", "bits"), [(1, 16), (2, 32)])
def test_openexr_files_are_read_by_their_data_window(kind: int, bits: int) -> None:
    assert image_header(exr(["R"], (10, 20, 109, 69), (0, 0, 9, 9), kind=kind)) == (100, 50, bits)


@pytest.mark.parametrize("data", [b"", b"not an image", b"\x89PNG\r\n\x1a\n", b"\x76\x2f\x31\x01\x02\0\0\0abc"])
def test_what_is_no_image_has_no_header(data: bytes) -> None:
    assert image_header(data) is None


def test_a_png_with_a_chunk_of_gigabytes_has_no_header() -> None:
    assert image_header(with_chunk(0x3F00_0080)) is None
    assert image_header(with_chunk(0x3F00_0080, after=8)[:20]) is None


WINDOW = (0, 0, 9, 9)


@pytest.mark.parametrize(
    "data",
    [
        png(8192, 8193),
        png(8192, 8192, 16),
        png(100_000, 100_000),  # beyond what Pillow looks at
        png(2**31 - 1, 2**31 - 1),
        with_chunk(0x3F00_0080),  # OpenCV takes what a chunk says before it reads
        with_chunk(0xFFFF_FFFF, after=8),
        with_chunk((256 << 20) + 1, after=8)[:16],
        radiance(4096, 4097),
        exr(["R", "G", "B"], (0, 0, 4095, 4096), WINDOW),
        exr(["R", "G", "B"], WINDOW, (0, 0, 32_767, 32_767)),
        exr([f"c{k}" for k in range(1000)], (0, 0, 511, 511), WINDOW),
        exr(["R"], (0, 0, 2047, 2047), WINDOW, parts=5),
    ],
)
def test_a_picture_that_would_fill_the_memory_is_refused(data: bytes) -> None:
    with pytest.raises(AssetError, match="a picture is refused: ") as told:
        refuse_huge(data, "a picture", AssetError)

    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "data",
    [
        png(8192, 8192),
        png(5793, 5792, 16),
        png(16_384, 8192) + bytes(8 << 20),  # as large a file as such a picture has
        with_chunk(256 << 20),
        radiance(4096, 4096),
        exr(["R", "G", "B"], (0, 0, 4095, 4095), WINDOW),
        exr(["R", "G", "B"], WINDOW, WINDOW, parts=5),
        b"",
        b"not a picture",
    ],
)
def test_other_pictures_and_what_is_not_one_pass(data: bytes) -> None:
    refuse_huge(data, "a picture")
