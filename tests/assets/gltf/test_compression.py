"""Meshes compressed by Draco and images in KTX2: decoded where their packages are there, named where they are not."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pxr import UsdGeom

from rendersdg.assets.gltf.broken import Broken
from rendersdg.assets.gltf.compression import basis_pixels, draco_mesh
from tests.assets.gltf.files import File, converted

SQUARE = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], np.float32)
FACES = np.array([(0, 1, 2), (0, 2, 3)], np.uint32)


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


def compressed(folder: Path, **accessor: Any) -> Path:
    draco = pytest.importorskip("DracoPy")
    colours = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)], np.uint8)
    data = draco.encode(SQUARE, faces=FACES, colors=colours, quantization_bits=14)
    by_type = {one["attribute_type"]: one["unique_id"] for one in draco.decode(data).attributes}
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
    return file.write(folder)


@pytest.mark.extra
def test_a_mesh_by_draco_has_the_points_and_colours_that_went_in(tmp_path: Path) -> None:
    stage, notes = converted(compressed(tmp_path))

    mesh = UsdGeom.Mesh.Get(stage, "/Asset/thing/part")
    points = np.asarray(mesh.GetPointsAttr().Get())[np.asarray(mesh.GetFaceVertexIndicesAttr().Get())]
    colours = np.asarray(mesh.GetDisplayColorAttr().Get())[np.asarray(mesh.GetFaceVertexIndicesAttr().Get())]
    expected = {(0, 0): (1, 0, 0), (1, 0): (0, 1, 0), (1, 1): (0, 0, 1), (0, 1): (1, 1, 1)}
    found = {tuple(p): tuple(c) for p, c in zip(np.round(points[:, :2]).astype(int).tolist(), colours.tolist())}
    assert found == expected and len(points) == 6 and notes == {}


@pytest.mark.extra
def test_what_cannot_be_decoded_is_named_and_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = compressed(tmp_path)
    monkeypatch.setitem(sys.modules, "DracoPy", None)

    stage, notes = converted(file)

    assert "pip install 'rendersdg[gltf]'" in notes["meshes[0].primitives[0]"]
    assert stage.GetPrimAtPath("/Asset/thing")


def test_an_image_in_ktx2_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opengl_basisu", None)

    with pytest.raises(Broken, match="pip install"):
        basis_pixels(ktx2((1, 2, 3, 255)))


@pytest.mark.extra
def test_an_image_in_ktx2_has_its_colour() -> None:
    pytest.importorskip("opengl_basisu")

    pixels = basis_pixels(ktx2((200, 100, 50, 255)))

    assert pixels.shape == (4, 4, 4) and (pixels == (200, 100, 50, 255)).all()


@pytest.mark.extra
@pytest.mark.parametrize("decode", [draco_mesh, basis_pixels])
def test_damaged_data_are_broken(decode: Any) -> None:
    pytest.importorskip("opengl_basisu"), pytest.importorskip("DracoPy")

    with pytest.raises(Broken, match="decoded"):
        decode(b"DRACO" + b"\xabKTX 20\xbb" * 9)
