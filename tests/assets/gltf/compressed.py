"""Small glTF files whose mesh or picture is compressed: by Draco, by meshoptimizer, in KTX2."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from tests.assets.gltf.files import File
from tests.kernels.test_meshopt import bytes_of, plain_vertices

SQUARE = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], np.float32)
_FACES = np.array([(0, 1, 2), (0, 2, 3)], np.uint32)


def ktx2(rgba: tuple[int, int, int, int]) -> bytes:
    """Return a KTX2 file of 4 x 4 pixels of one colour: a single block of UASTC, of its mode for such."""
    block = 0x17
    for place, value in enumerate(rgba):
        block |= value << (5 + 8 * place)
    descriptor = struct.pack("<IHH8B", 0, 2, 40, 166, 1, 2, 0, 3, 3, 0, 0) + bytes([16, *[0] * 7])
    descriptor += struct.pack("<HBBIII", 0, 127, 3, 0, 0, 0xFFFFFFFF)
    descriptor = struct.pack("<I", 4 + len(descriptor)) + descriptor
    start = 80 + 24
    data = start + len(descriptor) + -(start + len(descriptor)) % 16
    head = b"\xabKTX 20\xbb\r\n\x1a\n" + struct.pack("<9I", 0, 1, 4, 4, 0, 0, 1, 1, 0)
    head += struct.pack("<IIIIQQQQQ", start, len(descriptor), 0, 0, 0, 0, data, 16, 16)
    return (head + descriptor).ljust(data, b"\0") + block.to_bytes(16, "little")


def textured(picture: str) -> File:
    """Return a triangle that is painted with a picture in KTX2."""
    file = File()
    mesh = file.mesh(material=0, attributes={"TEXCOORD_0": file.add([(0, 0), (1, 0), (0, 1)])})
    file.tree |= {
        "images": [{"uri": picture}],
        "textures": [{"extensions": {"KHR_texture_basisu": {"source": 0}}}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "nodes": [{"mesh": mesh}],
        "extensionsRequired": ["KHR_texture_basisu"],
    }
    return file


def by_draco(**accessor: Any) -> File:
    """Return a square with a colour at each corner; ``accessor`` are other keys of its points. Needs DracoPy."""
    import DracoPy

    colours = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)], np.uint8)
    data = DracoPy.encode(SQUARE, faces=_FACES, colors=colours, quantization_bits=14)
    by_type = {one["attribute_type"]: one["unique_id"] for one in DracoPy.decode(data).attributes}
    file = File()
    numbers = {"POSITION": by_type[0], "COLOR_0": by_type[2]}
    extension = {"bufferView": file.view(data), "attributes": numbers}
    file.tree["accessors"] = [
        {"componentType": 5126, "count": 4, "type": "VEC3", **accessor},
        {"componentType": 5121, "count": 4, "type": "VEC3", "normalized": True},
    ]
    attributes = {"POSITION": 0, "COLOR_0": 1}
    primitive = {"attributes": attributes, "extensions": {"KHR_draco_mesh_compression": extension}}
    file.tree["meshes"] = [{"name": "part", "primitives": [primitive]}]
    file.tree["nodes"] = [{"name": "thing", "mesh": 0}]
    return file


def by_meshoptimizer(name: str = "EXT_meshopt_compression") -> File:
    """Return a square of two triangles; ``name`` is that of the extension."""
    file = File(buffers=[{"byteLength": 999, "extensions": {name: {"fallback": True}}}])
    streams = [
        (plain_vertices(SQUARE.view(np.uint8)), {"mode": "ATTRIBUTES", "count": 4, "byteStride": 12}),
        (bytes_of([0xE1, 0xF0, 0x10], [0] * 16), {"mode": "TRIANGLES", "count": 6, "byteStride": 2}),
    ]
    for data, entry in streams:
        own = file.tree["bufferViews"][file.view(data.tobytes())]
        place = {"buffer": 0, "byteOffset": own["byteOffset"], "byteLength": own["byteLength"]}
        own.update(buffer=1, byteOffset=0, byteLength=48, extensions={name: {**place, **entry}})
    file.tree["accessors"] = [
        {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5123, "count": 6, "type": "SCALAR"},
    ]
    file.tree["meshes"] = [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}]
    file.tree["nodes"] = [{"name": "thing", "mesh": 0}]
    file.tree["extensionsRequired"] = [name]
    return file
