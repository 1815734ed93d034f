"""Stored normals: kept where they belong to the faces, turned or made anew where they do not, whatever the format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rendersdg.arrays import F8
from rendersdg.shapes import Shape, box, sphere, torus
from rendersdg.snapshot import Mesh
from rendersdg.stage.stored_normals import judged
from tests.conftest import Opener


def verdict(shape: Shape, normals: F8) -> str:
    return judged(shape.vertices, shape.triangles, normals, shape.triangles)


def random_normals(count: int) -> F8:
    drawn = np.random.default_rng(1).normal(size=(count, 3))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1)[:, None])


@pytest.mark.parametrize("shape", [box(), sphere(), torus()])
def test_normals_are_judged_by_the_faces(shape: Shape) -> None:
    wound_inwards = Shape(shape.vertices, shape.normals, shape.uvs, shape.triangles[:, ::-1])

    assert verdict(shape, shape.normals) == "right"
    assert verdict(shape, -shape.normals) == "inward"
    assert verdict(shape, random_normals(len(shape.vertices))) == "astray"
    assert verdict(wound_inwards, shape.normals) == "right", "the faces are wrong, not the normals"


def test_of_an_open_surface_nothing_tells_which_side_is_out() -> None:
    shape = sphere()
    cap = Shape(shape.vertices, shape.normals, shape.uvs, shape.triangles[shape.vertices[shape.triangles][:, 0, 2] > 0])

    assert verdict(cap, -cap.normals) == "right"


def test_of_a_large_mesh_some_faces_are_enough() -> None:
    shape = sphere()
    many = np.tile(shape.triangles, (200, 1))  # one ball, two hundred times over itself
    large = Shape(shape.vertices, shape.normals, shape.uvs, many)

    assert len(many) > 100_000
    assert [verdict(large, n) for n in (large.normals, -large.normals)] == ["right", "inward"]
    assert verdict(large, random_normals(len(large.vertices))) == "astray"


def _obj(folder: Path, points: F8, normals: F8, triangles: np.ndarray) -> str:
    rows = [f"v {x} {y} {z}" for x, y, z in points] + [f"vn {x} {y} {z}" for x, y, z in normals]
    rows += ["f " + " ".join(f"{k + 1}//{k + 1}" for k in t) for t in triangles]
    (folder / "a.obj").write_text("\n".join(rows))
    return "a.obj"


def _ply(folder: Path, points: F8, normals: F8, triangles: np.ndarray) -> str:
    names = "".join(f"property float {name}\n" for name in ("x", "y", "z", "nx", "ny", "nz"))
    head = f"ply\nformat ascii 1.0\nelement vertex {len(points)}\n{names}element face {len(triangles)}\n"
    rows = [" ".join(map(str, row)) for row in np.hstack([points, normals])]
    rows += [f"3 {a} {b} {c}" for a, b, c in triangles]
    (folder / "a.ply").write_text(
        f"{head}property list uchar int vertex_indices\nend_header\n" + "\n".join(rows) + "\n"
    )
    return "a.ply"


def _gltf(folder: Path, points: F8, normals: F8, triangles: np.ndarray) -> str:
    parts = [points.astype("<f4"), normals.astype("<f4"), triangles.astype("<u4")]
    (folder / "a.bin").write_bytes(b"".join(part.tobytes() for part in parts))
    starts = np.cumsum([0, *(part.nbytes for part in parts)]).tolist()
    views = [{"buffer": 0, "byteOffset": s, "byteLength": p.nbytes} for s, p in zip(starts, parts)]
    vectors = {"componentType": 5126, "count": len(points), "type": "VEC3"}
    bounds = {"min": points.min(0).tolist(), "max": points.max(0).tolist()}
    indices = {"bufferView": 2, "componentType": 5125, "count": triangles.size, "type": "SCALAR"}
    document = {
        "asset": {"version": "2.0"},
        "buffers": [{"uri": "a.bin", "byteLength": starts[-1]}],
        "bufferViews": views,
        "accessors": [{"bufferView": 0, **vectors, **bounds}, {"bufferView": 1, **vectors}, indices],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1}, "indices": 2}]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
        "scene": 0,
    }
    (folder / "a.gltf").write_text(json.dumps(document))
    return "a.gltf"


def _usd(folder: Path, points: F8, normals: F8, triangles: np.ndarray) -> str:
    def rows(values: F8) -> str:
        return ", ".join(f"({x}, {y}, {z})" for x, y, z in values)

    (folder / "a.usda").write_text(
        '#usda 1.0\n(\n defaultPrim = "A"\n metersPerUnit = 1\n upAxis = "Z"\n)\ndef Mesh "A" {\n'
        ' uniform token subdivisionScheme = "none"\n'
        f" point3f[] points = [{rows(points)}]\n"
        f' normal3f[] normals = [{rows(normals)}] (interpolation = "vertex")\n'
        f" int[] faceVertexCounts = {[3] * len(triangles)}\n"
        f" int[] faceVertexIndices = {triangles.ravel().tolist()}\n}}\n"
    )
    return "a.usda"


Written = Callable[[Path, F8, F8, np.ndarray], str]


@pytest.mark.parametrize("write", [_obj, _ply, _gltf, _usd])
@pytest.mark.parametrize("kind", ["right", "inward", "astray", "nan"])
def test_wrong_normals_are_noted_and_mended_in_each_format(
    kind: str, write: Written, open_scene: Opener, tmp_path: Path
) -> None:
    shape = sphere()
    triangles = shape.triangles[np.linalg.norm(np.cross(*_edges(shape)), axis=1) > 1e-9]
    given = {
        "right": shape.normals,
        "inward": -shape.normals,
        "astray": random_normals(len(shape.vertices)),
        "nan": shape.normals * np.nan,
    }[kind]
    file = write(tmp_path, shape.vertices, given, triangles)

    session = open_scene(f"a: {{create.from_usd: {{usd: {file}, count: 3}}}}", folder=tmp_path)
    snapshot = session.snapshot(0)

    notes = [text for text in session.recorder.report.entries.values() if "normals" in text]
    assert len(set(notes)) == (kind != "right")
    assert len(snapshot.instances) == 3
    for instance in snapshot.instances:
        assert _worst(snapshot.meshes[instance.mesh]) > 0.9


def _edges(shape: Shape) -> tuple[F8, F8]:
    corners = shape.vertices[shape.triangles]
    return corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]


def _worst(mesh: Mesh) -> float:
    """Return the least cosine between a normal of a ball and the way out of it there."""
    out = mesh.vertices / np.linalg.norm(mesh.vertices, axis=1)[:, None]
    return float((out * mesh.normals).sum(1).min())
