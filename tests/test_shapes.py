"""Shapes: closed surfaces of known area and volume, whose normals look out."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.geometry import affine, euler_rotation
from rendersdg.shapes import Shape, box, capsule, cone, cylinder, joined, smooth_normals, sphere, torus


def volume(shape: Shape) -> float:
    a, b, c = (shape.vertices[shape.triangles[:, k]] for k in range(3))
    return float((np.cross(a, b) * c).sum() / 6)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (box((1, 2, 3)), 6),
        (sphere(0.5), np.pi / 6),
        (cylinder(0.5, 2.0), np.pi / 2),
        (cone(0.5, 3.0), np.pi / 4),
        (torus(0.4, 0.1), 2 * np.pi**2 * 0.4 * 0.1**2),
        (capsule(0.5, 1.0), np.pi / 4 + np.pi / 6),
    ],
    ids=["box", "sphere", "cylinder", "cone", "torus", "capsule"],
)
def test_a_closed_shape_encloses_the_volume_of_its_formula(shape: Shape, expected: float) -> None:
    assert volume(shape) == pytest.approx(expected, rel=0.02)  # chords cut off a little
    assert np.allclose(np.linalg.norm(shape.normals, axis=1), 1, atol=1e-9)
    a, b, c = (shape.vertices[shape.triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    assert ((face[:, None] * shape.normals[shape.triangles]).sum(2) > 0).all()  # counter-clockwise from outside


def test_normals_stay_across_a_surface_that_is_stretched_and_turned() -> None:
    matrix = affine(euler_rotation((10, 20, 30)) @ np.diag([1.0, 2.0, 5.0]), (1, 2, 3))
    moved = box().transformed(matrix)
    a, b, c = (moved.vertices[moved.triangles[:, k]] for k in range(3))

    assert volume(moved) == pytest.approx(10)
    face = np.cross(b - a, c - a)
    face /= np.linalg.norm(face, axis=1, keepdims=True)
    assert np.allclose(moved.normals[moved.triangles], face[:, None], atol=1e-9)


def test_joined_shapes_are_all_of_them() -> None:
    both = joined([box(), sphere().moved((3, 0, 0))])

    assert volume(both) == pytest.approx(volume(box()) + volume(sphere()))
    assert len(both.triangles) == len(box().triangles) + len(sphere().triangles)


def test_smooth_normals_of_a_sphere_point_away_from_its_middle() -> None:
    ball = sphere()

    normals = smooth_normals(ball.vertices, ball.triangles)

    assert np.allclose(normals, ball.vertices / 0.5, atol=0.03)
    assert np.array_equal(ball.displaced(lambda v: v).normals, normals)
