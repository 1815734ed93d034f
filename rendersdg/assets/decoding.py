"""From the bytes of an image file to pixels, with what the file says about them."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from rendersdg.arrays import F4, U1
from rendersdg.errors import AssetError
from rendersdg.image_headers import refuse_huge
from rendersdg.kernels.resampling import scaled

_RARE = ("TGA", "GIF", "DDS", "PCX", "SGI", "PSD")  # formats of textures that OpenCV does not know and Pillow does
_LARGEST = 2048  # pixels a side: larger images are reduced, which no 2D label can tell
_EXR = b"\x76\x2f\x31\x01"  # how OpenEXR files begin
_PNG_GREY = (0, 4)  # colour types of PNG without colours


@dataclass(frozen=True, eq=False)
class Picture:
    """An image as its file has it, row 0 at the top: ``pixels`` (H, W, 4) uint8, or float32 (H, W, 3 or 4) where the
    file has more than 8 bits. ``channels`` are the file's own. ``size_wh`` is the file's, before it was reduced.
    ``lost`` texels held NaN or infinity, and are black.
    """

    pixels: U1 | F4
    channels: int
    is_float: bool
    size_wh: tuple[int, int]
    lost: int = 0

    @property
    def is_display_encoded(self) -> bool:
        """Whether the values are sRGB's where nobody says: 8 bits and three or four channels, UsdUVTexture's rule."""
        return self.pixels.dtype == np.uint8 and self.channels >= 3

    @property
    def is_reduced(self) -> bool:
        """Whether the file has more pixels."""
        return max(self.size_wh) > _LARGEST


def decode(data: bytes, name: str) -> Picture:
    """Return an image in RGB order. 16 bits are given as 0..1, and high dynamic range as it is.

    Raises AssetError when the bytes are not an image, or state one that so few bytes do not hold.
    """
    refuse_huge(data, f"texture {name}", AssetError)
    if data.startswith(_EXR) or name.lower().endswith(".exr"):
        image: Any = _open_exr(data, name)
    else:
        flags = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR if name.lower().endswith(".hdr") else cv2.IMREAD_UNCHANGED
        try:
            image = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
        except cv2.error:
            image = None
        if image is None:
            image = _rare(data)
    if image is None:
        raise AssetError(f"texture {name} cannot be decoded ({len(data)} bytes): the file is damaged; export it again")
    size = (int(image.shape[1]), int(image.shape[0]))
    lost = 0
    if np.issubdtype(image.dtype, np.floating):
        is_lost = ~(np.abs(image) <= np.finfo(np.float32).max)
        lost = int(is_lost.reshape(size[1] * size[0], -1).any(1).sum())
        if lost:
            image = np.where(is_lost, 0, image)
    if max(size) > _LARGEST:
        ratio = _LARGEST / max(size)
        image = scaled(image, (max(round(size[0] * ratio), 1), max(round(size[1] * ratio), 1)))
    if image.ndim == 2:
        image = image[:, :, None]
    channels = 1 if _is_grey_png(data) else int(image.shape[2])
    is_float = np.issubdtype(image.dtype, np.floating)
    if image.dtype == np.uint16:
        image = image.astype(np.float32) / np.float32(65535)
    elif image.dtype != np.uint8:
        image = image.astype(np.float32)
    return Picture(_laid_out(image), channels, bool(is_float), size, lost)


def _laid_out(image: Any) -> U1 | F4:
    """Return pixels of one to four channels, in OpenCV's order, as RGBA; as RGB where they are floats without alpha."""
    height, width, channels = image.shape
    is_bytes = image.dtype == np.uint8
    if not is_bytes and channels in (1, 3):
        return np.ascontiguousarray(image[:, :, [2, 1, 0] if channels == 3 else [0, 0, 0]])
    out: U1 | F4 = np.full((height, width, 4), 255 if is_bytes else 1, image.dtype)
    if channels < 3:
        out[:, :, :3] = image[:, :, :1]
        if channels == 2:
            out[:, :, 3] = image[:, :, 1]
    else:
        out[:, :, :3] = image[:, :, 2::-1]
        if channels == 4:
            out[:, :, 3] = image[:, :, 3]
    return out


def _is_grey_png(data: bytes) -> bool:
    """Return whether a PNG has no colours: OpenCV gives one with an alpha channel as four channels."""
    return data.startswith(b"\x89PNG") and len(data) > 25 and data[25] in _PNG_GREY


def _open_exr(data: bytes, name: str) -> F4:
    """Return the first part of an OpenEXR file over its display window, in OpenCV's order: one, three or four channels.

    Raises AssetError for files that cannot be read.
    """
    import OpenEXR

    try:
        part = OpenEXR.File(io.BytesIO(data), separate_channels=True).parts[0]
        header, found = part.header, {k: c for k, c in part.channels.items() if c.pixels is not None}
        names = _chosen(list(found))
        planes = [np.asarray(found[n].pixels, np.float32) for n in names]
        full = max(planes, key=lambda plane: plane.size).shape
        planes = [p if p.shape == full else scaled(p, full[::-1]) for p in planes]  # subsampled chroma
        low, window = (np.asarray(header[k]) for k in ("dataWindow", "displayWindow"))
    except (RuntimeError, ValueError, TypeError, KeyError, IndexError, MemoryError) as error:
        raise AssetError(f"texture {name} cannot be decoded ({len(data)} bytes): {_first_line(error)}") from None
    image = np.stack([np.asarray(p, np.float32) for p in planes], axis=-1)
    return _windowed(image, low[0], window)


def _chosen(names: list[str]) -> list[str]:
    """Return the channels of an OpenEXR file that are its picture, as B, G, R and alpha or as one; its first layer's.

    Raises ValueError where there are none.
    """
    layers = sorted({n.rpartition(".")[0] for n in names}, key=lambda layer: (layer != "", layer))
    for layer in layers:
        own = {n.rpartition(".")[2].upper(): n for n in names if n.rpartition(".")[0] == layer}
        for colours in ("BGR", "ZYX"):
            if all(c in own for c in colours):
                return [own[c] for c in (*colours, "A") if c in own]
        for single in ("Y", "L", "R", "G", "B", "V", "A", "Z"):
            if single in own:
                return [own[single]]
    if not names:
        raise ValueError("it has no channels")
    return [sorted(names)[0]]


def _windowed(image: F4, corner: Any, window: Any) -> F4:
    """Return the pixels of the display window: what lies outside the data is black and clear."""
    (x, y), ((left, top), (right, bottom)) = (int(v) for v in corner), ((int(a), int(b)) for a, b in window)
    size = (bottom - top + 1, right - left + 1)
    if (x, y) == (left, top) and image.shape[:2] == size:
        return image
    if not (0 < size[0] <= 1 << 15 and 0 < size[1] <= 1 << 15):
        return image
    out = np.zeros((*size, image.shape[2]), np.float32)
    at_y, at_x = max(y, top), max(x, left)
    part = image[at_y - y : bottom + 1 - y, at_x - x : right + 1 - x]
    out[at_y - top : at_y - top + part.shape[0], at_x - left : at_x - left + part.shape[1]] = part
    return out


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200] or type(error).__name__


def _rare(data: bytes) -> U1 | None:
    """Return an image of a format that OpenCV does not know as (H, W, 4) uint8 in its order, BGRA; None if it is not
    one.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():  # of images so large that they may be an attack
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_RARE) as image:
                pixels = np.asarray(image.convert("RGBA"), np.uint8)
    except Exception:  # Pillow's readers raise whatever they meet in damaged files
        return None
    return np.ascontiguousarray(pixels[:, :, [2, 1, 0, 3]])
