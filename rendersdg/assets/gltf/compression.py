"""What glTF files hold compressed: meshes by Draco, arrays by meshoptimizer, images by Basis Universal.

Source: KHR_draco_mesh_compression, EXT_meshopt_compression, KHR_texture_basisu.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rendersdg import extras
from rendersdg.arrays import I8, U1
from rendersdg.assets.gltf.broken import Array, Broken, Entry
from rendersdg.errors import BadArgument
from rendersdg.kernels.meshopt import meshopt_indices, meshopt_triangles, meshopt_vertices

EXTRA = "gltf"
KTX2 = b"\xabKTX 20\xbb\r\n\x1a\n"


@dataclass(frozen=True, eq=False)
class DracoMesh:
    """Triangles (T, 3), and attributes (V, W) by their numbers in the compressed data."""

    triangles: I8
    attributes: dict[int, Array]


def draco_mesh(data: bytes) -> DracoMesh:
    """Return a mesh of Draco's. Raises Broken where it is damaged, or with what to install."""
    library = _library("DracoPy", "a mesh compressed by Draco")
    try:
        mesh = library.decode(data)
        found = {int(one["unique_id"]): np.asarray(one["data"]) for one in mesh.attributes}
        return DracoMesh(np.asarray(mesh.faces, np.int64).reshape(-1, 3), found)
    except Exception as error:  # of several kinds, from version to version
        raise Broken(f"its Draco data cannot be decoded: {error}") from None


def basis_pixels(data: bytes) -> U1:
    """Return the largest image (H, W, 4) of a KTX2 file. Raises Broken as :func:`draco_mesh` does."""
    library = _library("opengl_basisu", "an image in KTX2")
    try:
        return np.array(library.open(data).transcode("rgba8").data, np.uint8)
    except library.BasisuError as error:
        raise Broken(f"is KTX2 that cannot be decoded: {error}") from None


def meshopt_bytes(data: bytes, entry: Entry) -> bytes:
    """Return the bytes of a buffer view that its extension ``entry`` describes. Raises Broken where it is damaged."""
    stream, count, stride = np.frombuffer(data, np.uint8), int(entry["count"]), int(entry["byteStride"])
    mode, kind = entry.get("mode"), entry.get("filter", "NONE")
    try:
        if mode == "ATTRIBUTES":
            if kind not in _FILTERS:
                raise Broken(f"its filter is {kind!r}")
            return _FILTERS[kind](meshopt_vertices(stream, count, stride)).tobytes()
        if mode == "TRIANGLES":
            indices: Array = meshopt_triangles(stream, count // 3)
        elif mode == "INDICES":
            indices = meshopt_indices(stream, count)
        else:
            raise Broken(f"its mode is {mode!r}")
    except BadArgument as error:
        raise Broken(str(error)) from None
    if stride not in (2, 4):
        raise Broken(f"its indices have {stride} bytes")
    return indices.astype(np.uint16 if stride == 2 else np.uint32).tobytes()


def _octahedral(rows: U1) -> Array:
    """Return unit vectors out of two coordinates on an octahedron, and one that says how many bits they have."""
    is_short = rows.shape[1] == 4
    values: Array = rows.view(np.int8 if is_short else np.int16)
    most = 127.0 if is_short else 32767.0
    x, y, one = (values[:, k].astype(np.float64) for k in range(3))
    z = one - np.abs(x) - np.abs(y)
    fold = np.minimum(z, 0.0)
    x, y = x + np.where(x >= 0, fold, -fold), y + np.where(y >= 0, fold, -fold)
    length = np.maximum(np.sqrt(x * x + y * y + z * z), 1e-30)
    unit = np.stack([x, y, z], 1) / length[:, None]
    out = values.copy()
    out[:, :3] = np.floor(np.abs(unit) * most + 0.5) * np.sign(unit)
    return out


def _quaternions(rows: U1) -> Array:
    """Return unit quaternions out of their three smaller parts; the fourth says which is left out, and the bits."""
    values = rows.view(np.int16)
    scale = np.sqrt(0.5) / (values[:, 3] | 3)
    small = values[:, :3] * scale[:, None]
    largest = np.sqrt(np.maximum(1.0 - (small**2).sum(1), 0.0))
    parts = np.column_stack([largest, small])
    which = (values[:, 3] & 3)[:, None]
    out = np.empty_like(values)
    np.put_along_axis(out, (which + np.arange(4)) & 3, np.round(parts * 32767).astype(np.int16), axis=1)
    return out


def _exponential(rows: U1) -> Array:
    """Return floats out of integers that hold an exponent in their highest byte and a mantissa below."""
    values = rows.view(np.int32)
    mantissa = (values << 8) >> 8
    return np.ldexp(mantissa.astype(np.float32), values >> 24)


_FILTERS: dict[str, Callable[[U1], Array]] = {
    "NONE": lambda rows: rows,
    "OCTAHEDRAL": _octahedral,
    "QUATERNION": _quaternions,
    "EXPONENTIAL": _exponential,
}


def _library(module: str, purpose: str) -> Any:
    try:
        return extras.load(module, EXTRA, purpose)
    except BadArgument as error:
        raise Broken(str(error)) from None
