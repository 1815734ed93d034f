"""Unfolding keeps lengths and crosses edges as paper does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.shapes import Shape, box, sphere, torus
from rendersdg.snapshot import Mesh
from rendersdg.stage.unfold import Topology, topology, unfold


def mesh_of(made: Shape) -> Mesh:
    return Mesh("test", made.vertices, made.normals, made.uvs, np.ones_like(made.vertices), made.triangles)


def test_a_cube_unfolds_over_its_edge_like_paper() -> None:
    mesh = mesh_of(box())
    points = mesh.vertices.astype(float)[mesh.triangles] * 0.1  # a cube of 10 cm
    normal = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    centre = np.array([0.03, 0.0, 0.05])
    seed = int(np.flatnonzero((normal[:, 2] > 0) & (points[:, :, 0].max(1) > 0.049) & (_holds(points, centre)))[0])
    sheet = unfold(topology(mesh), points, seed, centre, np.array([1.0, 0, 0]), 0.06)
    side = np.array([0.05, 0.01, 0.03])  # 2 cm to the edge and 2 cm down the +X side

    k = next(i for i, t in enumerate(sheet.triangles) if normal[t, 0] > 1e-9 and _holds(points[t][None], side)[0])
    s, t = sheet.rows[k] @ np.append(side - centre, 1.0)
    assert (s, t) == pytest.approx((0.04, 0.01), abs=1e-9)
    assert sheet.stretch[k] < 1e-9


def _holds(triangles: np.ndarray, point: np.ndarray) -> np.ndarray:
    a, b, c = (triangles[:, k] for k in range(3))
    n = np.cross(b - a, c - a)
    inside = np.abs(((point - a) * n).sum(1)) < 1e-12
    for p, q in ((a, b), (b, c), (c, a)):
        inside &= (np.cross(q - p, point - p) * n).sum(1) >= -1e-12
    return inside


@pytest.mark.parametrize("made", [sphere(), torus()])
def test_a_seam_of_texture_coordinates_is_no_edge_of_the_surface(made: Shape) -> None:
    topo = topology(mesh_of(made))
    points = made.vertices[made.triangles]
    area = np.linalg.norm(np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]), axis=1)

    assert (topo.across[area > 1e-9] >= 0).all()  # closed: every edge has two sides


@given(st.integers(0, 10_000), st.floats(0.005, 0.03))
@settings(max_examples=25, deadline=None)
def test_a_small_neighbourhood_keeps_its_lengths(pick: int, radius: float) -> None:
    mesh = mesh_of(sphere())
    points = mesh.vertices.astype(float)[mesh.triangles] * 0.2
    area = np.linalg.norm(np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]), axis=1)
    seed = int(np.flatnonzero(area > np.median(area))[pick % (len(area) // 2)])
    centre = points[seed].mean(0)
    sheet = unfold(topology(mesh), points, seed, centre, np.array([0.3, 0.5, 0.8]), radius)

    near = np.linalg.norm(points[sheet.triangles].mean(1) - centre, axis=1) < radius
    assert sheet.stretch[near].max() < 0.15
    flat = np.einsum("kij,kcj->kci", sheet.rows[:, :, :3], points[sheet.triangles] - centre) + sheet.rows[:, None, :, 3]
    away = np.linalg.norm(points[sheet.triangles] - centre, axis=2)
    assert np.allclose(np.linalg.norm(flat, axis=2)[near], away[near], rtol=0.15, atol=1e-4)


@pytest.mark.parametrize("far", [1e80, 1e200])
def test_a_slope_whose_powers_are_no_numbers_is_torn(far: float, monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.array([[[0.0, 0, 0], [0.1, 0, 0], [0, 0.1, 0]]])
    wild = np.array([[[0.0, 0.0], [far, 0.0], [0.0, far]]])
    monkeypatch.setattr("rendersdg.stage.unfold.unfolded", lambda *_, **__: (np.array([0], np.int32), wild))
    topo = Topology(np.array([[0, 1, 2]], np.int32), np.full((1, 3), -1, np.int32), 3)

    with np.errstate(all="raise"):
        sheet = unfold(topo, points, 0, np.zeros(3), np.array([1.0, 0, 0]), 1.0)

    assert not sheet.rows[..., :3].any() and (sheet.rows[..., 3] >= 1e6).all()
