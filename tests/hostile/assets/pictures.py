"""Small image files to be damaged, one of each format that is read."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np


def png(width: int, height: int, *, bits: int = 8, colour: int = 2, rows: bytes | None = None) -> bytes:
    """Return a PNG file whose header states a size; ``rows`` are other bytes than those of such an image."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    if rows is None:
        row = b"\0" + bytes((k * 37) % 256 for k in range(width * channels * bits // 8))
        rows = row * height
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def exr(pixels: np.ndarray) -> bytes:
    """Return an OpenEXR file of float pixels (H, W, 3)."""
    import OpenEXR

    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.exr"
        with OpenEXR.File(header, {"RGB": np.ascontiguousarray(pixels, np.float32)}) as file:
            file.write(str(path))
        return path.read_bytes()


def pictures() -> dict[str, list[bytes]]:
    """Return the bytes of images by the ending of their format."""
    from PIL import Image

    ramp = np.linspace(0, 255, 8 * 6 * 3).astype(np.uint8).reshape(6, 8, 3)
    deep, light = ramp.astype(np.uint16) * 257, ramp.astype(np.float32) / 32

    def encoded(ending: str, pixels: np.ndarray) -> bytes:
        return bytes(cv2.imencode(ending, pixels)[1])

    def by_pillow(kind: str) -> bytes:
        out = io.BytesIO()
        Image.fromarray(ramp).save(out, kind)
        return out.getvalue()

    return {
        ".png": [png(8, 6), png(4, 4, bits=16, colour=6), encoded(".png", ramp[:, :, 0])],
        ".jpg": [encoded(".jpg", np.kron(ramp, np.ones((3, 3, 1), np.uint8)))],
        ".exr": [exr(light), exr(np.where(light > 4, np.nan, light))],
        ".hdr": [encoded(".hdr", light)],
        ".tif": [encoded(".tif", ramp), encoded(".tif", deep), encoded(".tif", light)],
        ".webp": [encoded(".webp", ramp)],
        ".bmp": [encoded(".bmp", ramp)],
        ".tga": [by_pillow("TGA")],
        ".gif": [by_pillow("GIF")],
        ".dds": [by_pillow("DDS")],
    }
