"""Unrolling: lengths known by hand, a slow implementation, and meshes that are not any."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.kernels.unfold import unfolded
from rendersdg.snapshot import Mesh
from rendersdg.stage.unfold import topology


def mesh_of(points: Any, triangles: Any) -> Mesh:
    points = np.array(points, np.float32).reshape(-1, 3)
    up = np.broadcast_to(np.float32([0, 0, 1]), points.shape).copy()
    return Mesh(
        "m", points, up, points[:, :2].copy(), np.ones_like(points), np.array(triangles, np.int32).reshape(-1, 3)
    )


def arguments(mesh: Mesh, seed: int = 0, radius: float = 1e9) -> dict[str, Any]:
    topo, points = topology(mesh), mesh.vertices[mesh.triangles].astype(float)
    return {
        "points": points,
        "corners": topo.corners,
        "across": topo.across,
        "places": topo.places,
        "seed": seed,
        "centre": points[seed].mean(0),
        "axis": np.array([1.0, 0, 0]),
        "radius": radius,
    }


def slow(
    points: np.ndarray,
    corners: np.ndarray,
    across: np.ndarray,
    *,
    places: int,
    seed: int,
    centre: np.ndarray,
    axis: np.ndarray,
    radius: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Unroll with Python's own heap and NumPy's own vectors."""

    def dot(u: np.ndarray, v: np.ndarray) -> float:
        return float(u[0] * v[0] + u[1] * v[1] + u[2] * v[2])

    n = np.cross(points[seed, 1] - points[seed, 0], points[seed, 2] - points[seed, 0])
    n = n / np.sqrt(dot(n, n))
    x = axis - n * dot(axis, n)
    x = x / np.sqrt(dot(x, x))
    y = np.cross(n, x)
    flat: dict[int, np.ndarray] = {}
    for k in range(3):
        p = points[seed, k] - centre
        flat[int(corners[seed, k])] = np.array([dot(p, x), dot(p, y)])
    heap = [(0.0, seed, -1)]
    found: list[int] = []
    while heap:
        _, t, by = heapq.heappop(heap)
        if t in found:
            continue
        found.append(t)
        if by >= 0:
            source, side = divmod(by, 3)
            i, j = int(corners[source, side]), int(corners[source, (side + 1) % 3])
            m = max((c for c in range(3) if corners[t, c] not in (i, j)), default=0)
            third = int(corners[t, m])
            if third not in flat:
                start = points[source, side]
                edge = points[source, (side + 1) % 3] - start
                length = np.sqrt(dot(edge, edge))
                flat[third] = flat[i].copy()
                if length > 0:
                    p = points[t, m] - start
                    along = dot(p, edge) / length
                    off = p - edge * (along / length)
                    away = np.sqrt(dot(off, off))
                    ex, ey = (flat[j] - flat[i]) / length
                    flat[third] += [ex * along + ey * away, ey * along - ex * away]
        for k in range(3):
            other = int(across[t, k])
            if other >= 0 and other not in found:
                a, b = flat[int(corners[t, k])], flat[int(corners[t, (k + 1) % 3])]
                d = b - a
                square = d[0] * d[0] + d[1] * d[1]
                s = min(max(-(a[0] * d[0] + a[1] * d[1]) / square, 0.0), 1.0) if square > 0 else 0.0
                p = a + s * d
                if (near := float(np.sqrt(p[0] * p[0] + p[1] * p[1]))) <= radius:
                    heapq.heappush(heap, (near, other, 3 * t + k))
    return np.array(found, np.int32), np.array([[flat[int(c)] for c in corners[t]] for t in found])


def grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the points (side^2, 3) of a flat grid and its triangles."""
    points = np.stack(
        [*np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), np.zeros((side, side))], -1
    ).reshape(-1, 3)
    first = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    quads = np.stack([first, first + side, first + 1, first + 1, first + side, first + side + 1], 1)
    return points.astype(float), quads.reshape(-1, 3)


def test_two_triangles_bent_at_their_edge_lie_flat() -> None:
    mesh = mesh_of([(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 0, 1)], [(0, 1, 2), (1, 0, 3)])

    triangles, flat = unfolded(**arguments(mesh) | {"centre": np.zeros(3)})

    assert triangles.tolist() == [0, 1]
    assert np.allclose(flat[0], [(0, 0), (1, 0), (0, 1)]) and np.allclose(flat[1], [(1, 0), (0, 0), (1, -1)])


def test_a_flat_grid_stays_as_it_is_and_is_reached_from_near_to_far() -> None:
    points, quads = grid(7)
    given_ = arguments(mesh_of(points, quads), seed=30)

    triangles, flat = unfolded(**given_)

    assert sorted(triangles) == list(range(len(quads))) and triangles[0] == 30
    assert np.allclose(flat, (given_["points"] - given_["centre"])[triangles][..., :2])
    near = np.linalg.norm(flat.mean(1), axis=1)
    assert (near[1:] > np.maximum.accumulate(near)[:-1] - 2).all()


def test_only_what_lies_within_the_radius_is_reached() -> None:
    points, quads = grid(7)
    given_ = arguments(mesh_of(points, quads), seed=30)

    assert [len(unfolded(**given_ | {"radius": r})[0]) for r in (-1.0, 0.0, np.nan)] == [1, 1, 1]
    triangles, flat = unfolded(**given_ | {"radius": 1.0})
    assert 1 < len(triangles) < len(quads)
    assert (np.linalg.norm(flat, axis=2).min(1) <= 1).all()


@given(
    st.integers(2, 6),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 0.3, 3.0]),
    st.sampled_from([0.3, 1.0, 3.0, 1e9]),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_a_mesh_unrolls_as_the_slow_implementation_says(
    side: int, number: int, rough: float, radius: float, torn: bool
) -> None:
    rng = np.random.default_rng(number)
    points, quads = grid(side)
    points[:, 2] = rng.normal(0, rough, len(points))
    if torn:  # triangles that share edges as chance has it, and have corners twice
        quads = rng.integers(0, len(points), quads.shape)
    given_ = arguments(mesh_of(points, quads), int(rng.integers(len(quads))), radius)

    with np.errstate(all="ignore"):
        triangles, flat = unfolded(**given_)
        expected = slow(**given_)

    assert triangles.tolist() == expected[0].tolist()
    assert np.array_equal(flat, expected[1], equal_nan=True)


def test_of_edges_as_near_the_triangle_of_the_least_number_comes_first() -> None:
    """An equilateral triangle about the centre: its three neighbours are as near to the bit."""
    h = np.sqrt(3) / 2
    corners = [(0, 0, 0), (1, 0, 0), (0.5, h, 0), (0.5, -h, 0), (1.5, h, 0), (-0.5, h, 0)]
    given_ = arguments(mesh_of(corners, [(0, 1, 2), (2, 1, 4), (1, 0, 3), (0, 2, 5)]), 0)
    given_["centre"] = np.full(3, np.nan)  # no place at all
    assert unfolded(**given_)[0].tolist() == [0]
    given_ |= {"points": np.zeros((4, 3, 3))}  # all at one place
    with np.errstate(all="ignore"):
        assert unfolded(**given_)[0].tolist() == [0]


def test_a_point_of_a_fan_reaches_its_triangles_by_number() -> None:
    """All edges of a fan that meet at the centre are at distance nought."""
    rim = [(np.cos(a), np.sin(a), 0.0) for a in np.arange(8) * np.pi / 4]
    fan = [(0, 1 + k, 1 + (k + 1) % 8) for k in range(8)]
    given_ = arguments(mesh_of([(0.0, 0, 0), *rim], fan), 3) | {"centre": np.zeros(3), "radius": 0.0}

    assert unfolded(**given_)[0].tolist() == [3, 2, 1, 0, 4, 5, 6, 7]


def test_over_an_edge_of_no_length_a_corner_lies_where_the_edge_does() -> None:
    points = [[(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 0), (1, 0, 0), (1, 0, 0)], [(1, 0, 0), (1, 0, 0), (5, 5, 5)]]
    corners = np.array([[0, 1, 2], [2, 1, 3], [3, 1, 4]], np.int32)
    across = np.array([[-1, 1, -1], [0, 2, -1], [1, -1, -1]], np.int32)

    triangles, flat = unfolded(
        np.array(points, float),
        corners,
        across,
        places=5,
        seed=0,
        centre=np.zeros(3),
        axis=np.array([1.0, 0, 0]),
        radius=9.0,
    )

    assert triangles.tolist() == [0, 1, 2]
    assert np.allclose(flat[2], [(1, 0)] * 3)


@pytest.mark.parametrize("seed", [-1, 2, 2**40])
def test_a_seed_that_is_not_a_triangle_is_an_error(seed: int) -> None:
    mesh = mesh_of([(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)], [(0, 1, 2), (2, 1, 3)])

    with pytest.raises(BadArgument, match=f"triangle {seed} of 2"):
        unfolded(**arguments(mesh) | {"seed": seed})


@pytest.mark.parametrize(
    ("name", "row", "bad"),
    [
        ("corners", 0, -1),
        ("corners", 0, 4),
        ("corners", 1, -(2**31)),
        ("corners", 1, 2**31 - 1),
        ("across", 0, 2),
        ("across", 1, 2**31 - 1),
    ],
)
def test_a_place_or_neighbour_that_is_not_there_is_an_error(name: str, row: int, bad: int) -> None:
    given_ = arguments(mesh_of([(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)], [(0, 1, 2), (2, 1, 3)]))
    given_[name] = given_[name].copy()
    given_[name][row, 2] = bad

    with pytest.raises(BadArgument, match="not one of 4 places or 2 triangles"):
        unfolded(**given_)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_any_mesh_ends_in_a_layout_or_an_error(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 6))
    wild = st.floats(width=64)
    ints = st.integers(-2, 8)
    points = np.array(data.draw(st.lists(wild, min_size=9 * count, max_size=9 * count))).reshape(count, 3, 3)
    corners, across = (
        np.array(data.draw(st.lists(ints, min_size=3 * count, max_size=3 * count)), np.int32).reshape(count, 3)
        for _ in range(2)
    )
    try:
        triangles, flat = unfolded(
            points,
            corners,
            across,
            places=6,
            seed=data.draw(ints),
            centre=np.zeros(3),
            axis=np.ones(3),
            radius=data.draw(wild),
        )
    except BadArgument:
        return

    assert 1 <= len(triangles) == len(flat) == len(set(triangles.tolist())) <= count
