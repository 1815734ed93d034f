"""Curves and points: tubes, ribbons and balls of known places and volumes."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.errors import AssetError, NotSupported, Report
from rendersdg.snapshot import Mesh
from rendersdg.stage.strands import MOST_TRIANGLES
from tests.stage.prims import agreement, mesh_of, meshes_of, prim_of, volume

ROD = """int[] curveVertexCounts = [2]
point3f[] points = [(0, 0, 0), (10, 0, 0)]
uniform token type = "linear"
float[] widths = [2] (interpolation = "constant")"""
OCTAGON = np.sqrt(8)  # area of an octagon of radius 1


def test_a_straight_line_is_a_closed_rod_of_its_width() -> None:
    mesh = mesh_of("BasisCurves", ROD)

    assert volume(mesh) == pytest.approx(10 * OCTAGON, rel=1e-5)
    assert (mesh.vertices.min(0) == [0, -1, -1]).all() and (mesh.vertices.max(0) == [10, 1, 1]).all()
    assert agreement(mesh) > 0.9


CURVES = {  # type, basis, wrap, points along x: where the curve begins and ends
    "linear": ("linear", "bezier", "nonperiodic", 4, 0, 3),
    "bezier": ("cubic", "bezier", "nonperiodic", 7, 0, 6),
    "bspline": ("cubic", "bspline", "nonperiodic", 5, 1, 3),
    "catmullRom": ("cubic", "catmullRom", "nonperiodic", 5, 1, 3),
    "pinned bspline": ("cubic", "bspline", "pinned", 5, 0, 4),
    "pinned catmullRom": ("cubic", "catmullRom", "pinned", 5, 0, 4),
}


@pytest.mark.parametrize("what", CURVES)
def test_curves_end_where_their_basis_says(what: str) -> None:
    kind, basis, wrap, count, first, last = CURVES[what]
    points = ", ".join(f"({k}, 0, 0)" for k in range(count))
    mesh = mesh_of(
        "BasisCurves",
        f'int[] curveVertexCounts = [{count}]\npoint3f[] points = [{points}]\nuniform token type = "{kind}"\n'
        f'uniform token basis = "{basis}"\nuniform token wrap = "{wrap}"\n'
        'float[] widths = [0.2] (interpolation = "constant")',
    )

    assert mesh.vertices[:, 0].min() == pytest.approx(first, abs=1e-5)
    assert mesh.vertices[:, 0].max() == pytest.approx(last, abs=1e-5)
    assert volume(mesh) == pytest.approx((last - first) * OCTAGON * 0.01, rel=1e-3)


def test_a_closed_curve_is_a_ring() -> None:
    angle = np.arange(12) * 2 * np.pi / 12
    points = ", ".join(f"({np.cos(a)}, {np.sin(a)}, 0)" for a in angle)
    mesh = mesh_of(
        "BasisCurves",
        f"""int[] curveVertexCounts = [12]
point3f[] points = [{points}]
uniform token basis = "catmullRom"
uniform token wrap = "periodic"
float[] widths = [0.2] (interpolation = "constant")""",
    )

    assert volume(mesh) == pytest.approx(2 * np.pi * OCTAGON * 0.01, rel=0.01)
    assert agreement(mesh) > 0.8


def test_widths_vary_along_curves_and_from_one_to_the_next() -> None:
    body = """int[] curveVertexCounts = [2, 2]
point3f[] points = [(0, 0, 0), (0, 0, 9), (5, 0, 0), (5, 0, 9)]
uniform token type = "linear"
float[] widths = {} (interpolation = "{}")"""
    tapered = mesh_of("BasisCurves", body.format("[2, 0.2, 1, 1]", "vertex"))
    uniform = mesh_of("BasisCurves", body.format("[2, 1]", "uniform"))

    def radius(mesh: Mesh, x: float, z: float) -> float:
        at = mesh.vertices[(np.abs(mesh.vertices[:, 2] - z) < 1e-6) & (np.abs(mesh.vertices[:, 0] - x) < 2)]
        return float(np.linalg.norm(at[:, :2] - [x, 0], axis=1).max())

    assert [radius(tapered, x, z) for x in (0, 5) for z in (0, 9)] == pytest.approx([1, 0.1, 0.5, 0.5])
    assert [radius(uniform, x, z) for x in (0, 5) for z in (0, 9)] == pytest.approx([1, 1, 0.5, 0.5])


def test_curves_with_normals_are_ribbons_that_look_along_them() -> None:
    mesh = mesh_of("BasisCurves", ROD + "\nnormal3f[] normals = [(0, 0, 1), (0, 0, 1)]")

    assert len(mesh.triangles) == 2 and (mesh.normals == [0, 0, 1]).all()
    assert (mesh.vertices.min(0) == [0, -1, 0]).all() and (mesh.vertices.max(0) == [10, 1, 0]).all()
    assert agreement(mesh) > 0.99


def test_colours_are_those_of_the_curve_or_the_point() -> None:
    colours = '\ncolor3f[] primvars:displayColor = [(1, 0, 0), (0, 0, 1)] (interpolation = "{}")'
    along = mesh_of("BasisCurves", ROD + colours.format("vertex"))
    two = ROD.replace("[2]\n", "[2, 2]\n", 1).replace("(10, 0, 0)]", "(10, 0, 0), (0, 5, 0), (10, 5, 0)]")
    each = mesh_of("BasisCurves", two + colours.format("uniform"))

    assert (along.colours[along.vertices[:, 0] < 1] == [1, 0, 0]).all()
    assert (along.colours[along.vertices[:, 0] > 9] == [0, 0, 1]).all()
    assert (each.colours[each.vertices[:, 1] > 3] == [0, 0, 1]).all() and (each.colours[:5] == [1, 0, 0]).all()


def test_hermite_curves_follow_their_tangents() -> None:
    mesh = mesh_of(
        "HermiteCurves",
        """int[] curveVertexCounts = [2]
point3f[] points = [(0, 0, 0), (4, 0, 0)]
vector3f[] tangents = [(0, 3, 0), (0, -3, 0)]
float[] widths = [0.02] (interpolation = "constant")""",
    )
    # half way: (P0 + P1) / 2 + (T0 - T1) / 8
    assert mesh.vertices[:, 1].max() == pytest.approx(0.75 + 0.01, abs=1e-3)
    assert (mesh.vertices[:, 0].min(), mesh.vertices[:, 0].max()) == pytest.approx((0, 4), abs=0.011)


def test_a_nurbs_circle_is_one() -> None:
    root = float(np.sqrt(0.5))
    corners = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0)]
    mesh = mesh_of(
        "NurbsCurves",
        f"""int[] curveVertexCounts = [9]
int[] order = [3]
double[] knots = [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 4]
point3f[] points = {[(x, y, 0) for x, y in corners]}
double[] pointWeights = {[1, root, 1, root, 1, root, 1, root, 1]}
float[] widths = [0.002] (interpolation = "constant")""",
    )

    assert np.linalg.norm(mesh.vertices[:, :2], axis=1) == pytest.approx(1, abs=2e-3)


def test_points_are_balls_of_their_widths_and_colours() -> None:
    mesh = mesh_of(
        "Points",
        """point3f[] points = [(0, 0, 0), (10, 0, 0)]
float[] widths = [2, 4]
color3f[] primvars:displayColor = [(1, 0, 0), (0, 1, 0)] (interpolation = "vertex")""",
    )
    far = mesh.vertices[:, 0] > 5

    assert volume(mesh) == pytest.approx(4 / 3 * np.pi * (1 + 8), rel=0.05)
    assert np.linalg.norm(mesh.vertices[far] - [10, 0, 0], axis=1) == pytest.approx(2)
    assert (mesh.colours[far] == [0, 1, 0]).all() and (mesh.colours[~far] == [1, 0, 0]).all()
    assert agreement(mesh) > 0.9


@pytest.mark.parametrize("count", [10, 5_000, 200_000])
def test_clouds_and_fur_stay_within_their_room(count: int) -> None:
    report = Report()
    points = prim_of('def Points "a"\n{\nfloat[] widths = [0.1]\n}\n')
    points.GetAttribute("points").Set([(float(k), 0, 0) for k in range(count)])
    fur = prim_of('def BasisCurves "a"\n{\nfloat[] widths = [0.1] (interpolation = "constant")\n}\n')
    fur.GetAttribute("points").Set([(float(k), 0, z) for k in range(count) for z in (0.0, 1.0, 2.0, 3.0)])
    fur.GetAttribute("curveVertexCounts").Set([4] * count)
    for prim in (points, fur):
        [mesh] = meshes_of(prim, report)

        assert 0.05 * MOST_TRIANGLES * min(count / 5_000, 1) < len(mesh.triangles) <= MOST_TRIANGLES * 1.5
        assert np.ptp(mesh.vertices[:, 0]) == pytest.approx(count, rel=0.2)
    assert bool(report.entries) == (count > 100_000)


def test_what_has_no_widths_is_thin_and_said_to_be_so() -> None:
    report = Report()
    mesh = mesh_of("BasisCurves", "\n".join(ROD.splitlines()[:3]), report)

    assert mesh.vertices[:, 1].max() == pytest.approx(0.05, rel=0.01)  # a hundredth of ten units across
    assert "no widths" in str(report.entries)


WRONG = {
    "curveVertexCounts sum to 3": ROD.replace("[2]\n", "[3]\n", 1),
    "NaN": ROD.replace("(10, 0, 0)", "(nan, 0, 0)"),
}


@pytest.mark.parametrize("words", WRONG)
def test_arrays_that_do_not_fit_are_named(words: str) -> None:
    with pytest.raises(AssetError, match=words):
        mesh_of("BasisCurves", WRONG[words])


def test_curves_without_a_segment_are_named_and_the_others_drawn() -> None:
    report = Report()
    body = ROD.replace("[2]\n", "[2, 1]\n", 1).replace("(10, 0, 0)]", "(10, 0, 0), (0, 9, 0)]")

    assert mesh_of("BasisCurves", body, report).vertices[:, 1].max() == 1
    assert "1 of its 2 curves" in str(report.entries)
    with pytest.raises(NotSupported):
        mesh_of("BasisCurves", body, Report(strict=True))


def test_wrong_lengths_of_primvars_are_said_with_what_is_needed() -> None:
    report = Report()
    wrong = '\ncolor3f[] primvars:displayColor = [(1, 0, 0), (0, 1, 0), (0, 0, 1)] (interpolation = "vertex")'
    mesh_of("BasisCurves", ROD + wrong, report)

    assert "/a.primvars:displayColor" in str(report.entries) and "3 values" in str(report.entries)
