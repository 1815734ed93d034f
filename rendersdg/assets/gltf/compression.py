"""What glTF files hold compressed, as arrays: meshes by Draco, images by Basis Universal.

Source: KHR_draco_mesh_compression, KHR_texture_basisu.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rendersdg import extras
from rendersdg.arrays import I8, U1
from rendersdg.assets.gltf.broken import Array, Broken
from rendersdg.errors import BadArgument

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


def _library(module: str, purpose: str) -> Any:
    try:
        return extras.load(module, EXTRA, purpose)
    except BadArgument as error:
        raise Broken(str(error)) from None
