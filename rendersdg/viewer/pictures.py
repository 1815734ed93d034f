"""Pictures and arrays as the page gets them: files as they are where a browser reads them, small copies, numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.packed import picture_bytes
from detectors.preprocess import decode_rgb
from detectors.samples import Sample
from rendersdg import rle
from rendersdg.arrays import F4, U1
from rendersdg.documents import json_mapping, npy_array, read_bytes
from rendersdg.errors import DatasetError, RenderSDGError
from rendersdg.image_headers import image_header, refuse_huge
from writers.coco import fill_polygon
from writers.encoders import image_bytes

LARGEST_FILE = 256 << 20  # bytes of a picture or an array
_MOST_NUMBERS = 2_000_000  # pixels of an array as the page gets it; a larger one is thinned
_MOST_PIXELS = 24_000_000  # of a picture as the page gets it; a larger one is shrunk
_MOST_CHANNELS = 4
_KINDS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"BM": "image/bmp"}
_EXR = b"\x76\x2f\x31\x01"


@dataclass(frozen=True, slots=True)
class Encoded:
    """Bytes and what they are; ``about`` is told beside them."""

    data: bytes
    kind: str
    about: Mapping[str, Any] | None = None


def picture(file: Path) -> Encoded:
    """Return a picture as a browser shows it: the file's bytes, or a PNG of a format that browsers do not read.

    Raises DatasetError for what is no picture or too large.
    """
    data = _bytes_of(file)
    kind = _kind_of(data)
    if kind is not None and not _is_too_large(data, file):
        return Encoded(data, kind)
    image = _decoded(data, file)
    scale = min(1.0, (_MOST_PIXELS / (image.shape[0] * image.shape[1])) ** 0.5)
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return Encoded(image_bytes(image), "image/png")


def thumbnail(file: Path, size_px: int) -> Encoded:
    """Return a picture in small, its longer side of ``size_px`` pixels at most, as JPEG. Raises as :func:`picture`."""
    data = _bytes_of(file)
    image = _decoded(data, file)
    scale = size_px / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return Encoded(image_bytes(image, "jpg", 82), "image/jpeg")


def objects_picture(sample: Sample) -> Encoded:
    """Return which object each pixel shows, as PNG: red and green hold its number from 1, low byte first; 0 is none.

    Outlines are drawn from the largest to the smallest; objects without one have no pixels. Outlines that cannot be
    read are left out, and named in ``about``.

    Raises DatasetError for a picture with more pixels than are drawn over.
    """
    width, height = sample.size_wh
    if width * height > _MOST_PIXELS:
        raise DatasetError(f"{width} x {height} pixels are more than {_MOST_PIXELS}: outlines are not drawn over them")
    out = np.zeros((height, width), np.uint32)
    wrong = []
    area = (sample.xyxy[:, 2:] - sample.xyxy[:, :2]).prod(1)
    for k in np.argsort(-area, kind="stable"):
        shape = None if sample.segmentations is None else sample.segmentations[int(k)]
        if shape is None:
            continue
        try:
            out[_mask_of(shape, (height, width))] = k + 1
        except (RenderSDGError, ValueError, TypeError, IndexError):  # told beside the picture
            wrong.append(int(k))
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[..., 0], rgb[..., 1] = out & 255, (out >> 8) & 255
    return Encoded(image_bytes(rgb), "image/png", {"wrong": wrong})


def _mask_of(shape: Any, size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    if isinstance(shape, Mapping):
        counts = shape["counts"]
        return np.asarray(rle.mask_from_runs(rle.decompress(counts) if isinstance(counts, str) else counts, size_hw))
    out = np.zeros(size_hw, np.uint8)
    for ring in shape:
        fill_polygon(out, np.reshape(np.asarray(ring, float), (-1, 2)))
    return out.astype(bool)


def layer(file: Path) -> Encoded:
    """Return a file of an annotator: 8-bit pictures as pictures, everything else as numbers, see :func:`numbers`.

    Raises DatasetError for what is neither.
    """
    if file.suffix.lower() == ".npy":
        _refuse_large(file)
        return numbers(npy_array(file), file.name)
    data = _bytes_of(file)
    if data[:4] == _EXR:
        from rendersdg.assets.decoding import decode

        pixels = decode(data, file.name).pixels  # black and opaque where there is one channel
        return numbers(pixels[..., 0] if (pixels[..., :1] == pixels[..., :3]).all() else pixels[..., :3], file.name)
    if data[:4] == b"\x89PNG":
        refuse_huge(data, file.name)
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if image is not None and image.dtype != np.uint8:
            return numbers(image, file.name)
    return picture(file)


def numbers(array: NDArray[Any], name: str) -> Encoded:
    """Return an array (H, W) or (H, W, C) as float32, little-endian, row by row; ``about`` has shape and range.

    A large one is thinned: ``step`` pixels of the picture lie between two of its numbers. Raises DatasetError for an
    array that is not a picture of numbers.
    """
    array = np.asarray(array)
    if array.dtype.names is not None or array.dtype.kind not in "buif" or array.ndim not in (2, 3) or not array.size:
        raise DatasetError(f"{name} holds {array.dtype} of shape {array.shape}, which is not a picture of numbers")
    values = array.reshape(*array.shape[:2], -1)
    if values.shape[2] > _MOST_CHANNELS:
        raise DatasetError(f"{name} has {values.shape[2]} channels; {_MOST_CHANNELS} are the most that are shown")
    step = max(1, int(np.ceil((values.shape[0] * values.shape[1] / _MOST_NUMBERS) ** 0.5)))
    thin: F4 = np.ascontiguousarray(values[::step, ::step], np.float32)
    finite = thin[..., : min(thin.shape[2], 3)]
    finite = finite[np.isfinite(finite)]
    about = {
        "shape": list(thin.shape),
        "whole": [array.shape[0], array.shape[1]],
        "step": step,
        "low": float(finite.min()) if len(finite) else 0.0,
        "high": float(finite.max()) if len(finite) else 0.0,
        "integers": array.dtype.kind in "bui",
    }
    return Encoded(thin.astype("<f4").tobytes(), "application/octet-stream", about)


def legend(file: Path) -> list[dict[str, Any]]:
    """Return what the colours or numbers of a segmentation mean, from the JSON beside it: [] where there is none.

    Each entry has ``key``, [r, g, b, a] or a number, and ``label``.
    """
    found = re.fullmatch(r"(.+?)_(\d[\d_]*)", file.stem)
    if found is None:
        return []
    for middle in ("semantics_mapping", "labels", "mapping"):
        beside = file.with_name(f"{found[1]}_{middle}_{found[2]}.json")
        if beside.is_file():
            try:
                told = json_mapping(read_bytes(beside, largest=LARGEST_FILE), beside)
            except DatasetError:
                return []
            return [{"key": _key(key), "label": _label(value)} for key, value in list(told.items())[:5000]]
    return []


def _key(text: str) -> Any:
    numbers_ = [int(n) for n in re.findall(r"-?\d+", text)[:4]]
    if len(numbers_) > 1:
        return numbers_
    return numbers_[0] if numbers_ else text


def _label(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(str(v) for v in value.values())
    return value if isinstance(value, str) else json.dumps(value)


def _bytes_of(file: Path) -> bytes:
    _refuse_large(file)
    data = picture_bytes(file)
    if len(data) > LARGEST_FILE:
        raise DatasetError(f"{file.name} has {len(data)} bytes; {LARGEST_FILE} are the most that are shown")
    return data


def _refuse_large(file: Path) -> None:
    if file.is_file() and file.stat().st_size > LARGEST_FILE:
        raise DatasetError(f"{file.name} has {file.stat().st_size} bytes; {LARGEST_FILE} are the most that are shown")


def _decoded(data: bytes, file: Path) -> U1:
    refuse_huge(data, file.name)
    image = decode_rgb(data)
    if image is None:
        raise DatasetError(f"{file.name} is not a readable image")
    return image


def _kind_of(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _KINDS.items() if data.startswith(start)), None)


def _is_too_large(data: bytes, file: Path) -> bool:
    refuse_huge(data, file.name)
    header = image_header(data)
    return header is not None and header.width * header.height > _MOST_PIXELS
