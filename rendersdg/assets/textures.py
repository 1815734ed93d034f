"""Texture images: files (also inside USD packages), high dynamic range, and procedural ones by name."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
from pxr import Ar

from rendersdg.arrays import F4, U1
from rendersdg.assets.decoding import decode
from rendersdg.assets.patterns import PATTERNS, pattern
from rendersdg.assets.resolver import Resolver, is_procedural, procedural_name
from rendersdg.colour import linear_from_srgb
from rendersdg.errors import AssetError, did_you_mean
from rendersdg.paths import split_member
from rendersdg.progress import step
from rendersdg.snapshot import Texture
from rendersdg.texels import linear_image

_MOST_SOURCES = 32  # images kept for what is made of them


class TextureLibrary:
    """Loads each texture once. ``textures`` grows; an index stays valid."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._index: dict[tuple[str, bool | None], int] = {}
        self._by_content: dict[tuple[str, bool], int] = {}
        self._sources: dict[tuple[str, bool | None], Texture | None] = {}
        self._opacities: dict[tuple[str, int], tuple[float, float]] = {}
        self._slots = 0  # how often a slot was filled
        self.textures: list[Texture] = []

    def index(self, path: str, *, is_srgb: bool | None, anchor: str | None = None) -> int:
        """Return the index of the texture at ``path``, -1 for an empty path and for a file that cannot be read as an
        image, which is reported: the surface has its constant colour then. With ``is_srgb`` None the file says whether
        its values are display encoded, as ``Picture.is_display_encoded`` has it.
        """
        if not path:
            return -1
        key = (f"{anchor or ''}|{path}", is_srgb)
        if key not in self._index:
            texture = self._sources.get((path, is_srgb)) if anchor is None else None
            if texture is None:
                with step(f"loading texture {path}"):
                    texture = self._load(path, is_srgb, anchor)
            if texture is None:
                self._index[key] = -1
                return -1
            content = (texture.key, texture.is_srgb)
            if content not in self._by_content:
                self._by_content[content] = len(self.textures)
                self.textures.append(texture)
            self._index[key] = self._by_content[content]
        return self._index[key]

    def source(self, path: str, *, is_srgb: bool | None) -> Texture | None:
        """Return the texture at ``path`` without adding it to ``textures``: for what is made of it. None as for -1."""
        key = (path, is_srgb)
        if (index := self._index.get((f"|{path}", is_srgb), -1)) >= 0:
            return self.textures[index]
        if key not in self._sources:
            if len(self._sources) >= _MOST_SOURCES:
                self._sources.pop(next(iter(self._sources)))
            with step(f"loading texture {path}"):
                self._sources[key] = self._load(path, is_srgb, None) if path else None
        return self._sources[key]

    def has(self, path: str) -> bool:
        """Return whether there is a file at ``path``."""
        return self._resolver.find(path) is not None

    def opacities(self, index: int, channel: int) -> tuple[float, float]:
        """Return the least and the greatest value of a texture's channel."""
        texture = self.textures[index]
        key = (texture.key, channel)
        if key not in self._opacities:
            values = linear_image(texture)[..., channel]
            self._opacities[key] = (float(values.min()), float(values.max()))
        return self._opacities[key]

    def slot(self, name: str, pixels: U1 | F4, *, is_srgb: bool = False) -> int:
        """Return the index kept for ``name``, which holds ``pixels`` from now on:
        for images that are made anew each frame.

        A snapshot keeps the images that it was made with.
        """
        key = (f"slot|{name}", is_srgb)
        self._slots += 1
        texture = Texture(f"slot:{self._slots}:{name}", pixels, is_srgb)
        if key not in self._index:
            self._index[key] = len(self.textures)
            self.textures.append(texture)
        self.textures[self._index[key]] = texture
        return self._index[key]

    def name_apart(self, other: TextureLibrary) -> None:
        """Give images that are made from now on other names than those of another library have."""
        self._slots = max(self._slots, other._slots)

    def _load(self, path: str, is_srgb: bool | None, anchor: str | None) -> Texture | None:
        if path in self._resolver.embedded:
            kept = self._resolver.embedded[path]
            return Texture(sha256(kept.tobytes()).hexdigest()[:32], kept, is_srgb is not False)
        if is_procedural(path):
            name = procedural_name(path)
            if name not in PATTERNS:
                raise AssetError(f"unknown procedural texture {path!r}{did_you_mean(name, PATTERNS)}")
            return Texture(f"rendersdg:{name}", pattern(name), is_srgb is not False)
        file = self._resolver.texture(path, anchor)
        if is_procedural(file):
            return self._load(file, is_srgb, None)
        try:
            data = read_bytes(file)
            picture = decode(data, file)
        except AssetError as error:
            self._resolver.report.ignored(path, f"{error}; the surface has its constant colour")
            return None
        if picture.is_reduced:
            width, height = picture.size_wh
            across, down = picture.pixels.shape[1], picture.pixels.shape[0]
            self._resolver.report.note(path, f"an image of {width} x {height} pixels is reduced to {across} x {down}")
        if picture.lost:
            self._resolver.report.ignored(path, f"{picture.lost} of its pixels hold NaN or infinity, and are black")
        is_encoded = picture.is_display_encoded if is_srgb is None else is_srgb
        key, pixels = sha256(data).hexdigest()[:32], picture.pixels
        if pixels.dtype == np.uint8:
            return Texture(key, pixels, is_encoded)
        if is_encoded and not picture.is_float:  # 16 bits of sRGB; floats are linear whatever is said
            light = np.array(pixels, np.float32)
            light[..., :3] = linear_from_srgb(light[..., :3])
            return Texture(f"{key}:linear", light, False)
        return Texture(key, pixels, False)


def read_bytes(path: str) -> bytes:
    """Return the content of a file or of a member of a USD package (``file.usdz[member.png]``)."""
    if split_member(path)[1]:
        asset = Ar.GetResolver().OpenAsset(Ar.ResolvedPath(path))
        if not asset:
            raise AssetError(f"cannot read {path}: no such member in the package")
        return bytes(asset.GetBuffer() or b"")
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise AssetError(f"cannot read texture {path}: {error.strerror}") from None
