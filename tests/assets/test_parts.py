"""Shapes laid between points, and prisms: where they end, and that they look outwards."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.assets.parts import beam, frustum, limb, open_box, profiled, rod, turned, wheel
from rendersdg.shapes import Shape, box


def volume(shape: Shape) -> float:
    a, b, c = (shape.vertices[shape.triangles[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def test_a_rod_runs_from_its_start_to_its_end() -> None:
    shape = rod((1, 0, 0), (1, 0, 2), 0.1, 64)

    np.testing.assert_allclose(
        [shape.vertices.min(0), shape.vertices.max(0)], [[0.9, -0.1, 0], [1.1, 0.1, 2]], atol=1e-9
    )
    assert volume(shape) == pytest.approx(2 * np.pi * 0.01, rel=0.01)


@pytest.mark.parametrize("end", [(1, 0, 0), (0, 1, 0), (0, 0, -1), (1, 2, 3)])
def test_what_lies_between_two_points_keeps_its_outside(end: tuple[float, float, float]) -> None:
    length = float(np.linalg.norm(end))

    assert volume(beam((0, 0, 0), end, (0.1, 0.2))) == pytest.approx(0.02 * length)
    assert volume(limb((0, 0, 0), end, 0.1)) == pytest.approx(np.pi * (0.01 * length + 0.004 / 3), rel=0.03)


def test_a_frustum_has_the_volume_of_its_formula() -> None:
    assert volume(frustum((2, 2), (1, 1), (1, 4), shift_x=0.3)) == pytest.approx(3 / 3 * (4 + 1 + 2), rel=1e-9)


def test_a_profile_is_seen_from_minus_y_as_it_is_drawn() -> None:
    shape = profiled([(0, 0), (2, 0), (2, 1)], 0.5)

    np.testing.assert_allclose(shape.vertices.min(0), [0, -0.25, 0], atol=1e-9)
    np.testing.assert_allclose(shape.vertices.max(0), [2, 0.25, 1], atol=1e-9)
    assert volume(shape) == pytest.approx(0.5)


def test_a_turn_is_counter_clockwise_seen_from_the_tip_of_the_axis() -> None:
    shape = turned(box((0.1, 0.1, 0.1), (1, 0, 0)), 2, 90)

    np.testing.assert_allclose(shape.vertices.mean(0), [0, 1, 0], atol=1e-9)


def test_an_open_box_holds_something_and_a_wheel_rolls_along_x() -> None:
    assert volume(open_box((1, 1, 1), 0.1)) == pytest.approx(1 - 0.8 * 0.8 * 0.9)
    np.testing.assert_allclose(np.ptp(wheel((0, 0, 0), 0.5, 0.2).vertices, axis=0), [1, 0.2, 1], atol=1e-9)
