"""What image files say of themselves."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest

from rendersdg.assets.image_headers import image_header


def encoded(ending: str, pixels: np.ndarray) -> bytes:
    return bytes(cv2.imencode(ending, pixels)[1])


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
    def attribute(name: bytes, type_name: bytes, value: bytes) -> bytes:
        return name + b"\0" + type_name + b"\0" + struct.pack("<i", len(value)) + value

    channel = b"R\0" + struct.pack("<iiii", kind, 0, 1, 1) + b"\0"
    data = b"\x76\x2f\x31\x01\x02\0\0\0"
    data += attribute(b"channels", b"chlist", channel)
    data += attribute(b"dataWindow", b"box2i", struct.pack("<4i", 10, 20, 109, 69)) + b"\0"

    assert image_header(data) == (100, 50, bits)


@pytest.mark.parametrize("data", [b"", b"not an image", b"\x89PNG\r\n\x1a\n", b"\x76\x2f\x31\x01\x02\0\0\0abc"])
def test_what_is_no_image_has_no_header(data: bytes) -> None:
    assert image_header(data) is None
