"""Texture images: files (also inside USD packages), high dynamic range, and procedural ones by name."""

from __future__ import annotations

import io
import warnings
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from pxr import Ar

from rendersdg.arrays import F4, U1
from rendersdg.assets.patterns import PATTERNS, pattern
from rendersdg.assets.resolver import Resolver, is_procedural, procedural_name
from rendersdg.errors import AssetError, did_you_mean
from rendersdg.progress import step
from rendersdg.snapshot import Texture

_RARE = ("TGA", "GIF", "DDS", "PCX", "SGI", "PSD")  # formats of textures that OpenCV does not know and Pillow does
_LARGEST = 2048  # pixels a side: larger images are reduced, which no 2D label can tell


class TextureLibrary:
    """Loads each texture once. ``textures`` grows; an index stays valid."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._index: dict[tuple[str, bool], int] = {}
        self._by_content: dict[tuple[str, bool], int] = {}
        self.textures: list[Texture] = []

    def index(self, path: str, *, is_srgb: bool, anchor: str | None = None) -> int:
        """Return the index of the texture at ``path``, -1 for an empty path and for a file that cannot be read as an
        image, which is reported: the surface has its constant colour then.
        """
        if not path:
            return -1
        key = (f"{anchor or ''}|{path}", is_srgb)
        if key not in self._index:
            with step(f"loading texture {path}"):
                texture = self._load(path, is_srgb, anchor)
            if texture is None:
                self._index[key] = -1
                return -1
            content = (texture.key, is_srgb)
            if content not in self._by_content:
                self._by_content[content] = len(self.textures)
                self.textures.append(texture)
            self._index[key] = self._by_content[content]
        return self._index[key]

    def slot(self, name: str, pixels: F4, *, is_srgb: bool = False) -> int:
        """Return the index kept for ``name``, which holds ``pixels`` from now on:
        for images that are made anew each frame.

        A snapshot keeps the images that it was made with.
        """
        key = (f"slot|{name}", is_srgb)
        texture = Texture(f"slot:{name}", pixels, is_srgb)
        if key not in self._index:
            self._index[key] = len(self.textures)
            self.textures.append(texture)
        self.textures[self._index[key]] = texture
        return self._index[key]

    def _load(self, path: str, is_srgb: bool, anchor: str | None) -> Texture | None:
        if path in self._resolver.embedded:
            pixels = self._resolver.embedded[path]
            return Texture(sha256(pixels.tobytes()).hexdigest()[:32], pixels, is_srgb)
        if is_procedural(path):
            name = procedural_name(path)
            if name not in PATTERNS:
                raise AssetError(f"unknown procedural texture {path!r}{did_you_mean(name, PATTERNS)}")
            return Texture(f"rendersdg:{name}", pattern(name), is_srgb)
        file = self._resolver.texture(path, anchor)
        if is_procedural(file):
            return self._load(file, is_srgb, None)
        try:
            data = read_bytes(file)
            image = decode(data, file)
        except AssetError as error:
            self._resolver.report.ignored(path, f"{error}; the surface has its constant colour")
            return None
        return Texture(sha256(data).hexdigest()[:32], image, is_srgb and image.dtype == np.uint8)


def read_bytes(path: str) -> bytes:
    """Return the content of a file or of a member of a USD package (``file.usdz[member.png]``)."""
    if "[" in path and path.endswith("]"):
        asset = Ar.GetResolver().OpenAsset(Ar.ResolvedPath(path))
        if not asset:
            raise AssetError(f"cannot read {path}: no such member in the package")
        return bytes(asset.GetBuffer())
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise AssetError(f"cannot read texture {path}: {error.strerror}") from None


def decode(data: bytes, name: str) -> U1 | F4:
    """Return an image as (H, W, 4) uint8, or (H, W, 3) float32 for high dynamic range; RGB order, row 0 at the top.

    Raises AssetError when the bytes are not an image.
    """
    flags = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR if name.lower().endswith((".hdr", ".exr")) else cv2.IMREAD_UNCHANGED
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    except cv2.error:
        image = None
    if image is None:
        image = _rare(data)
    if image is None:
        hint = "convert it to .hdr or .png" if name.lower().endswith(".exr") else "the file is damaged; export it again"
        raise AssetError(f"texture {name} cannot be decoded ({len(data)} bytes): {hint}")
    largest = max(image.shape[:2])
    if largest > _LARGEST:
        ratio = _LARGEST / largest
        image = cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    if image.ndim == 2:
        image = image[:, :, None]
    if image.dtype != np.uint8:
        return np.ascontiguousarray(np.nan_to_num(image[:, :, [2, 1, 0]]).astype(np.float32))
    height, width, channels = image.shape
    out = np.full((height, width, 4), 255, np.uint8)
    if channels < 3:
        out[:, :, :3] = image[:, :, :1]
        if channels == 2:
            out[:, :, 3] = image[:, :, 1]
    else:
        out[:, :, :3] = image[:, :, 2::-1]
        if channels == 4:
            out[:, :, 3] = image[:, :, 3]
    return out


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
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, Image.DecompressionBombError, Warning, ImportError):
        return None  # an ImportError where ultralytics, once imported, makes Pillow look for a HEIF reader
    return np.ascontiguousarray(pixels[:, :, [2, 1, 0, 3]])
