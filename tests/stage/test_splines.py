"""Splines: ends, middles and sums that are known."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.stage.splines import BASES, bspline_weights, curve_weights, segment_count

POINTS = np.array([[0, 0], [1, 2], [3, 2], [4, 0]], float)


@pytest.mark.parametrize("wrap", ["nonperiodic", "periodic", "pinned"])
@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("count", [4, 6, 7, 9])
def test_shares_are_one_in_all(count: int, basis: str, wrap: str) -> None:
    if segment_count(count, basis, wrap):
        vertex, varying = curve_weights(count, basis, wrap, 5)

        assert np.allclose(vertex.sum(1), 1) and np.allclose(varying.sum(1), 1)
        assert vertex.shape == (segment_count(count, basis, wrap) * 5 + (wrap != "periodic"), count)


KNOWN = {  # basis and wrap: the first, the middle and the last point of the four above
    ("linear", "nonperiodic"): ([0, 0], [2, 2], [4, 0]),
    ("bezier", "nonperiodic"): ([0, 0], [2, 1.5], [4, 0]),  # (P0 + 3 P1 + 3 P2 + P3) / 8
    ("bspline", "nonperiodic"): ([7 / 6, 10 / 6], [2, 92 / 48], [17 / 6, 10 / 6]),  # (1 4 1) / 6, (1 23 23 1) / 48
    ("catmullRom", "nonperiodic"): ([1, 2], [2, 2.25], [3, 2]),  # (-1 9 9 -1) / 16
    ("bspline", "pinned"): ([0, 0], [2, 92 / 48], [4, 0]),
    ("catmullRom", "pinned"): ([0, 0], [2, 2.25], [4, 0]),
}


@pytest.mark.parametrize("basis, wrap", KNOWN)
def test_four_points_make_the_curve_that_is_known(basis: str, wrap: str) -> None:
    line = curve_weights(4, basis, wrap, 8)[0] @ POINTS

    assert np.allclose([line[0], line[len(line) // 2], line[-1]], KNOWN[basis, wrap])


def test_a_closed_curve_runs_through_its_beginning() -> None:
    line = curve_weights(4, "catmullRom", "periodic", 4)[0] @ POINTS

    assert len(line) == 16
    assert np.allclose(line[::4], POINTS[[1, 2, 3, 0]])


def test_points_that_make_no_curve_are_known_as_such() -> None:
    assert [segment_count(n, "bezier", "nonperiodic") for n in (3, 4, 5, 7)] == [0, 1, 0, 2]
    assert segment_count(3, "bspline", "nonperiodic") == segment_count(1, "linear", "nonperiodic") == 0


def test_a_b_spline_with_full_knots_is_a_bezier_curve() -> None:
    knots = np.array([0, 0, 0, 0, 1, 1, 1, 1], float)
    shares, parameters = bspline_weights(4, 4, knots, None, 8)

    assert np.allclose(shares, curve_weights(4, "bezier", "nonperiodic", 8)[0]) and parameters[-1] == 1


def test_a_uniform_b_spline_is_that_of_basis_curves() -> None:
    shares, _ = bspline_weights(6, 4, np.arange(10.0), None, 5)

    assert np.allclose(shares, curve_weights(6, "bspline", "nonperiodic", 5)[0])


def test_weights_make_a_circle_of_nine_points() -> None:
    root = np.sqrt(0.5)
    points = np.array([[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1], [1, 0]], float)
    weights = np.array([1, root, 1, root, 1, root, 1, root, 1])
    shares, _ = bspline_weights(9, 3, np.array([0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 4], float), None, 7)
    shares = shares * weights / (shares @ weights)[:, None]

    assert np.allclose(np.linalg.norm(shares @ points, axis=1), 1)


def test_a_part_of_a_b_spline_ends_where_it_is_to() -> None:
    _, parameters = bspline_weights(6, 4, np.arange(10.0), (3.5, 4.5), 4)

    assert (parameters[0], parameters[-1]) == (3.5, 4.5)
