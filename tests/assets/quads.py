"""Small glTF files of one square, x and y from 0 to 1, for the tests of what its material says."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

CORNERS = [(0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)]  # texture coordinates, v down, counter-clockwise from (0, 0)
QUARTERS = [[(255, 0, 0), (0, 255, 0)], [(0, 0, 255), (255, 255, 0)]]  # red, green over blue, yellow
_COMPONENTS = {"float32": 5126, "uint8": 5121, "uint16": 5123}


def quad(
    folder: Path,
    material: dict[str, Any] | None,
    *,
    attributes: dict[str, Any] | None = None,
    images: list[Any] | None = None,
    **more: Any,
) -> Path:
    """Write a square with ``attributes`` beside its position and normal; texture k is image k. Return the file."""
    arrays: dict[str, Any] = {
        "POSITION": np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], np.float32),
        "NORMAL": np.tile(np.array([0, 0, 1], np.float32), (4, 1)),
        "TEXCOORD_0": np.array(CORNERS, np.float32),
        **(attributes or {}),
    }
    tree: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "accessors": [],
        "bufferViews": [],
        "images": [{"uri": _uri("image/png", _png(pixels))} for pixels in images or []],
        "textures": [{"source": k} for k in range(len(images or []))],
        **more,
    }
    data = b""
    for array in [*arrays.values(), np.array([0, 1, 2, 0, 2, 3], np.uint16)]:
        kind = "SCALAR" if array.ndim == 1 else f"VEC{array.shape[1]}"
        entry = {"bufferView": len(tree["bufferViews"]), "componentType": _COMPONENTS[str(array.dtype)]}
        fraction = {"normalized": True} if array.ndim > 1 and array.dtype.kind == "u" else {}
        tree["accessors"].append({**entry, "count": len(array), "type": kind, **fraction})
        tree["bufferViews"].append({"buffer": 0, "byteOffset": len(data), "byteLength": array.nbytes})
        data += array.tobytes() + b"\0" * (-array.nbytes % 4)
    primitive: dict[str, Any] = {"attributes": {n: k for k, n in enumerate(arrays)}, "indices": len(arrays)}
    if material is not None:
        primitive["material"] = 0
        tree["materials"] = [material]
    tree["meshes"] = [{"name": "quad", "primitives": [primitive]}]
    tree["buffers"] = [{"byteLength": len(data), "uri": _uri("application/octet-stream", data)}]
    file = folder / "quad.gltf"
    file.write_text(json.dumps(tree))
    return file


def _png(pixels: Any) -> bytes:
    array = np.asarray(pixels, np.uint8)
    order = [2, 1, 0, 3][: array.shape[2]]
    return bytes(cv2.imencode(".png", np.ascontiguousarray(array[..., order]))[1])


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
