"""A glTF 2.0 file as it lies on disk: its JSON, its buffers, the arrays of its accessors, its images.

Source: the glTF 2.0 specification, sections 3.6 (binary data) and 4 (GLB).
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.lib.stride_tricks import as_strided

from rendersdg.arrays import F4, F8, I8, U1
from rendersdg.assets.decoding import Picture, decode
from rendersdg.assets.gltf.broken import FAULTS, Array, Broken, Entry
from rendersdg.assets.gltf.compression import KTX2, basis_pixels, meshopt_bytes
from rendersdg.errors import AssetError
from rendersdg.inputs import read_input

_COMPONENTS: dict[int, type[Any]] = {
    5120: np.int8,
    5121: np.uint8,
    5122: np.int16,
    5123: np.uint16,
    5125: np.uint32,
    5126: np.float32,
}
_MOST_ZEROS = 10_000_000  # values of an accessor that the file does not hold
_SHAPES = {  # columns, rows
    "SCALAR": (1, 1),
    "VEC2": (1, 2),
    "VEC3": (1, 3),
    "VEC4": (1, 4),
    "MAT2": (2, 2),
    "MAT3": (3, 3),
    "MAT4": (4, 4),
}
_KINDS: dict[str, type] = {"name": str, "extensions": dict}
_LISTS = {  # of objects, at the top of the file
    "scenes",
    "nodes",
    "meshes",
    "accessors",
    "bufferViews",
    "buffers",
    "images",
    "samplers",
    "textures",
    "materials",
    "skins",
    "cameras",
    "animations",
}
_JSON, _BINARY = 0x4E4F534A, 0x004E4942  # kinds of chunks of a GLB
_IMAGE_EXTENSIONS = ("KHR_texture_basisu", "EXT_texture_webp", "EXT_texture_avif", "MSFT_texture_dds")


class Document:
    """The JSON ``tree`` of a .gltf or .glb file, and what lies in its buffers. What was read once is kept.

    Raises AssetError when the file is not glTF 2.0.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._packed: bytes | None = None
        try:
            data = Path(path).read_bytes()
            self.tree: Entry = json.loads(self._unpacked(data))
        except OSError as error:
            raise AssetError(f"asset {path} cannot be read: {error.strerror}") from None
        except (ValueError, struct.error, RecursionError) as error:
            raise AssetError(f"asset {path} is not a glTF file: {error}") from None
        if not isinstance(self.tree, dict):
            raise AssetError(f"asset {path} is not a glTF file: its JSON is no object")
        self.damaged: list[str] = []  # places of what is not of the kind that it should be, and left out
        self._mend(self.tree, "")
        asset = self.tree.get("asset")
        version = str(asset.get("version", "")) if isinstance(asset, dict) else ""
        if not version.startswith("2"):
            named = f"version {version}" if version else "no version"
            raise AssetError(f"asset {path} states {named} of glTF; version 2.0 is read: export it as that")
        self._buffers: dict[int, bytes] = {}
        self._images: dict[int, U1 | Broken] = {}
        self._views: dict[int, bytes] = {}
        self.reduced: dict[str, Picture] = {}  # images that were made smaller, by what they are called

    def _mend(self, entry: Entry, place: str) -> None:
        """Take out of an object what every reader trips over: names and extensions of another kind, and entries of the
        file's lists that are no objects.
        """
        for key, value in list(entry.items()):
            if key == "extras":
                continue  # is of the file's author, and of any kind
            here = f"{place}.{key}".removeprefix(".")
            wanted = _KINDS.get(key) if place else _KINDS.get(key, list if key in _LISTS else None)
            if wanted is not None and not isinstance(value, wanted):
                self.damaged.append(here)
                del entry[key]
            elif isinstance(value, dict):
                self._mend(value, here)
            elif isinstance(value, list):
                for number, one in enumerate(value):
                    if isinstance(one, dict):
                        self._mend(one, f"{here}[{number}]")
                    elif not place and key in _LISTS:
                        self.damaged.append(f"{here}[{number}]")
                        value[number] = {}

    def _unpacked(self, data: bytes) -> bytes:
        """Return the JSON of a file's bytes; the binary chunk of a GLB is kept."""
        if data[:4] != b"glTF":
            return data
        text, at = b"", 12
        version = struct.unpack_from("<I", data, 4)[0]
        if version != 2:
            return b'{"asset": {"version": "%d"}}' % version
        while at + 8 <= len(data):
            length, kind = struct.unpack_from("<II", data, at)
            chunk = data[at + 8 : at + 8 + length]
            if kind == _JSON and not text:
                text = chunk
            elif kind == _BINARY and self._packed is None:
                self._packed = chunk
            at += 8 + length
        return text

    def entries(self, name: str) -> list[Entry]:
        """Return a list of the file, such as its ``nodes``; empty where there is none."""
        found = self.tree.get(name, [])
        return found if isinstance(found, list) else []

    def entry(self, name: str, index: object) -> Entry:
        """Return one entry of a list. Raises Broken where it is not there."""
        entries = self.entries(name)
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(entries):
            raise Broken(f"{name}[{index}] is not in the file, which has {len(entries)}")
        if not isinstance(entries[index], dict):
            raise Broken(f"{name}[{index}] is not an object")
        return entries[index]

    def extension(self, name: str) -> Entry:
        """Return what the file itself says of an extension; empty where it does not."""
        found = self.tree.get("extensions", {}).get(name, {})
        return found if isinstance(found, dict) else {}

    def bytes_at(self, uri: str) -> bytes:
        """Return what a URI names: a data URI, or a file beside this one. Raises Broken where it cannot be read."""
        if uri.startswith("data:"):
            head, _, body = uri.partition(",")
            try:
                return base64.b64decode(body) if head.endswith(";base64") else unquote(body).encode("latin-1")
            except (binascii.Error, ValueError):
                raise Broken("its data URI is damaged") from None
        for name in (unquote(uri), uri):
            file = Path(self.path).parent / name
            try:
                return read_input(file)
            except (OSError, ValueError):
                continue
        raise Broken(f"the file {unquote(uri)} is not there")

    def buffer(self, index: int) -> bytes:
        """Return the bytes of a buffer. Raises Broken where it cannot be read."""
        if index not in self._buffers:
            entry = self.entry("buffers", index)
            if "uri" in entry:
                try:
                    self._buffers[index] = self.bytes_at(str(entry["uri"]))
                except Broken as error:
                    raise Broken(f"{error}: what needs it is left out", f"buffers[{index}]") from None
            elif index == 0 and self._packed is not None:
                self._buffers[index] = self._packed
            else:
                raise Broken("names no file: what needs it is left out", f"buffers[{index}]")
        return self._buffers[index]

    def view(self, index: object) -> bytes:
        """Return the bytes of a buffer view. Raises Broken where they are not there."""
        entry = self.entry("bufferViews", index)
        number = int(index)  # type: ignore[call-overload]
        if number not in self._views:
            place, extensions = f"bufferViews[{index}]", entry.get("extensions", {})
            packed = extensions.get("EXT_meshopt_compression") or extensions.get("KHR_meshopt_compression")
            if packed is None:
                self._views[number] = self._slice(entry, place)
            else:
                try:
                    self._views[number] = meshopt_bytes(self._slice(packed, place), packed)
                except Broken as error:
                    raise Broken(f"{error}: what needs it is left out", place) from None
        return self._views[number]

    def _slice(self, entry: Entry, place: str) -> bytes:
        data = self.buffer(entry.get("buffer", 0))
        start, length = int(entry.get("byteOffset", 0)), int(entry["byteLength"])
        if start < 0 or length < 0 or start + length > len(data):
            raise Broken(f"{place} ends at byte {start + length} of a buffer of {len(data)}")
        return data[start : start + length]

    def dtype(self, index: object) -> np.dtype[Any]:
        """Return the type of an accessor's components. Raises Broken where it has none."""
        return _dtype(self.entry("accessors", index).get("componentType"), f"accessors[{index}]")

    def stored(self, index: object) -> Array:
        """Return an accessor's values as they are stored, (N, W): rows of a matrix lie one behind the other by columns.

        Raises Broken where they are not there.
        """
        entry = self.entry("accessors", index)
        place = f"accessors[{index}]"
        dtype = _dtype(entry.get("componentType"), place)
        columns, rows = _shape(entry.get("type"), place)
        count = int(entry["count"])
        if count < 0:
            raise Broken(f"{place}.count is {count}")
        if "bufferView" in entry:
            view = self.entry("bufferViews", entry["bufferView"])
            data, start = self.view(entry["bufferView"]), int(entry.get("byteOffset", 0))
            stride = int(view.get("byteStride", 0))
            values = _laid_out(data, dtype, (count, columns, rows), start, stride, place)
        elif count > _MOST_ZEROS:
            raise Broken(f"{place} holds {count} values, and the file has none of them")
        else:
            values = np.zeros((count, columns * rows), dtype)
        if "sparse" in entry:
            values = self._replaced(values, entry["sparse"], (columns, rows), place)
        return values

    def _replaced(self, values: Array, sparse: Entry, shape: tuple[int, int], place: str) -> Array:
        """Return values with those of ``sparse`` in their places."""
        count = int(sparse["count"])
        indices, others = sparse["indices"], sparse["values"]
        where = _laid_out(
            self.view(indices["bufferView"]),
            _dtype(indices["componentType"], f"{place}.sparse.indices"),
            (count, 1, 1),
            int(indices.get("byteOffset", 0)),
            0,
            f"{place}.sparse.indices",
        )[:, 0].astype(np.int64)
        new = _laid_out(
            self.view(others["bufferView"]),
            values.dtype,
            (count, *shape),
            int(others.get("byteOffset", 0)),
            0,
            f"{place}.sparse.values",
        )
        if count and where.max() >= len(values):
            raise Broken(f"{place}.sparse names value {where.max()} of {len(values)}")
        values = values.copy()
        values[where] = new
        return values

    def numbers(self, index: object) -> F4 | F8:
        """Return an accessor's values as numbers (N, W): integers that stand for fractions become these.

        Raises Broken where they are not there or not finite.
        """
        entry = self.entry("accessors", index)
        values = as_numbers(self.stored(index), is_fraction=bool(entry.get("normalized")))
        if not np.isfinite(values).all():
            raise Broken(f"accessors[{index}] holds NaN or infinity")
        return values

    def indices(self, index: object) -> I8:
        """Return an accessor of indices (N,). Raises Broken where they are not there."""
        values = self.stored(index)
        if values.dtype.kind != "u" or values.shape[1] != 1:
            raise Broken(f"accessors[{index}] holds no indices")
        return values[:, 0].astype(np.int64)

    def image(self, texture: object) -> U1:
        """Return the pixels (H, W, 4) of a texture. Raises Broken, with the image's name, where they cannot be read."""
        entry = self.entry("textures", texture)
        sources = [entry["source"]] if "source" in entry else []
        for name in _IMAGE_EXTENSIONS:
            own = entry.get("extensions", {}).get(name, {})
            sources += [own["source"]] if "source" in own else []
        if not sources:
            raise Broken(f"textures[{texture}] names no image")
        faults = []
        for source in sources:
            try:
                return self._decoded(source)
            except Broken as error:
                faults.append(str(error))
        raise Broken(faults[-1])

    def _transcoded(self, index: int, data: bytes, label: str) -> U1:
        try:
            pixels = basis_pixels(data)
        except Broken as error:
            raise Broken(f"{label}: {error}") from None
        self._images[index] = pixels
        return pixels

    def _decoded(self, index: int) -> U1:
        entry = self.entry("images", index)
        if index not in self._images:
            named = entry.get("uri", "data:") if not str(entry.get("uri", "data:")).startswith("data:") else ""
            label = unquote(named) or f"images[{index}]"
            try:
                data = self.bytes_at(entry["uri"]) if "uri" in entry else self.view(entry["bufferView"])
                if data.startswith(KTX2):
                    return self._transcoded(index, data, label)
                picture = decode(data, label)
                if picture.is_reduced:
                    self.reduced[label] = picture
                self._images[index] = _pixels(picture, label)
            except AssetError:
                self._images[index] = Broken(f"{label} cannot be decoded ({len(data)} bytes)")
            except Broken as error:
                self._images[index] = error
            except FAULTS as error:
                self._images[index] = Broken(f"{label} cannot be read: {error}")
        found = self._images[index]
        if isinstance(found, Broken):
            raise found
        return found


def _pixels(picture: Picture, label: str) -> U1:
    if picture.is_float:
        raise Broken(f"{label} is not an image of 8 or 16 bits")
    pixels: Array = picture.pixels
    if pixels.dtype != np.uint8:
        pixels = np.round(pixels * 255)
    if pixels.shape[2] == 3:
        pixels = np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 255)], axis=2)
    return np.asarray(pixels, np.uint8)


def _dtype(component: object, place: str) -> np.dtype[Any]:
    if component not in _COMPONENTS:
        raise Broken(f"{place}.componentType is {component}")
    return np.dtype(_COMPONENTS[component]).newbyteorder("<")


def _shape(kind: object, place: str) -> tuple[int, int]:
    if kind not in _SHAPES:
        raise Broken(f"{place}.type is {kind!r}")
    return _SHAPES[kind]


def _laid_out(
    data: bytes, dtype: np.dtype[Any], shape: tuple[int, int, int], start: int, stride: int, place: str
) -> Array:
    """Return values (N, columns * rows) that begin at byte ``start``, ``stride`` bytes apart (0: one behind the other).

    The columns of a matrix begin at whole words.
    """
    count, columns, rows = shape
    column = rows * dtype.itemsize
    if columns > 1:
        column += -column % 4
    size = column * columns
    stride = stride or size
    end = start + stride * (count - 1) + size if count else start
    if start < 0 or stride < 0 or end > len(data):
        raise Broken(f"{place} ends at byte {end} of {len(data)}")
    if not count:
        return np.zeros((0, columns * rows), dtype)
    if stride == size and columns == 1:
        return np.frombuffer(data, dtype, count * rows, start).reshape(count, rows)
    first = np.frombuffer(data, np.uint8, end - start, start)
    raw = as_strided(first, (count, columns, column), (stride, column, 1), writeable=False)[
        :, :, : rows * dtype.itemsize
    ]
    return np.ascontiguousarray(raw).view(dtype).reshape(count, columns * rows)


def as_numbers(values: Array, *, is_fraction: bool) -> F4 | F8:
    """Return stored values as numbers; integers of a fraction are divided by the largest (section 3.11)."""
    if values.dtype.kind == "f":
        return values.astype(np.float32, copy=False)
    numbers = values.astype(np.float64)
    if is_fraction:
        numbers /= float(np.iinfo(values.dtype).max)
        if values.dtype.kind == "i":
            np.maximum(numbers, -1.0, out=numbers)
    return numbers


Embed = Callable[[str, U1], str]  # keeps an image under a label and returns the path that finds it
