"""PLY files of every kind: polygons, strips, normals, colours and images."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rendersdg.assets.mesh_files.contents import Contents
from rendersdg.assets.mesh_files.ply import read_ply
from rendersdg.errors import AssetError, Report

POINTS = ["0 0 0", "1 0 0", "1 1 0", "0 1 0"]
XYZ = "property float x\nproperty float y\nproperty float z\n"
FACES = "property list uchar int vertex_indices\n"


def read(folder: Path, content: str | bytes, report: Report | None = None) -> Contents:
    (folder / "thing.ply").write_bytes(content.encode() if isinstance(content, str) else content)
    return read_ply(str(folder / "thing.ply"), lambda label, pixels: label, report or Report())


def text(
    points: list[str], faces: list[str], more: str = "", of_face: str = "", comment: str = "", form: str = "ascii"
) -> str:
    head = f"ply\nformat {form} 1.0\n{comment}element vertex {len(points)}\n{XYZ}{more}"
    head += f"element face {len(faces)}\n{FACES}{of_face}end_header\n"
    return head + "\n".join([*points, *faces, ""])


def said(report: Report) -> dict[str, str]:
    return {e["subject"].rsplit("/", 1)[-1]: e["text"] for e in report.as_json()}


@pytest.mark.parametrize("faces", [["4 0 1 2 3"], ["3 0 1 2", "3 0 2 3"], ["3 0 1 2", "4 0 1 2 3"]])
def test_polygons_of_any_size_are_read_from_text(tmp_path: Path, faces: list[str]) -> None:
    (part,) = read(tmp_path, text(POINTS, faces)).parts

    assert len(part.triangles) == sum(int(f[0]) - 2 for f in faces)
    assert part.points.tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]] and part.normals is None


@pytest.mark.parametrize(("form", "order"), [("binary_little_endian", "<"), ("binary_big_endian", ">")])
@pytest.mark.parametrize("faces", [[(0, 1, 2), (0, 2, 3)], [(0, 1, 2), (0, 1, 2, 3)]])
def test_both_orders_of_bytes_are_read(tmp_path: Path, form: str, order: str, faces: list[tuple[int, ...]]) -> None:
    head = text(POINTS, [""] * len(faces), form=form).split("end_header\n")[0] + "end_header\n"
    rows = b"".join(struct.pack(order + "3f", *map(float, p.split())) for p in POINTS)
    rows += b"".join(struct.pack(f"{order}B{len(f)}i", len(f), *f) for f in faces)

    (part,) = read(tmp_path, head.encode() + rows).parts

    assert part.points[2].tolist() == [1, 1, 0]
    assert len(part.triangles) == sum(len(f) - 2 for f in faces)
    assert part.triangles[0].tolist() == [0, 1, 2]


def test_normals_colours_and_coordinates_of_points(tmp_path: Path) -> None:
    more = "property float nx\nproperty float ny\nproperty float nz\nproperty uchar red\nproperty uchar green\n"
    more += "property uchar blue\nproperty float s\nproperty float t\n"
    points = [f"{p} 0 0 2 255 128 0 .25 .75" for p in POINTS]

    (part,) = read(tmp_path, text(points, ["3 0 1 2"], more)).parts

    assert part.normals is not None and part.colours is not None and part.uvs is not None
    assert part.normals[0, 1].tolist() == [0, 0, 2]
    assert part.colours[0, 2] == pytest.approx([1, ((128 / 255 + 0.055) / 1.055) ** 2.4, 0], abs=1e-6)
    assert part.uvs[0, 0].tolist() == [0.25, 0.75]


def test_normals_that_are_all_zero_are_none(tmp_path: Path) -> None:
    more = "property float nx\nproperty float ny\nproperty float nz\n"

    assert read(tmp_path, text([f"{p} 0 0 0" for p in POINTS], ["3 0 1 2"], more)).parts[0].normals is None


def test_colours_of_faces_are_of_all_their_corners(tmp_path: Path) -> None:
    of_face = "property float red\nproperty float green\nproperty float blue\n"

    (part,) = read(tmp_path, text(POINTS, ["3 0 1 2 1 0 0", "3 0 2 3 0 0 1"], of_face=of_face)).parts

    assert part.colours is not None
    assert part.colours.tolist() == [[[1, 0, 0]] * 3, [[0, 0, 1]] * 3]


def test_images_lie_by_the_coordinates_of_faces(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "my wood.png"), np.zeros((2, 2, 3), np.uint8))
    of_face = "property list uchar float texcoord\nproperty int texnumber\n"
    faces = ["3 0 1 2 6 0 0 1 0 1 1 0", "3 0 2 3 6 0 0 1 1 0 1 1"]
    comment = "comment TextureFile my wood.png\ncomment TextureFile gone.png\n"

    contents = read(tmp_path, text(POINTS, faces, of_face=of_face, comment=comment), report := Report())

    part = contents.parts[0]
    assert part.uvs is not None and part.uvs.tolist() == [[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]]
    assert part.looks is not None and part.looks.tolist() == [0, -1]
    assert [(k.name, k.inputs["diffuse_texture"]) for k in contents.looks] == [
        ("my wood", str((tmp_path / "my wood.png").resolve()))
    ]
    assert "gone.png" in said(report)["thing.ply:TextureFile"]


def test_strips_are_triangles_wound_alike(tmp_path: Path) -> None:
    head = f"ply\nformat ascii 1.0\nelement vertex 4\n{XYZ}element tristrips 1\n{FACES}end_header\n"
    (part,) = read(tmp_path, head + "\n".join([*POINTS, "9 0 1 3 2 -1 0 1 2 -1"])).parts

    sides = part.points[part.triangles]
    assert (np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0])[:, 2] > 0).all() and len(sides) == 3


def test_a_foreign_line_of_a_header_is_said(tmp_path: Path) -> None:
    content = text(POINTS, ["3 0 1 2"]).replace("element face", "Created by hand\nelement face")

    contents = read(tmp_path, content, report := Report())

    assert len(contents.parts[0].triangles) == 1
    assert said(report) == {"thing.ply:7": "'Created by hand' is not a line of a PLY header"}


def test_a_cloud_of_points_is_said(tmp_path: Path) -> None:
    contents = read(tmp_path, text(POINTS, []), report := Report())

    assert not contents.parts and said(report) == {"thing.ply": "it is a cloud of 4 points, which are not drawn"}


def test_what_is_not_drawn_is_said_by_its_name(tmp_path: Path) -> None:
    more = "property uchar alpha\nproperty float quality\n"
    head, rows = text([f"{p} 255 1" for p in POINTS], ["3 0 1 2", "3 0 1 9"], more).split("end_header\n")
    content = f"{head}element edge 1\nproperty int vertex1\nproperty int vertex2\nend_header\n{rows}0 1\n"

    (part,) = read(tmp_path, content, report := Report()).parts

    assert len(part.triangles) == 1
    assert said(report) == {
        "thing.ply:vertex": "nothing is seen of quality",
        "thing.ply:edge": "the element (1 rows) is not drawn",
        "thing.ply:face": "1 faces name points that are not there, the first is face 1",
    }


def test_a_unit_in_a_comment_counts(tmp_path: Path) -> None:
    assert read(tmp_path, text(POINTS, ["3 0 1 2"], comment="comment units: mm\n")).unit == 0.001


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("hello", "is not a PLY file"),
        (text(POINTS, ["3 0 1 2"]).replace("float z", "floot z"), r"thing\.ply:6: 'property floot z'"),
        (text(POINTS, ["3 0 1 2"]).replace("1 1 0", "1 O 0"), r"thing\.ply:12: '1 O 0' is not a row"),
        (text(POINTS, ["3 0 1 2"]).replace("3 0 1 2", "3 0"), "ends in row 0 of 1 of its element face"),
        (text([], []), "has no points"),
        (text(POINTS, ["3 0 1 2"]).replace("format ascii 1.0\n", ""), "states no format"),
    ],
)
def test_what_cannot_be_read_is_an_error(tmp_path: Path, content: str, complaint: str) -> None:
    with pytest.raises(AssetError, match=complaint):
        read(tmp_path, content)


def test_a_binary_file_that_is_cut_off_is_an_error(tmp_path: Path) -> None:
    mesh = trimesh.creation.icosphere(1).export(file_type="ply")

    with pytest.raises(AssetError, match="ends in row"):
        read(tmp_path, mesh[:-7])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["ascii", "binary"]), st.booleans())
def test_what_trimesh_writes_is_read(tmp_path: Path, seed: int, encoding: str, is_coloured: bool) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(9, 3)).astype(np.float32)
    faces = rng.permuted(np.tile(np.arange(9), (6, 1)), axis=1)[:, :3]
    colours = rng.integers(0, 256, (9, 4), np.uint8)
    mesh = trimesh.Trimesh(points, faces, process=False, vertex_colors=colours if is_coloured else None)

    content = trimesh.exchange.ply.export_ply(mesh, encoding=encoding, vertex_normal=True)
    (part,) = read(tmp_path, content).parts

    assert np.allclose(part.points[part.triangles], points[faces], atol=1e-5)
    assert part.normals is not None and np.allclose(part.normals, mesh.vertex_normals[faces], atol=1e-4)
    assert (part.colours is not None) == is_coloured


@pytest.mark.parametrize("length", ["nan", "inf"])
@pytest.mark.parametrize("row", [0, 1])
def test_a_list_whose_length_is_no_number_is_an_error(tmp_path: Path, length: str, row: int) -> None:
    faces = ["3 0 1 2", "3 0 2 3"]
    faces[row] = f"{length} 0 1 2"

    with pytest.raises(AssetError, match=f"a list of its element face is {length} long"):
        read(tmp_path, text(POINTS, faces))
