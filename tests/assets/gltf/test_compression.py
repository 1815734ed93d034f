"""Meshes compressed by Draco and images in KTX2: decoded where their packages are there, named where they are not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pxr import UsdGeom

from rendersdg.assets.gltf.broken import Broken
from rendersdg.assets.gltf.compression import basis_pixels, draco_mesh, meshopt_bytes
from tests.assets.gltf.compressed import SQUARE, by_draco, by_meshoptimizer, ktx2
from tests.assets.gltf.files import converted
from tests.kernels.test_meshopt import bytes_of, number, plain_vertices, zigzag


@pytest.mark.extra
def test_a_mesh_by_draco_has_the_points_and_colours_that_went_in(tmp_path: Path) -> None:
    pytest.importorskip("DracoPy")

    stage, notes = converted(by_draco().write(tmp_path))

    mesh = UsdGeom.Mesh.Get(stage, "/Asset/thing/part")
    points = np.asarray(mesh.GetPointsAttr().Get())[np.asarray(mesh.GetFaceVertexIndicesAttr().Get())]
    colours = np.asarray(mesh.GetDisplayColorAttr().Get())[np.asarray(mesh.GetFaceVertexIndicesAttr().Get())]
    expected = {(0, 0): (1, 0, 0), (1, 0): (0, 1, 0), (1, 1): (0, 0, 1), (0, 1): (1, 1, 1)}
    found = {tuple(p): tuple(c) for p, c in zip(np.round(points[:, :2]).astype(int).tolist(), colours.tolist())}
    assert found == expected and len(points) == 6 and notes == {}


@pytest.mark.extra
def test_what_cannot_be_decoded_is_named_and_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("DracoPy")
    file = by_draco().write(tmp_path)
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


def packed(rows: np.ndarray, kind: str) -> np.ndarray:
    """Return what a filter makes of rows of an integer type."""
    data = plain_vertices(np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), -1)).tobytes()
    stride = rows.itemsize * rows.shape[1]
    entry = {"count": len(rows), "byteStride": stride, "mode": "ATTRIBUTES", "filter": kind}
    return np.frombuffer(meshopt_bytes(data, entry), rows.dtype).reshape(rows.shape)


def test_filters_unfold_what_was_made_small() -> None:
    # an octahedron of 127: its corner along x, the middle of a face, and a point below, folded over
    normals = packed(np.array([(127, 0, 127, 9), (42, 42, 127, 9), (127, 127, 127, 9)], np.int8), "OCTAHEDRAL")
    assert normals[:, 3].tolist() == [9, 9, 9] and normals[0, :3].tolist() == [127, 0, 0]
    assert np.allclose(normals[1, :3] / 127, np.sqrt(1 / 3), atol=0.02) and normals[2, :3].tolist() == [0, 0, -127]
    # a quaternion whose largest part, w, is left out: x is a half
    half = round(0.5 / np.sqrt(0.5) * 4095)
    turn = packed(np.array([(half, 0, 0, 4092 | 3)], np.int16), "QUATERNION")
    assert np.allclose(turn / 32767, [[0.5, 0, 0, np.sqrt(0.75)]], atol=1e-3)
    floats = packed(np.array([((-2 << 24) | 5, (3 << 24) | (-7 & 0xFFFFFF))], np.int64).astype(np.int32), "EXPONENTIAL")
    assert floats.view(np.float32).tolist() == [[1.25, -56]]


@pytest.mark.parametrize("name", ["EXT_meshopt_compression", "KHR_meshopt_compression"])
def test_a_mesh_by_meshoptimizer_has_the_points_and_triangles_that_went_in(tmp_path: Path, name: str) -> None:
    stage, notes = converted(by_meshoptimizer(name).write(tmp_path))

    mesh = UsdGeom.Mesh.Get(stage, "/Asset/thing/mesh_0")
    assert np.array_equal(np.asarray(mesh.GetPointsAttr().Get()), SQUARE) and notes == {}
    assert list(mesh.GetFaceVertexIndicesAttr().Get()) == [0, 1, 2, 2, 1, 3]


@pytest.mark.parametrize(
    ("change", "text"), [({"mode": "LINES"}, "mode"), ({"filter": "COLOR"}, "filter"), ({"count": 4000}, "damaged")]
)
def test_a_stream_that_cannot_be_read_is_named(change: dict[str, Any], text: str) -> None:
    entry = {"mode": "ATTRIBUTES", "count": 4, "byteStride": 12, **change}

    with pytest.raises(Broken, match=text):
        meshopt_bytes(plain_vertices(SQUARE.view(np.uint8)).tobytes(), entry)


def test_indices_are_read(tmp_path: Path) -> None:
    data = bytes_of([0xD1], *[number(zigzag(d) << 1) for d in (5, 1, -3)], [0] * 4).tobytes()

    found = meshopt_bytes(data, {"mode": "INDICES", "count": 3, "byteStride": 4})

    assert np.frombuffer(found, np.uint32).tolist() == [5, 6, 3]
