"""OBJ files: polygons and their names, what is missing, what is not drawn, and what is wrong, by its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rendersdg.assets.mesh_files.contents import Contents
from rendersdg.assets.mesh_files.obj import read_obj
from rendersdg.errors import AssetError, Report

SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


def read(folder: Path, text: str | bytes, report: Report | None = None) -> Contents:
    (folder / "thing.obj").write_bytes(text.encode() if isinstance(text, str) else text)
    return read_obj(str(folder / "thing.obj"), lambda label, pixels: label, report or Report())


def said(report: Report) -> dict[str, str]:
    return {e["subject"].rsplit("/", 1)[-1]: e["text"] for e in report.as_json()}


@pytest.mark.parametrize(
    "face",
    ["f 1 2 3 4", "f -4 -3 -2 -1", "f 1// 2// 3// 4//", "  f\t1 2   3 4  # corners", "f 1 2 \\\n 3 4", "fo 1 2 3 4"],
)
def test_a_square_is_two_triangles_however_it_is_written(tmp_path: Path, face: str) -> None:
    (part,) = read(tmp_path, SQUARE + face).parts

    assert part.name == "thing.obj" and part.triangles.shape == (2, 3)
    assert part.uvs is None and part.normals is None and part.colours is None
    sides = part.points[part.triangles]
    assert np.linalg.norm(np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0]), axis=1).sum() == 2.0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_text_may_be_in_another_encoding(tmp_path: Path, encoding: str) -> None:
    assert len(read(tmp_path, f"# café\n{SQUARE}f 1 2 3".encode(encoding)).parts[0].triangles) == 1


def test_numbers_that_are_none_cost_themselves_but_for_places(tmp_path: Path) -> None:
    text = "v 0 0 0 nan nan nan\nv 1 0 0 0 0 1\nv 1 1 0 0 0 1\nvt nan 0\nvn nan 0 1\nf 1/1/1 2/1/1 3/1/1"

    (part,) = read(tmp_path, text).parts

    assert part.colours is not None and part.colours[0, 0].tolist() == [1, 1, 1]
    assert part.uvs is not None and not part.uvs.any()
    with pytest.raises(AssetError, match=r"thing\.obj:1"):
        read(tmp_path, "v nan 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 3")


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(tmp_path: Path, ends: str) -> None:
    text = (SQUARE + "# a square\nvt 0 0\nvt 1 0\nvt 1 1\nvn 0 0 1\nf 1/1/1 2/2/1 3/3/1\n").replace("\n", ends)

    (part,) = read(tmp_path, text).parts

    assert part.uvs is not None and part.normals is not None
    assert part.uvs.tolist() == [[[0, 0], [1, 0], [1, 1]]] and (part.normals == [0, 0, 1]).all()


def test_a_polygon_that_is_not_convex_is_cut_within(tmp_path: Path) -> None:
    arrow = "v 0 0 0\nv 4 0 0\nv 4 4 0\nv 3 1 0\n"  # a dart, its notch at the last corner

    (part,) = read(tmp_path, arrow + "f 1 2 3 4").parts

    sides = part.points[part.triangles]
    area = np.cross(sides[:, 1] - sides[:, 0], sides[:, 2] - sides[:, 0])[:, 2] / 2
    assert (area > 0).all() and area.sum() == pytest.approx(4.0)


def test_corners_may_lack_what_others_have(tmp_path: Path) -> None:
    (part,) = read(tmp_path, SQUARE + "vt .5 .5\nvn 0 0 1\nf 1/1 2//1 3\nf 1/1/1 3/1/1 4/1/1").parts

    assert part.uvs is not None and part.normals is not None
    assert part.uvs[0].tolist() == [[0.5, 0.5], [0, 0], [0, 0]]
    assert np.isnan(part.normals[0]).all(1).tolist() == [True, False, True] and not np.isnan(part.normals[1]).any()


def test_objects_and_groups_are_parts_and_materials_are_kept(tmp_path: Path) -> None:
    (tmp_path / "my looks.mtl").write_text("newmtl dark red\nKd .2 0 0\nnewmtl blue\nKd 0 0 1\n")
    text = SQUARE + (
        "mtllib my looks.mtl\nf 1 2 3\n"
        "o Box\ng lid\nusemtl dark red\nf 1 2 3\nusemtl blue\nf 1 3 4\ng floor\nf 1 2 3\n"
        "o Ball\ng Ball_blue\nf 2 3 4\no Box\ng lid\nf 2 3 4\n"
    )

    contents = read(tmp_path, text)

    assert [(p.above, p.name, len(p.triangles)) for p in contents.parts] == [
        ("", "thing.obj", 1),
        ("Box", "lid", 3),
        ("Box", "floor", 1),
        ("", "Ball", 1),
    ]
    assert [look.name for look in contents.looks] == ["dark red", "blue"]
    assert [p.looks.tolist() for p in contents.parts if p.looks is not None] == [[-1], [0, 1, 1], [1], [1]]


def test_smoothing_groups_are_kept(tmp_path: Path) -> None:
    (part,) = read(tmp_path, SQUARE + "s 1\nf 1 2 3\ns off\nf 1 3 4\ns 7\nf 2 3 4\ns on\nf 1 2 4").parts
    (plain,) = read(tmp_path, SQUARE + "f 1 2 3\n").parts

    assert part.groups is not None and part.groups.tolist() == [1, 0, 7, 1]
    assert plain.groups is None


@pytest.mark.parametrize("scale", [1, 255])
def test_colours_of_points_are_linear(tmp_path: Path, scale: int) -> None:
    grey = 0.5 if scale == 1 else 127.5
    text = f"v 0 0 0 {scale} 0 0\nv 1 0 0 0 {grey} 0\nv 1 1 0\nf 1 2 3"

    colours = read(tmp_path, text).parts[0].colours

    assert colours is not None
    assert colours[0] == pytest.approx(np.array([[1, 0, 0], [0, 0.21404, 0], [1, 1, 1]]), abs=1e-4)


def test_what_is_not_drawn_is_said_once_by_its_keyword(tmp_path: Path) -> None:
    text = SQUARE + "l 1 2\nl 2 3\np 4\ncstype bezier\nd_interp on\nfrobnicate 3\nf 1 2 3\n"

    read(tmp_path, text, report := Report())

    assert said(report) == {
        "thing.obj:l": "lines are not drawn (2, the first in line 5)",
        "thing.obj:p": "points are not drawn (1, the first in line 7)",
        "thing.obj:cstype": "free-form curves and surfaces are not drawn (1, the first in line 8)",
        "thing.obj:frobnicate": "the statement is not known (1, the first in line 10)",
    }


def test_faces_of_what_is_not_there_cost_themselves(tmp_path: Path) -> None:
    text = SQUARE + "vt 0 0\nf 1 2 3\nf 1 2 9\nf 0 1 2\nf -9 1 2\nf 1/1 2/5 3/1\nf 1 2\n"

    contents = read(tmp_path, text, report := Report())

    assert len(contents.parts[0].triangles) == 2
    assert said(report) == {
        "thing.obj:7": "'f 1 2 9' names what the file does not have; the face is left out (3 such faces)",
        "thing.obj:10": "'f 1/1 2/5 3/1' names what the file does not have; what it does not have is left out",
        "thing.obj:f": "faces of less than three corners are left out, the first in line 11",
    }


def test_coordinates_that_no_line_of_the_file_has_are_one_note(tmp_path: Path) -> None:
    (part,) = read(
        tmp_path, SQUARE + "vn 0 0 1\nf 1/1/1 2/2/1 3/3/1\nf 1/1/1 3/3/1 4/4/1", report := Report(strict=True)
    ).parts

    assert part.uvs is None and part.normals is not None
    assert said(report) == {"thing.obj:texture coordinates": "faces name texture coordinates, and the file has none"}


def test_libraries_and_materials_that_are_missing_are_said_by_name(tmp_path: Path) -> None:
    (tmp_path / "here.mtl").write_text("newmtl a\n")
    text = SQUARE + "mtllib here.mtl gone.mtl\nusemtl b\nf 1 2 3"

    contents = read(tmp_path, text, report := Report())

    assert len(contents.parts[0].triangles) == 1 and not contents.looks
    assert "gone.mtl" in said(report)["thing.obj:5"] and "no library" in said(report)["thing.obj:usemtl b"]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [("v 1 2", "3 or 4 or 6 or 7 numbers after v"), ("vn 0 O 1", "3 numbers after vn"), ("f 1 2 c", "is not a face")],
)
def test_a_line_that_cannot_be_read_is_an_error_with_its_number(tmp_path: Path, line: str, wanted: str) -> None:
    with pytest.raises(AssetError, match=rf"thing\.obj:6: '{line}' .*{wanted}"):
        read(tmp_path, f"# one\n{SQUARE}{line}\nf 1 2 3\n")


def test_line_numbers_are_an_editors_after_continued_lines(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"thing\.obj:7"):
        read(tmp_path, f"{SQUARE}f 1 2 \\\n3\nv 1 x 2\n")


def test_a_file_without_points_is_an_error(tmp_path: Path) -> None:
    for text in (b"", b"\x00\x01\x02 not an obj", b"o nothing\n"):
        with pytest.raises(AssetError, match="has no points"):
            read(tmp_path, text)


def test_a_unit_in_a_comment_counts(tmp_path: Path) -> None:
    assert read(tmp_path, "# File units = centimeters\n" + SQUARE + "f 1 2 3").unit == 0.01


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_what_trimesh_writes_is_read(tmp_path: Path, seed: int, has_normals: bool, has_uvs: bool) -> None:
    rng = np.random.default_rng(seed)
    points = np.round(rng.normal(size=(20, 3)), 6)
    faces = rng.permuted(np.tile(np.arange(20), (12, 1)), axis=1)[:, :3]
    mesh = trimesh.Trimesh(points, faces, process=False)
    uvs = np.round(rng.random((20, 2)), 6)
    if has_uvs:
        mesh.visual = trimesh.visual.TextureVisuals(uv=uvs)

    text = trimesh.exchange.obj.export_obj(mesh, include_normals=has_normals, write_texture=False)
    (part,) = read(tmp_path, str(text)).parts

    assert np.allclose(part.points[part.triangles], points[faces], atol=1e-6)
    assert (part.uvs is not None) == has_uvs and (part.uvs is None or np.allclose(part.uvs, uvs[faces], atol=1e-6))
    if has_normals:
        assert part.normals is not None
        assert np.allclose(part.normals, mesh.vertex_normals[faces], atol=1e-5)
