"""Subdivision surfaces tend to their known limits."""

from __future__ import annotations

import numpy as np
import pytest
from pxr import Usd, UsdGeom

from rendersdg.errors import Report
from rendersdg.stage.parts import read_parts
from rendersdg.stage.subdivision import Cage, Rules, boundary_faces, loop, refined


def test_catmull_clark_of_a_cube_tends_to_its_known_limit() -> None:
    stage = Usd.Stage.CreateInMemory()
    mesh = UsdGeom.Mesh.Define(stage, "/m")
    corners = [(x, y, z) for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)]
    mesh.CreatePointsAttr(corners)
    mesh.CreateFaceVertexCountsAttr([4] * 6)
    mesh.CreateFaceVertexIndicesAttr([0, 2, 3, 1, 4, 5, 7, 6, 0, 1, 5, 4, 2, 6, 7, 3, 0, 4, 6, 2, 1, 3, 7, 5])

    (part,) = read_parts(mesh.GetPrim(), Usd.TimeCode.Default(), Report())

    radius = np.linalg.norm(part.mesh.vertices, axis=1)
    # one step moves a corner of the unit cube to 5/9 of its place (face, edge and old point with n = 3)
    assert len(part.mesh.triangles) == 6 * 16 * 2
    assert radius.min() > 0.85 and radius.max() < 1.05


def cage_of(points: list[tuple[float, ...]], faces: list[list[int]], data: np.ndarray | None = None) -> Cage:
    indices = np.concatenate([np.array(f) for f in faces])
    return Cage(
        points=np.array(points, float),
        counts=np.array([len(f) for f in faces]),
        indices=indices,
        data=np.zeros((len(indices), 0)) if data is None else data,
        creases={},
        corners={},
        parent=np.arange(len(faces)),
    )


GRID = [(x, y, 0.0) for y in range(4) for x in range(4)]
CELLS = [[4 * y + x, 4 * y + x + 1, 4 * y + x + 5, 4 * y + x + 4] for y in range(3) for x in range(3)]
OCTAHEDRON = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]
SIDES = [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]]


def test_loop_of_an_octahedron_moves_its_points_by_loops_weights() -> None:
    finer = loop(cage_of(OCTAHEDRON, SIDES))

    # beta of four neighbours is (5/8 - 9/64) / 4; across an edge lie two points that cancel out
    assert np.allclose(finer.points[0], [1 - (0.625 - 0.140625), 0, 0])
    assert sorted(np.round(np.linalg.norm(finer.points[6:], axis=1), 6)) == [round(0.375 * np.sqrt(2), 6)] * 12
    assert finer.counts.tolist() == [3] * 32 and finer.parent.tolist() == [k // 4 for k in range(32)]


def test_loop_keeps_a_flat_boundary_and_its_corners() -> None:
    finer = loop(cage_of([(0, 0, 0), (2, 0, 0), (0, 2, 0)], [[0, 1, 2]]))

    assert np.allclose(finer.points[:3], [[0, 0, 0], [2, 0, 0], [0, 2, 0]])
    assert {tuple(p) for p in finer.points[3:].tolist()} == {(1, 0, 0), (0, 1, 0), (1, 1, 0)}


@pytest.mark.parametrize("rule, corner", [("edgeAndCorner", 0.0), ("edgeOnly", 0.125), ("none", 0.0)])
def test_corners_of_a_boundary_follow_the_rule(rule: str, corner: float) -> None:
    finer, _ = refined(cage_of(GRID, CELLS), Rules(boundary=rule), 1, 10_000)

    assert np.allclose(finer.points[0], [corner, corner, 0])


def test_without_a_rule_for_boundaries_only_what_touches_none_is_drawn() -> None:
    stage = Usd.Stage.CreateInMemory()
    mesh = UsdGeom.Mesh.Define(stage, "/m")
    mesh.CreatePointsAttr(GRID)
    mesh.CreateFaceVertexCountsAttr([4] * 9)
    mesh.CreateFaceVertexIndicesAttr(np.concatenate(CELLS).tolist())
    mesh.CreateInterpolateBoundaryAttr("none")
    (part,) = read_parts(mesh.GetPrim(), Usd.TimeCode.Default(), Report())

    assert boundary_faces(cage_of(GRID, CELLS)) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert np.allclose(part.mesh.vertices[:, :2].min(0), 1, atol=0.3) and len(part.mesh.triangles) == 32


def test_smooth_triangles_weigh_their_middles_more() -> None:
    points = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
    faces = [[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]]
    usual, smooth = (
        refined(cage_of(points, faces), Rules(has_smooth_triangles=is_smooth), 1, 100)[0] for is_smooth in (False, True)
    )

    # of the edge from 0 to 1: middle (1, 0, 0), faces' middles (1, 1, -1) / 3 and (1, -1, 1) / 3
    assert [float(np.abs(c.points[4:10]).max()) for c in (usual, smooth)] == pytest.approx([2 / 3, 0.06 + 0.94 / 3])


def test_texture_coordinates_are_smoothed_within_a_chart_and_straight_where_they_are_to_be() -> None:
    uv = np.array([(x / 3, y / 3) for y in range(4) for x in range(4)])
    uv[5] += [0.1, 0.0]  # an inner point is pulled aside
    at = np.concatenate(CELLS)

    def after(seams: str) -> np.ndarray:
        cage, _ = refined(cage_of(GRID, CELLS, uv[at]), Rules(seams=seams), 1, 10_000, uvs=2)
        return np.asarray(cage.data[cage.indices == 5][0])

    # of a point with four faces: 9/16 stay with it; all others lie where they lay in a straight grid
    assert after("all") == pytest.approx(uv[5])
    assert after("cornersPlus1") == pytest.approx([1 / 3 + 0.1 * 9 / 16, 1 / 3])
    assert after("boundaries") == pytest.approx([1 / 3 + 0.1 * 9 / 16, 1 / 3])


@pytest.mark.parametrize("seams, corner", [("none", 1 / 24), ("cornersOnly", 0.0), ("boundaries", 0.0), ("all", 0.0)])
def test_corners_of_a_chart_follow_the_rule(seams: str, corner: float) -> None:
    uv = np.array([(x / 3, y / 3) for y in range(4) for x in range(4)])
    cage, _ = refined(cage_of(GRID, CELLS, uv[np.concatenate(CELLS)]), Rules(seams=seams), 1, 10_000, uvs=2)

    assert cage.data[0] == pytest.approx([corner, corner])


def test_a_seam_stays_a_seam() -> None:
    """Two charts beside each other: their common edge has both coordinates, on both sides of the refined seam."""
    faces = [[0, 1, 4, 3], [1, 2, 5, 4]]
    points = [(x, y, 0.0) for y in range(2) for x in range(3)]
    uv = np.array([(0, 0), (0.4, 0), (0.4, 1), (0, 1), (0.6, 0), (1, 0), (1, 1), (0.6, 1)], float)
    cage, _ = refined(cage_of(points, faces, uv), Rules(seams="cornersPlus1"), 1, 100, uvs=2)
    seam = np.isclose(cage.points[cage.indices][:, 0], 1)

    assert set(np.round(cage.data[seam][:, 0], 6)) == {0.4, 0.6}


def test_creases_of_one_value_or_one_an_edge_are_the_same() -> None:
    def points(sharpness: list[float]) -> np.ndarray:
        stage = Usd.Stage.CreateInMemory()
        mesh = UsdGeom.Mesh.Define(stage, "/m")
        mesh.CreatePointsAttr([(x, y, z) for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)])
        mesh.CreateFaceVertexCountsAttr([4] * 6)
        mesh.CreateFaceVertexIndicesAttr([0, 2, 3, 1, 4, 5, 7, 6, 0, 1, 5, 4, 2, 6, 7, 3, 0, 4, 6, 2, 1, 3, 7, 5])
        mesh.CreateCreaseLengthsAttr([5])
        mesh.CreateCreaseIndicesAttr([4, 5, 7, 6, 4])
        mesh.CreateCreaseSharpnessesAttr(sharpness)
        (part,) = read_parts(mesh.GetPrim(), Usd.TimeCode.Default(), Report())
        return part.mesh.vertices

    top = points([10.0])
    assert np.array_equal(top, points([10.0] * 4))
    assert top[:, 2].max() == pytest.approx(1)  # the crease round the top keeps it flat and up


def test_creases_that_do_not_fit_are_named_and_left_out() -> None:
    stage, report = Usd.Stage.CreateInMemory(), Report()
    mesh = UsdGeom.Mesh.Define(stage, "/m")
    mesh.CreatePointsAttr(GRID)
    mesh.CreateFaceVertexCountsAttr([4] * 9)
    mesh.CreateFaceVertexIndicesAttr(np.concatenate(CELLS).tolist())
    mesh.CreateCreaseLengthsAttr([2])
    mesh.CreateCreaseIndicesAttr([5, 99])
    mesh.CreateCreaseSharpnessesAttr([3.0])
    mesh.CreateCornerIndicesAttr([0, 99])
    mesh.CreateCornerSharpnessesAttr([3.0, 3.0])

    assert read_parts(mesh.GetPrim(), Usd.TimeCode.Default(), report)
    assert "/m.creaseIndices" in str(report.entries) and "/m.cornerIndices" in str(report.entries)
