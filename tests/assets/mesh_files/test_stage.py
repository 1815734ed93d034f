"""What becomes of a mesh file on a stage: normals, units, axes and looks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pxr import Usd, UsdGeom

from rendersdg.assets.arguments import Reading
from rendersdg.assets.mesh_files.stage import mesh_stage
from rendersdg.errors import Report
from tests.assets import solids


def stage_of(file: Path, report: Report | None = None, reading: Reading | None = None) -> Usd.Stage:
    return mesh_stage(str(file), lambda label, pixels: f"rendersdg:embedded/{label}", report or Report(), reading)


def meshes(stage: Usd.Stage) -> list[UsdGeom.Mesh]:
    return [UsdGeom.Mesh(p) for p in stage.Traverse() if p.IsA(UsdGeom.Mesh)]


def corners(stage: Usd.Stage) -> tuple[np.ndarray, np.ndarray]:
    """Return the points and the normals (T, 3, 3) at the corners of a stage's first mesh."""
    mesh = meshes(stage)[0]
    indices = np.asarray(mesh.GetFaceVertexIndicesAttr().Get())
    assert mesh.GetNormalsInterpolation() == "faceVarying"
    normals = np.asarray(mesh.GetNormalsAttr().Get(), float)
    return np.asarray(mesh.GetPointsAttr().Get())[indices].reshape(-1, 3, 3), normals.reshape(-1, 3, 3)


@pytest.mark.parametrize("part", [solids.cube, solids.washer, solids.gear, solids.bent_sheet, solids.scanned_blob])
def test_a_part_in_stl_has_the_normals_that_its_maker_drew(tmp_path: Path, part: object) -> None:
    soup, true = part()  # type: ignore[operator]
    (tmp_path / "part.stl").write_bytes(solids.stl(soup))

    points, normals = corners(stage_of(tmp_path / "part.stl"))

    assert np.allclose(points, soup, atol=1e-4)
    assert solids.off_by(normals, true).max() < 2.0 and solids.off_by(normals, true).mean() < 0.25


def test_an_angle_of_zero_shows_every_facet(tmp_path: Path) -> None:
    soup, _ = solids.washer()
    (tmp_path / "part.stl").write_bytes(solids.stl(soup))

    _, normals = corners(stage_of(tmp_path / "part.stl", None, Reading(crease=0.0)))

    assert solids.off_by(normals, solids.flat(soup)).max() < 0.1


def test_faces_that_are_wound_against_the_rest_are_turned(tmp_path: Path) -> None:
    soup, true = solids.washer()
    mixed = soup.copy()
    mixed[3:9] = mixed[3:9, ::-1]
    (tmp_path / "part.stl").write_bytes(solids.stl(mixed))

    points, normals = corners(stage_of(tmp_path / "part.stl"))

    assert np.allclose(points, soup, atol=1e-5) and solids.off_by(normals, true).max() < 0.1


def test_the_unit_is_said_once_with_a_guess_where_metres_make_no_sense(tmp_path: Path) -> None:
    (tmp_path / "washer.stl").write_bytes(solids.stl(solids.washer()[0]))
    (tmp_path / "small.stl").write_bytes(solids.stl(solids.washer()[0] / 1000))

    stage = stage_of(tmp_path / "washer.stl", report := Report())
    stage_of(tmp_path / "small.stl", quiet := Report())

    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0 and UsdGeom.GetStageUpAxis(stage) == "Z"
    (entry,) = report.as_json()
    assert "read as metres, with Z up, so it is 16 m long; this looks like mm: write unit=mm" in entry["text"]
    assert [e["text"] for e in quiet.as_json()] == [
        "the file states no unit; it is read as metres, with Z up (unit= and up_axis= say otherwise)"
    ]


def test_a_unit_that_the_file_states_is_used_and_said(tmp_path: Path) -> None:
    (tmp_path / "washer.stl").write_bytes(solids.stl(solids.washer()[0], b"CAD 3.1 units=mm"))

    stage = stage_of(tmp_path / "washer.stl", report := Report())

    assert UsdGeom.GetStageMetersPerUnit(stage) == 0.001
    assert [e["text"] for e in report.as_json()] == ["it is read in millimetres, as the file states: CAD 3.1 units=mm"]


def test_what_is_said_of_a_file_comes_before_what_it_states(tmp_path: Path) -> None:
    (tmp_path / "washer.stl").write_bytes(solids.stl(solids.washer()[0], b"units=mm"))

    stage = stage_of(tmp_path / "washer.stl", report := Report(), Reading(unit=0.01, up_axis="Y"))

    assert UsdGeom.GetStageMetersPerUnit(stage) == 0.01 and UsdGeom.GetStageUpAxis(stage) == "Y"
    assert report.as_json() == []


def test_colours_of_faces_are_display_colours(tmp_path: Path) -> None:
    attributes = np.full(12, 0x8000 | 31, np.uint16)
    (tmp_path / "cube.stl").write_bytes(solids.stl(solids.cube()[0], attributes=attributes))

    stage = stage_of(tmp_path / "cube.stl")

    assert np.array_equal(np.asarray(meshes(stage)[0].GetDisplayColorAttr().Get()), [[0, 0, 1]] * 36)
