"""STL files of both kinds: shape, solids, colours, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rendersdg.assets.mesh_files.stl import read_stl
from rendersdg.errors import AssetError, Report
from tests.assets import solids

CUBE = solids.cube()[0]


def write(folder: Path, content: bytes | str) -> str:
    file = folder / "part.stl"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(file)


def test_both_kinds_hold_the_same(tmp_path: Path) -> None:
    binary = read_stl(write(tmp_path, solids.stl(CUBE)), Report()).parts[0]
    text = read_stl(write(tmp_path, solids.ascii_stl(CUBE)), Report()).parts[0]

    for part in (binary, text):
        assert part.name == "part.stl" and len(part.points) == 8
        assert np.array_equal(part.points[part.triangles], CUBE)


def test_solids_are_parts_by_their_names(tmp_path: Path) -> None:
    content = solids.ascii_stl(CUBE, "base plate") + solids.ascii_stl(CUBE + 3, "lid")

    parts = read_stl(write(tmp_path, content), Report()).parts

    assert [p.name for p in parts] == ["base plate", "lid"]
    assert parts[1].points.min() == pytest.approx(2.5)


def test_a_binary_file_may_begin_as_text_does(tmp_path: Path) -> None:
    assert len(read_stl(write(tmp_path, solids.stl(CUBE, b"solid facet")), Report()).parts[0].triangles) == 12


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(arrays(np.float32, (5, 3, 3), elements=st.floats(-8, 8, width=16)), st.booleans())
def test_what_trimesh_writes_is_read(tmp_path: Path, corners: np.ndarray, is_text: bool) -> None:
    mesh = trimesh.Trimesh(corners.reshape(-1, 3), np.arange(15).reshape(-1, 3), process=False)
    content = mesh.export(file_type="stl_ascii" if is_text else "stl")

    part = read_stl(write(tmp_path, content), Report()).parts[0]

    assert np.allclose(part.points[part.triangles], corners, atol=1e-6)


def test_colours_of_viscam_are_linear_and_the_rest_is_grey(tmp_path: Path) -> None:
    red, green = 0x8000 | 31 << 10, 0x8000 | 15 << 5
    attributes = np.zeros(12, np.uint16)
    attributes[:2], attributes[2:4] = red, green

    colours = read_stl(write(tmp_path, solids.stl(CUBE, attributes=attributes)), Report()).parts[0].colours

    assert colours is not None and colours[0, 0].tolist() == [1, 0, 0]
    assert colours[2, 1] == pytest.approx([0, ((15 / 31 + 0.055) / 1.055) ** 2.4, 0], abs=1e-6)
    assert (colours[4:] == 0.5).all()


def test_colours_of_materialise_run_the_other_way_and_begin_with_the_whole(tmp_path: Path) -> None:
    attributes = np.full(12, 0x8000, np.uint16)
    attributes[0] = 31  # red there, blue elsewhere
    content = solids.stl(CUBE, b"COLOR=" + bytes([0, 255, 0, 255]), attributes)

    colours = read_stl(write(tmp_path, content), Report()).parts[0].colours

    assert colours is not None
    assert colours[0, 0].tolist() == [1, 0, 0] and colours[5, 2].tolist() == [0, 1, 0]


def test_a_header_with_a_colour_counts_for_triangles_that_all_have_none(tmp_path: Path) -> None:
    content = solids.stl(CUBE, b"COLOR=" + bytes([0, 255, 0, 255]), np.zeros(12, np.uint16))

    colours = read_stl(write(tmp_path, content), Report()).parts[0].colours

    assert colours is not None
    assert (colours == [0, 1, 0]).all()


def test_attributes_that_are_not_colours_are_said(tmp_path: Path) -> None:
    report = Report()

    part = read_stl(write(tmp_path, solids.stl(CUBE, attributes=np.full(12, 7, np.uint16))), report).parts[0]

    assert part.colours is None and "not colours" in str(report.as_json())


def test_units_in_a_header_count(tmp_path: Path) -> None:
    assert read_stl(write(tmp_path, solids.stl(CUBE, b"exported by CAD, units=mm")), Report()).unit == 0.001
    assert read_stl(write(tmp_path, solids.ascii_stl(CUBE, "part units: inches")), Report()).unit == 0.0254
    assert read_stl(write(tmp_path, solids.stl(CUBE)), Report()).unit is None


def test_a_file_that_is_cut_off_gives_what_is_there(tmp_path: Path) -> None:
    report = Report()

    contents = read_stl(write(tmp_path, solids.stl(CUBE)[:-60]), report)

    assert len(contents.parts[0].triangles) == 10
    assert "10 of its 12 triangles" in str(report.as_json())


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 100 + b"x"])
def test_what_is_not_stl_is_an_error(tmp_path: Path, content: bytes) -> None:
    try:
        contents = read_stl(write(tmp_path, content), report := Report())
    except AssetError as error:
        assert "part.stl" in str(error)
    else:
        assert not contents.parts and "nothing is drawn" in str(report.as_json())


def test_an_error_in_text_has_its_line(tmp_path: Path) -> None:
    broken = solids.ascii_stl(CUBE).replace("vertex", "vertex O", 3).split("\n")
    line = next(k for k, text in enumerate(broken, 1) if "vertex O" in text)

    with pytest.raises(AssetError, match=rf"part\.stl:{line}: 'vertex O"):
        read_stl(write(tmp_path, "\n".join(broken)), Report())


def test_corners_without_numbers_are_left_out(tmp_path: Path) -> None:
    soup = CUBE.copy()
    soup[3, 1, 2] = np.nan

    part = read_stl(write(tmp_path, solids.stl(soup)), report := Report()).parts[0]

    assert len(part.triangles) == 11 and "1 triangle with NaN" in str(report.as_json())
