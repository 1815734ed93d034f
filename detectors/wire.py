"""What a served model takes and gives: images as bytes or pixels in, boxes out, the same for every server."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import degrees

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.detections import Detections, Finds
from detectors.masks import has_masks
from detectors.oriented import corners_of, has_oriented
from detectors.preprocess import Image, decode_rgb
from rendersdg.english import counted
from rendersdg.errors import BadArgument, RenderSDGError
from rendersdg.plain import Json

INPUT = "images"
OUTPUTS: dict[str, tuple[str, list[int]]] = {  # name -> KServe datatype, shape; N boxes of all images of the request
    "boxes": ("FP32", [-1, 4]),
    "scores": ("FP32", [-1]),
    "labels": ("INT64", [-1]),
    "classes": ("BYTES", [-1]),
    "image": ("INT64", [-1]),
}
MASKS: dict[str, tuple[str, list[int]]] = {"masks": ("BYTES", [-1])}  # of a model that finds masks: COCO's runs in JSON
CORNERS: dict[str, tuple[str, list[int]]] = {  # of a model that finds oriented boxes: x and y of each corner, clockwise
    "corners": ("FP32", [-1, 4, 2]),
    "angles": ("FP32", [-1]),  # radians from the x axis to the longer side, clockwise
}
KINDS = {name: kind for name, (kind, _) in (OUTPUTS | MASKS | CORNERS).items()}  # KServe's datatype of every output


def outputs_of(finds: Finds) -> dict[str, tuple[str, list[int]]]:
    """Return the outputs of a model by name: KServe's datatype, and the shape."""
    more: dict[Finds, dict[str, tuple[str, list[int]]]] = {"boxes": {}, "masks": MASKS, "oriented boxes": CORNERS}
    return OUTPUTS | more[finds]


Picture = Callable[[], Image]  # one image of a request, checked, and decoded when it is called
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "PPM", "GIF", "JPEG2000")  # whose headers say what is unpacked
_TILE_TAGS = (322, 323)  # of TIFF: width and height of the parts that it is unpacked in


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may hold: ``bytes`` of its body, ``images``, and ``pixels`` of each image."""

    bytes: int = 16 << 20
    images: int = 16
    pixels: int = 32_000_000


def pictures_of(data: NDArray[np.generic], limits: Limits) -> list[Picture]:
    """Return the images of a request. Files are checked by their headers, and unpacked one by one when they are called.

    A picture called returns (H, W, 3) uint8 RGB. It raises BadArgument when its file is cut off or damaged.

    Args:
        data: (B,) encoded files (PNG, JPEG, ...) as bytes, or pixels (B, H, W, 3) uint8 RGB.
        limits: what a request may hold.

    Raises:
        BadArgument: an image is wrong or too large; says which and how.
    """
    if data.dtype == object or data.dtype.kind == "S":
        if data.ndim == 2 and data.shape[1] == 1:  # clients of servers that batch send (B, 1)
            data = data[:, 0]
        if data.ndim != 1:
            raise BadArgument(f"encoded images have shape (B,), got {data.shape}")
        _count(len(data), limits)
        return [_picture(one, k, limits) for k, one in enumerate(data.tolist())]
    if data.dtype != np.uint8:
        raise BadArgument(f"images are BYTES (encoded files) or UINT8 (pixels), not {data.dtype}")
    if data.ndim != 4 or data.shape[3] != 3 or 0 in data.shape[1:3]:
        raise BadArgument(f"pixels have shape (B, height, width, 3), got {data.shape}")
    _count(len(data), limits)
    _size((data.shape[2], data.shape[1]), "image 0", limits)
    return [partial(np.asarray, image) for image in data]


def tensors_of(
    detections: Sequence[Detections], classes: Sequence[str], least: float
) -> dict[str, NDArray[np.generic]]:
    """Return the outputs of a request by name, boxes best first in each image.

    Args:
        detections: of each image of the request.
        classes: names, by label.
        least: score, 0 to 1, from which a box is sent.

    Returns:
        For N boxes of all images: ``boxes`` (N, 4) float32 in pixels, ``scores`` (N,) float32, ``labels`` (N,) int64,
        ``classes`` (N,) names as bytes, and ``image`` (N,) int64, the place of a box's image in the request. Of a model
        that finds masks also ``masks`` (N,), COCO's compressed runs as JSON: ``{"size": [h, w], "counts": "..."}``. Of
        one that finds oriented boxes also ``corners`` (N, 4, 2) float32 in pixels and ``angles`` (N,) float32, radians.
    """
    sure = [f.where(f.scores >= least) for f in detections]
    labels = np.concatenate([f.labels for f in sure])
    tensors: dict[str, NDArray[np.generic]] = {
        "boxes": np.concatenate([f.xyxy for f in sure]).astype(np.float32),
        "scores": np.concatenate([f.scores for f in sure]).astype(np.float32),
        "labels": labels.astype(np.int64),
        "classes": np.array([classes[k].encode() for k in labels], object),
        "image": np.repeat(np.arange(len(detections), dtype=np.int64), [len(f.scores) for f in sure]),
    }
    if has_masks(sure):
        masks = [json.dumps(mask, separators=(",", ":")).encode() for f in sure for mask in f.masks or ()]
        tensors["masks"] = np.array(masks, object)
    if has_oriented(sure):
        rectangles = np.concatenate([f.oriented for f in sure if f.oriented is not None])
        tensors["corners"] = corners_of(rectangles).astype(np.float32)
        tensors["angles"] = rectangles[:, 4].astype(np.float32)
    return tensors


def boxes_as_json(detections: Detections, classes: Sequence[str], least: float) -> list[Json]:
    """Return the boxes of an image, best first: class, score, and ``xyxy`` in its pixels, exclusive.

    Masks are ``segmentation``, COCO's compressed runs. Of an oriented box ``corners`` are x and y of its four corners,
    ``oriented_box`` is its middle, width and height in pixels and its angle in degrees, clockwise, and ``xyxy`` the
    upright box around it in the frame. ``classes`` are names by label; boxes of ``detections`` below the score
    ``least`` are left out.
    """
    sure = detections.where(detections.scores >= least)
    rows: list[Json] = [
        {"class": classes[label], "score": round(score, 5), "xyxy": [round(v, 2) for v in box]}
        for box, score, label in zip(sure.xyxy.tolist(), sure.scores.tolist(), sure.labels.tolist())
    ]
    for row, mask in zip(rows, sure.masks or ()):
        row["segmentation"] = mask
    if sure.oriented is not None:
        for row, (*sides, angle), corners in zip(rows, sure.oriented.tolist(), corners_of(sure.oriented)):
            row["oriented_box"] = [*(round(v, 2) for v in sides), round(degrees(angle), 2)]
            row["corners"] = corners.round(2).tolist()
    return rows


def share(value: object, name: str = "least") -> float:
    """Return a score from 0 to 1 that a client sent as ``value``. Raises BadArgument, calling it ``name``."""
    number = -1.0
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = -1.0
    if not 0 <= number <= 1:
        text = repr(value)
        raise BadArgument(f"{name} is {text if len(text) < 40 else text[:36] + '...'}: give a score from 0 to 1")
    return number


def _count(count: int, limits: Limits) -> None:
    if not 1 <= count <= limits.images:
        raise BadArgument(f"{counted(count, 'image')} in a request: send 1 to {limits.images}")


def _size(size_wh: tuple[int, int], name: str, limits: Limits) -> None:
    if size_wh[0] * size_wh[1] > limits.pixels:
        raise BadArgument(f"{name} is {size_wh[0]} x {size_wh[1]}: at most {limits.pixels:,} pixels")


def _picture(data: object, place: int, limits: Limits) -> Picture:
    from PIL import Image as Header

    if not isinstance(data, bytes):
        raise BadArgument(f"image {place} came as text: send the file's bytes")
    tile_wh = (1, 1)
    try:
        with Header.open(io.BytesIO(data), formats=FORMATS) as header:  # the size is known before anything is unpacked
            size_wh = header.size
            if header.format == "TIFF":
                width, height = (int(header.tag_v2.get(tag, 1)) for tag in _TILE_TAGS)
                tile_wh = (width, height)
    except Header.DecompressionBombError:
        most = min(limits.pixels, 2 * (Header.MAX_IMAGE_PIXELS or limits.pixels))  # Pillow's own limit
        raise BadArgument(f"image {place} has more than {most:,} pixels") from None
    except Exception:
        raise BadArgument(f"image {place} ({len(data)} bytes) is not an image that can be read") from None
    _size(size_wh, f"image {place}", limits)
    _size(tile_wh, f"a tile of image {place}", limits)
    return partial(_decoded, data, place)


def _decoded(data: bytes, place: int) -> Image:
    try:
        image = decode_rgb(data)
    except (cv2.error, RenderSDGError):
        image = None
    if image is None:
        raise BadArgument(f"image {place} ({len(data)} bytes) is cut off or damaged")
    return image
