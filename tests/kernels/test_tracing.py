"""Rays through trees: answers by hand, every triangle tried in turn, closed meshes that let none through, damage."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.backends.labelpass import see
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.errors import BadArgument
from rendersdg.kernels.library import LEVELS, library
from rendersdg.kernels.structs import Trees
from rendersdg.kernels.threads import set_threads
from rendersdg.kernels.tracing import Crossings, Tree, mesh_tree, occluded, trace, trees_of
from rendersdg.snapshot import Camera, Snapshot
from tests.cards import write_card
from tests.conftest import ROOT, Opener
from tests.kernels.nasty import snapshot as snapshot_of
from tests.kernels.nasty import some
from tests.kernels.trees import x86_only

UP = np.array([[0, 0, -1]], np.float32)  # the direction of a ray that looks down on the plane z = 0
CARD = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
ONE = np.array([[0, 1, 2]], np.int32)


@pytest.fixture
def four_threads() -> Iterator[None]:
    set_threads(4)
    yield
    set_threads(1)


def planted(*meshes: tuple[np.ndarray, np.ndarray], world: np.ndarray | None = None, **more: np.ndarray) -> Trees:
    """Return trees of one instance a mesh."""
    worlds = np.tile(np.eye(4), (len(meshes), 1, 1)) if world is None else np.asarray(world, float)
    return trees_of([mesh_tree(*m) for m in meshes], np.arange(len(meshes)), worlds, **more)  # type: ignore[arg-type]


def down(*places: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return rays from a metre above places (x, y) down."""
    origin = np.array([(x, y, 1.0) for x, y in places], np.float32)
    return origin, np.repeat(UP, len(origin), 0)


def soup(rng: np.random.Generator, count: int, size: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Return separate triangles about random places."""
    points = rng.normal(size=(count, 1, 3)) + rng.normal(0, size, (count, 3, 3))
    return points.reshape(-1, 3).astype(np.float32), np.arange(3 * count, dtype=np.int32).reshape(-1, 3)


def sphere(rows: int, columns: int, bumps: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return a closed mesh about the origin, with shared vertices; ``bumps`` is the depth of its dents."""
    theta = np.linspace(0, np.pi, rows + 1)[1:-1, None]
    phi = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    radius = 1 + bumps * np.sin(5 * theta) * np.cos(4 * phi)
    ring = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta) + 0 * phi], -1)
    points = np.concatenate([[[0, 0, 1]], (ring * radius[..., None]).reshape(-1, 3), [[0, 0, -1]]])
    k = np.arange(columns)
    after = (k + 1) % columns
    faces = [np.stack([0 * k, 1 + k, 1 + after], 1)]
    for row in range(rows - 2):
        a, b = 1 + row * columns, 1 + (row + 1) * columns
        faces += [np.stack([a + k, b + k, b + after], 1), np.stack([a + k, b + after, a + after], 1)]
    last = 1 + (rows - 2) * columns
    faces.append(np.stack([last + k, 0 * k + len(points) - 1, last + after], 1))
    return points.astype(np.float32), np.concatenate(faces).astype(np.int32)


def rays_at(rng: np.random.Generator, targets: np.ndarray, reach: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Return rays from random places towards ``targets``."""
    origin = rng.normal(0, reach, targets.shape).astype(np.float32)
    return origin, (targets - origin).astype(np.float32)


def slow(triangles: np.ndarray, origin: np.ndarray, direction: np.ndarray) -> tuple[np.ndarray, ...]:
    """Try every triangle (T, 3, 3) with every ray: distances (R, T), inf for a miss, and how clear each case is."""
    o, d, p = origin[:, None].astype(float), direction[:, None].astype(float), triangles.astype(float)
    a, b, c = p[:, 0], p[:, 1], p[:, 2]
    with np.errstate(all="ignore"):
        cross, normal = np.cross(d, c - a), np.cross(b - a, c - a)
        determinant = ((b - a) * cross).sum(-1)
        u = ((o - a) * cross).sum(-1) / determinant
        q = np.cross(o - a, b - a)
        v, t = (d * q).sum(-1) / determinant, ((c - a) * q).sum(-1) / determinant
        edge = np.minimum(np.minimum(u, v), 1 - u - v)
        hit = (edge >= 0) & (t >= 0) & np.isfinite(t)
        facing = np.abs(determinant) / (np.linalg.norm(d, axis=-1) * np.linalg.norm(normal, axis=-1))
        clear = np.where((facing > 0.05) & np.isfinite(edge), np.abs(edge), np.where(edge < -0.5, -edge, 0))
    return np.where(hit, t, np.inf), np.where(np.isfinite(clear), clear, 0)


# ---- by hand ----


def test_a_triangle_is_hit_at_its_weights_and_missed_beside_it() -> None:
    found = trace(planted((CARD, ONE)), *down((0.25, 0.5), (0.6, 0.6), (-0.1, 0.2)))

    assert found.triangle.tolist() == [0, -1, -1] and found.instance.tolist() == [0, -1, -1]
    assert found.distance.tolist() == [1.0, np.inf, np.inf]
    assert (found.u[0], found.v[0]) == (0.25, 0.5)


def test_distances_are_in_lengths_of_the_direction_and_both_sides_are_hit() -> None:
    origin, direction = down((0.25, 0.25), (0.25, 0.25))
    origin[1, 2] = -3.0
    direction = direction * np.float32([[0.5], [-4]])

    assert trace(planted((CARD, ONE)), origin, direction).distance.tolist() == [2.0, 0.75]


def test_what_lies_before_near_or_at_far_is_not_hit() -> None:
    trees = planted((CARD, ONE))
    origin, direction = down(*[(0.25, 0.25)] * 5)
    near, far = np.float32([0, 1, 1.001, 0, -5]), np.float32([1, 2, 2, 1.001, 9])
    found = trace(trees, origin, direction, near, far)

    assert found.triangle.tolist() == [-1, 0, -1, 0, 0]
    assert occluded(trees, origin, direction, near, far).tolist() == [False, True, False, True, True]
    assert not occluded(trees, origin + np.float32([0, 0, -2]), direction, -5.0, 9.0).any()  # behind the origin


def test_of_triangles_at_one_place_the_least_is_hit() -> None:
    points, faces = np.tile(CARD, (40, 1)), np.arange(120, dtype=np.int32).reshape(-1, 3)
    found = trace(planted((CARD[::-1].copy(), ONE), (points, faces), (points, faces)), *down((0.25, 0.25)))
    assert (found.instance.tolist(), found.triangle.tolist()) == ([0], [0])

    found = trace(planted((CARD + 5, ONE), (points, faces), (points, faces)), *down((0.25, 0.25)))
    assert (found.instance.tolist(), found.triangle.tolist()) == ([1], [0])


def test_a_ray_sees_instances_that_share_a_bit_with_it() -> None:
    lifted = np.tile(np.eye(4), (3, 1, 1))
    lifted[:, 2, 3] = [0.3, 0.2, 0.1]
    trees = planted(*[(CARD, ONE)] * 3, world=lifted, mask=np.array([4, 1, 0x80000003], np.uint32))
    rays = down((0.2, 0.2))

    asked = {mask: int(trace(trees, *rays, mask=mask).instance[0]) for mask in (0xFFFFFFFF, 4, 1, 2, 8, 1 << 31)}
    assert asked == {0xFFFFFFFF: 0, 4: 0, 1: 1, 2: 2, 8: -1, 1 << 31: 2}
    assert [bool(occluded(trees, *rays, mask=m)[0]) for m in (8, 2)] == [False, True]


def test_rays_that_are_none_hit_nothing() -> None:
    trees = planted((CARD * 4 - 1, ONE))
    origin, direction = down(*[(0.0, 0.0)] * 6)
    origin[0, 0], origin[1, 2], direction[2, 2], direction[3, 1], direction[4] = np.nan, np.inf, -np.inf, np.nan, 0
    near, far = np.float32([0] * 6), np.float32([9] * 5 + [np.nan])

    assert trace(trees, origin, direction, near, far).triangle.tolist() == [-1] * 6
    assert trace(trees, origin[5:], direction[5:], np.float32([np.nan])).triangle.tolist() == [-1]
    assert not occluded(trees, origin, direction, near, far).any()
    assert trace(trees, origin[5:], direction[5:]).triangle.tolist() == [0]


def test_nothing_is_hit_where_there_is_nothing() -> None:
    nothing = np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32)
    rays = down((0.2, 0.2))
    for trees in (
        trees_of([], np.zeros(0, np.int64), np.zeros((0, 4, 4))),
        trees_of([], np.full(3, -1), np.tile(np.eye(4), (3, 1, 1))),
        planted(nothing, nothing),
        planted((CARD, ONE * 0)),
        planted((CARD, ONE + 1)),
        planted((np.full_like(CARD, np.nan), ONE)),
    ):
        assert trace(trees, *rays).instance.tolist() == [-1] and not occluded(trees, *rays).any()


# ---- against every triangle in turn ----


def check_by_trying_all(
    trees: Trees,
    worlds: list[np.ndarray],
    origin: np.ndarray,
    direction: np.ndarray,
    far: float = np.inf,
    least_clear: float = 0.3,
) -> None:
    """Compare hits with trying all triangles ``worlds`` (T, 3, 3) of each instance, where rounding cannot decide."""
    found = trace(trees, origin, direction, 0.0, far)
    distance, clear = slow(np.concatenate(worlds), origin, direction)
    at_far = (np.abs(np.where(np.isfinite(distance), distance, 0) - min(far, 1e30)) < 1e-3).any(1)
    distance[distance >= far] = np.inf
    owner = np.repeat(np.arange(len(worlds)), [len(w) for w in worlds])
    local = np.concatenate([np.arange(len(w)) for w in worlds])
    order = np.sort(distance, axis=1)
    first, second = order[:, 0], order[:, 1] if order.shape[1] > 1 else np.inf
    slack = 1e-3 * (1 + np.minimum(first, 1e30))
    along = np.einsum("tcd,rd->rtc", np.concatenate(worlds), direction) - (origin * direction).sum(1)[:, None, None]
    nearest = along.min(-1) / (direction.astype(float) ** 2).sum(1)[:, None]
    is_open = (clear <= 2e-3) & (nearest <= (first + slack)[:, None])  # about its edges, and not behind the hit
    is_clear = ~is_open.any(1) & ~at_far & ~(second < first + slack)
    best = distance.argmin(1)
    hit = np.isfinite(first)
    assert far < np.inf or (is_clear & hit).mean() > least_clear, (is_clear.mean(), hit.mean())

    assert np.array_equal((found.instance >= 0)[is_clear], hit[is_clear])
    both = is_clear & hit
    assert np.array_equal(found.instance[both], owner[best[both]])
    assert np.array_equal(found.triangle[both], local[best[both]])
    np.testing.assert_allclose(found.distance[both], first[both], rtol=2e-3, atol=1e-4)
    assert np.array_equal(occluded(trees, origin, direction, 0.0, far), found.instance >= 0)
    corners = np.concatenate(worlds)[best[both]]
    weights = np.stack([1 - found.u - found.v, found.u, found.v], 1)[both]
    points = origin[both] + direction[both] * found.distance[both, None]
    np.testing.assert_allclose((weights[..., None] * corners).sum(1), points, rtol=1e-3, atol=1e-3)


def placements(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return world_from_mesh (count, 4, 4): turned, moved, mirrored and unevenly scaled."""
    worlds = np.tile(np.eye(4), (count, 1, 1))
    for world in worlds:
        turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        world[:3, :3] = turn * rng.choice([-1.5, -0.5, 0.3, 1.0, 2.0], 3)
        world[:3, 3] = rng.normal(0, 2, 3)
    return worlds


def moved(world: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.asarray(points.astype(float) @ world[:3, :3].T + world[:3, 3])


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.sampled_from([1, 3, 8, 9, 40, 300]))
@settings(max_examples=60, deadline=None)
def test_trees_find_what_every_triangle_tried_in_turn_finds(number: int, instances: int, count: int) -> None:
    rng = np.random.default_rng(number)
    meshes = [soup(rng, int(rng.integers(1, count + 1))) for _ in range(2)]
    tree = rng.integers(0, 2, instances)
    placed = placements(rng, instances)
    trees = trees_of([mesh_tree(*m) for m in meshes], tree, placed)
    worlds = [moved(w, meshes[m][0])[meshes[m][1]] for w, m in zip(placed, tree)]
    targets = rng.normal(0, 2, (200, 3))
    targets[::2] = np.concatenate(worlds).mean(1)[rng.integers(0, sum(map(len, worlds)), 100)]
    origin, direction = rays_at(rng, targets, 4.0)

    check_by_trying_all(trees, worlds, origin, direction)
    check_by_trying_all(trees, worlds, origin, direction, 0.9)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_rays_along_axes_are_found_too(number: int) -> None:
    rng = np.random.default_rng(number)
    points, faces = soup(rng, 200)
    origin = rng.normal(0, 1, (300, 3)).astype(np.float32)
    direction = (np.eye(3)[rng.integers(0, 3, 300)] * rng.choice([-1, 1], (300, 1))).astype(np.float32)

    check_by_trying_all(planted((points, faces)), [points[faces]], origin, direction, least_clear=0.1)


@pytest.mark.parametrize("size", [1e-38, 1e-25, 1e-6, 1e6, 1e25, 1e37])
def test_meshes_of_any_size_are_found(size: float) -> None:
    rng = np.random.default_rng(4)
    points, faces = soup(rng, 100)
    placed = np.diag([1 / size, 1 / size, 1 / size, 1.0])[None]
    scaled = (points * np.float32(size) if size > 1e-37 else points * np.float32(1e-20) * np.float32(1e-18)).astype(
        "f4"
    )
    origin, direction = rays_at(rng, points[faces].mean(1))
    trees = planted((scaled, faces), world=placed)

    check_by_trying_all(trees, [moved(placed[0], scaled)[faces]], origin, direction)


# ---- closed meshes ----


def targets_of(rng: np.random.Generator, points: np.ndarray, faces: np.ndarray, count: int) -> np.ndarray:
    """Return vertices, points on edges and points within triangles."""
    chosen = points[faces[rng.integers(0, len(faces), count)]].astype(float)
    share = rng.random((count, 1))
    on_edge = chosen[:, 0] * share + chosen[:, 1] * (1 - share)
    kind = rng.integers(0, 4, (count, 1))
    middle = (chosen[:, 0] + chosen[:, 1]) / 2
    return np.where(kind == 0, chosen[:, 0], np.where(kind == 1, on_edge, np.where(kind == 2, middle, chosen.mean(1))))


@pytest.mark.parametrize("placing", ["as it is", "uneven", "mirrored", "far away", "flat"])
def test_no_ray_leaves_a_closed_mesh_between_its_triangles(placing: str) -> None:
    rng = np.random.default_rng(7)
    points, faces = sphere(60, 90, 0.1)
    world = np.eye(4)
    if placing == "uneven":
        world = placements(rng, 1)[0]
    elif placing == "mirrored":
        world[0, 0] = -1
    elif placing == "far away":
        world[:3, 3] = 1000, -3000, 500
    elif placing == "flat":
        world[2, 2] = 1e-4
    trees = planted((points, faces), world=world[None])
    count = 200_000
    inside = moved(world, rng.normal(0, 0.1, (count, 3))).astype(np.float32)
    direction = (moved(world, targets_of(rng, points, faces, count)) - inside).astype(np.float32)
    is_in = np.any(direction != 0, axis=1)

    found = trace(trees, inside[is_in], direction[is_in])
    assert (found.instance == 0).all()
    assert occluded(trees, inside[is_in], direction[is_in]).all()


def test_rays_from_vertex_to_vertex_hit_in_their_plane() -> None:
    """A grid of whole numbers: rays meet edges and corners exactly, where all edge functions are 0."""
    side = np.arange(9, dtype=np.float32)
    x, y = (a.ravel() for a in np.meshgrid(side, side))
    points = np.stack([x, y, 0 * x], 1)
    corner = (np.arange(8)[:, None] * 9 + np.arange(8)).ravel()
    faces = np.concatenate([corner[:, None] + [0, 1, 10], corner[:, None] + [0, 10, 9]]).astype(np.int32)
    rng = np.random.default_rng(3)
    targets = rng.integers(1, 16, (20_000, 2)) / 2
    origin = np.concatenate([rng.integers(-8, 17, (20_000, 2)), rng.choice([-4, 1, 8], (20_000, 1))], 1).astype("f4")
    direction = np.concatenate([targets, np.zeros((20_000, 1))], 1).astype(np.float32) - origin

    found = trace(planted((points, faces)), origin, direction)
    np.testing.assert_allclose(found.distance, 1, rtol=1e-6)


def test_an_edge_that_a_ray_passes_by_less_than_a_float_lies_on_its_right_side() -> None:
    """The two products of the edge function are the same float, and exact arithmetic says which is larger."""
    rng = np.random.default_rng(8)
    x1, y1, x2 = (rng.uniform(0.5, 1, 40_000).astype(np.float32) for _ in range(3))
    x2 = -x2
    y2 = (x2 * y1 / x1).astype(np.float32)  # the ray, at 0, lies as near to the edge as floats allow
    exact = x2.astype(float) * y1 - y2.astype(float) * x1  # products of floats are exact
    hard = (x2 * y1 == y2 * x1) & (exact != 0)
    assert hard.sum() > 1000
    count = int(hard.sum())
    a, b = np.stack([x1, y1, 0 * x1], 1)[hard], np.stack([x2, y2, 0 * x2], 1)[hard]
    left = np.tile(np.float32([-0.75, 0.75, 0]), (count, 1))
    for k in range(0, count, 200):
        points = np.stack([a[k], b[k], left[k], -left[k]])
        found = trace(planted((points, np.array([[0, 1, 2], [0, 1, 3]], np.int32))), *down((0, 0)))
        along, aside = b[k].astype(float) - a[k], left[k].astype(float) - a[k]
        is_left = (exact[hard][k] < 0) == (along[0] * aside[1] - along[1] * aside[0] > 0)
        assert found.triangle[0] == (0 if is_left else 1)


def grid(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the cube -1..1 whose sides are grids: closed, flat and along the axes, with shared vertices."""
    side = np.linspace(-1, 1, count + 1)
    u, v = (a.ravel() for a in np.meshgrid(side, side, indexing="ij"))
    faces, points = [], []
    corner = (np.arange(count)[:, None] * (count + 1) + np.arange(count)).ravel()[:, None]
    quads = np.concatenate([corner + [0, count + 1, count + 2], corner + [0, count + 2, 1]])
    for axis in range(3):
        for end in (-1.0, 1.0):
            faces.append(quads + len(points) * len(u))
            points.append(np.roll(np.stack([np.full_like(u, end), u, v], 1), axis, 1))
    joined, which = np.unique(np.concatenate(points).astype(np.float32), axis=0, return_inverse=True)
    return joined, which.ravel()[np.concatenate(faces)].astype(np.int32)


@pytest.mark.parametrize("shift", [0.0, 1e3])
def test_a_million_rays_stay_in_a_box_of_flat_sides(shift: float) -> None:
    """Boxes of its leaves are flat: one that is met a little too seldom lets a ray out."""
    rng = np.random.default_rng(12)
    points, faces = grid(12)
    points = points + np.float32(shift)
    count = 250_000
    for reach in (1e-6, 0.3, 0.95, 1.0):
        inside = (rng.uniform(-reach, reach, (count, 3)) * (1 - 2.0**-10) + shift).astype(np.float32)
        direction = (targets_of(rng, points, faces, count) - inside).astype(np.float32)
        assert (trace(planted((points, faces)), inside, direction).instance == 0).all()


# ---- refitting ----


def same(a: Crossings, b: Crossings) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in ("instance", "triangle", "distance", "u", "v")
    )


def test_a_refitted_tree_finds_what_a_new_one_finds() -> None:
    rng = np.random.default_rng(5)
    points, faces = sphere(30, 40)
    bent = (points * [1, 2, 0.5] + 0.1 * np.sin(7 * points[:, ::-1])).astype(np.float32)
    rays = rays_at(rng, targets_of(rng, bent, faces, 5000))
    old = mesh_tree(points, faces)
    before = trace(trees_of([old], np.zeros(1, np.int64), np.eye(4)[None]), *rays)

    refitted = trace(trees_of([old.refitted(bent)], np.zeros(1, np.int64), np.eye(4)[None]), *rays)
    assert same(refitted, trace(planted((bent, faces)), *rays))
    assert not same(refitted, before)
    assert same(trace(trees_of([old], np.zeros(1, np.int64), np.eye(4)[None]), *rays), before)  # it stays as it was


def test_a_tree_that_is_refitted_to_its_own_vertices_is_the_same() -> None:
    tree = mesh_tree(*soup(np.random.default_rng(1), 1000))

    assert bytes_of(tree.refitted(soup(np.random.default_rng(1), 1000)[0])) == bytes_of(tree)


def test_triangles_that_come_and_go_are_found_by_a_refitted_tree() -> None:
    rng = np.random.default_rng(2)
    points, faces = soup(rng, 60)
    gone = points.copy()
    gone[::9] = np.nan
    rays = rays_at(rng, targets_of(rng, points, faces, 2000))

    for first, then in ((points, gone), (gone, points), (gone, gone[::-1].copy())):
        refitted = trace(
            trees_of([mesh_tree(first, faces).refitted(then)], np.zeros(1, np.int64), np.eye(4)[None]), *rays
        )
        assert same(refitted, trace(planted((then, faces)), *rays))
        assert not np.isin(refitted.triangle, np.flatnonzero(~np.isfinite(then[faces]).all((1, 2)))).any()


# ---- instances ----


def test_an_instance_is_a_moved_copy() -> None:
    rng = np.random.default_rng(11)
    points, faces = sphere(20, 30, 0.2)
    placed = placements(rng, 40)
    copies = [(moved(w, points).astype(np.float32), faces) for w in placed]
    rays = rays_at(rng, rng.normal(0, 2, (5000, 3)), 5.0)

    by_matrix = trace(trees_of([mesh_tree(points, faces)], np.zeros(40, np.int64), placed), *rays)
    by_copies = trace(planted(*copies), *rays)
    assert (by_matrix.instance == by_copies.instance).mean() > 0.995  # silhouettes differ by rounding
    alike = (by_matrix.instance == by_copies.instance) & (by_matrix.instance >= 0)
    assert alike.mean() > 0.2
    np.testing.assert_allclose(by_matrix.distance[alike], by_copies.distance[alike], rtol=1e-3)


def test_matrices_without_an_inverse_and_bad_ones_place_nothing() -> None:
    worlds = np.tile(np.eye(4), (7, 1, 1))
    worlds[0, 2, 2], worlds[1, 0, 0], worlds[2, 1, 3], worlds[3, :3] = 0, np.nan, np.inf, 0
    worlds[4, 0, 0], worlds[5, 2, 3] = 1e300, 1e38
    trees = planted(*[(CARD, ONE)] * 7, world=worlds)

    assert trace(trees, *down((0.25, 0.25))).instance.tolist() == [6]


# ---- cut-outs ----


def seen_by_rays(snapshot: Snapshot, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Return the instance at each pixel's centre by the sweep and by rays, -1 for none, (H, W)."""
    swept = see(snapshot, camera, SceneTables(), 2)
    width, height = camera.resolution_wh
    y, x = (a.ravel() + 0.5 for a in np.indices((height, width)))
    (fx, fy), (cx, cy) = camera.focal_px, camera.centre_px
    direction = np.stack([(x - cx) / fx, (cy - y) / fy, -np.ones_like(x)], 1) @ camera.world_from_camera[:3, :3].T
    origin = np.tile(camera.world_from_camera[:3, 3], (len(direction), 1))
    trees = trees_of(
        [mesh_tree(m.vertices, m.triangles) for m in snapshot.meshes],
        np.array([i.mesh if shown else -1 for i, shown in zip(snapshot.instances, swept.drawn.kept["is_active"])]),
        snapshot.worlds,
        scene=swept.scene,
        drawn=swept.drawn,
    )
    found = trace(trees, origin.astype(np.float32), direction.astype(np.float32), *camera.near_far)
    number = swept.triangle
    by_sweep = np.where(number >= 0, swept.scene.kept["instances"].kept["number_instance"][number], -1)
    return by_sweep.reshape(height, width), found.instance.reshape(height, width)


@pytest.mark.parametrize("stripes", [1, 16])
def test_rays_pass_through_what_is_cut_out_where_the_picture_has_holes(
    open_scene: Opener, tmp_path: Path, stripes: int
) -> None:
    write_card(tmp_path, stripes)
    session = open_scene(
        "card: {create.from_usd: {usd: card.usda}}\nbehind: {create.cube: {position: [-3, 0, 0.5]}}\n"
        "view: {create.camera: {position: [3, 1, 1.3], look_at: [0, 0, 0]}}\n"
        "product: {create.render_product: {camera: view, resolution: [200, 150]}}\n",
        folder=tmp_path,
    )
    snapshot = session.snapshot(0)
    by_sweep, by_rays = seen_by_rays(snapshot, snapshot.products[0].camera)
    counts = [int((by_sweep == k).sum()) for k in (-1, 0, 1)]

    assert min(counts) > 300, counts
    assert (by_sweep != by_rays).mean() < 2e-3  # a texel's border is met by rounding


@pytest.mark.parametrize("seed", range(4))
def test_rays_see_the_instances_that_the_sweep_sees(seed: int) -> None:
    shown = snapshot_of(seed, bad=0.0)
    camera = next(p.camera for p in shown.products if p.camera.model == "pinhole" and not p.camera.distortion)
    by_sweep, by_rays = seen_by_rays(shown, camera)

    assert (by_sweep >= 0).mean() > 0.02 and (by_sweep != by_rays).mean() < 0.02


# ---- damage ----


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.3]))
@settings(max_examples=80, deadline=None)
def test_bad_numbers_end_somehow(number: int, bad: float) -> None:
    rng = np.random.default_rng(number)
    count = int(rng.integers(1, 200))
    points = some(rng, (count, 3), bad)
    faces = rng.integers(-2, count + 2, (int(rng.integers(0, 300)), 3)).astype(np.int32)
    tree = mesh_tree(points, faces)
    worlds = some(rng, (5, 4, 4), bad / 4).astype(float)
    trees = trees_of([tree, tree.refitted(some(rng, (count, 3), bad))], rng.integers(-1, 2, 5), worlds)
    origin, direction = some(rng, (300, 3), bad / 4), some(rng, (300, 3), bad / 4)
    near, far = np.abs(some(rng, (300,), bad)), some(rng, (300,), bad) + 20
    found = trace(trees, origin, direction, near, far)

    assert np.array_equal(found.instance >= 0, occluded(trees, origin, direction, near, far))
    hit = found.instance >= 0
    assert ((found.distance[hit] >= near[hit]) & (found.distance[hit] < far[hit])).all()
    weights = np.stack([found.u, found.v, 1 - found.u - found.v])[:, hit]
    assert (weights >= -1e-6).all() and (weights <= 1 + 1e-6).all()
    assert (found.triangle[hit] < len(faces)).all() and (found.triangle[~hit] == -1).all()


@pytest.mark.parametrize("kind", ["all at one place", "in a row", "growing", "huge and tiny", "long"])
def test_meshes_that_are_hard_to_split_are_split(kind: str) -> None:
    rng = np.random.default_rng(9)
    points, faces = soup(rng, 3000)
    corners = points.reshape(-1, 3, 3)
    if kind == "all at one place":
        corners[:] = corners[0]
    elif kind == "in a row":
        corners[:, :, 1:] = corners[0, :, 1:]
        corners[:, :, 0] += np.arange(3000, dtype=np.float32)[:, None]
    elif kind == "growing":
        corners *= np.float32(2.0) ** (-np.arange(3000, dtype=np.float32) / 25)[:, None, None]
    elif kind == "huge and tiny":
        corners[::2] *= np.float32(1e-30)
    else:
        corners[::3, 0] = 1000
    points = corners.reshape(-1, 3)
    tree = mesh_tree(points, faces)
    trees = trees_of([tree], np.zeros(1, np.int64), np.eye(4)[None])

    rays = rays_at(rng, points[faces[::20]].mean(1))
    if kind == "all at one place":
        assert np.array_equal(trace(trees, *rays).triangle, np.zeros(150))
    else:
        check_by_trying_all(trees, [points[faces]], *rays, least_clear=0.02)
    kept = tree.table.kept["blocks"].view(np.int32)[:, 72:]
    assert np.array_equal(np.unique(kept), np.arange(3000))


def test_arguments_that_do_not_belong_together_are_refused() -> None:
    tree = mesh_tree(CARD, ONE)
    with pytest.raises(BadArgument, match="vertices has dtype float64"):
        mesh_tree(CARD.astype(float), ONE)  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="vertices has shape"):
        tree.refitted(CARD[:, :2].copy())
    with pytest.raises(BadArgument, match=r"Trees.tree has values from 0 to 1 instead of -1 to 0"):
        trees_of([tree], np.array([0, 1]), np.tile(np.eye(4), (2, 1, 1)))
    with pytest.raises(BadArgument, match="world_from_mesh has shape"):
        trees_of([tree], np.array([0]), np.tile(np.eye(4), (2, 1, 1)))
    with pytest.raises(BadArgument, match=r"RayQuery\.direction has shape"):
        trace(planted((CARD, ONE)), CARD, CARD[:2])
    with pytest.raises(BadArgument, match="mask=-1"):
        occluded(planted((CARD, ONE)), CARD, CARD, mask=-1)


# ---- the same bytes ----


def bytes_of(tree: Tree) -> bytes:
    table = tree.table
    return b"".join(
        [table.kept["nodes"].tobytes(), table.kept["blocks"].tobytes(), bytes(table.low), bytes(table.high)]
    )


def digest() -> str:
    """Return the digest of trees and of what rays hit in them."""
    total = sha256()
    for seed in range(3):
        rng = np.random.default_rng(seed)
        meshes = [sphere(40, 50, 0.3), soup(rng, 3000), (some(rng, (300, 3), 0.1), soup(rng, 100)[1])]
        trees = [mesh_tree(*m) for m in meshes]
        trees.append(trees[0].refitted((meshes[0][0] ** 3).astype(np.float32)))
        all_of = trees_of(trees, rng.integers(0, 4, 30), placements(rng, 30))
        found = trace(all_of, *rays_at(rng, rng.normal(0, 2, (20_000, 3))))
        for tree in trees:
            total.update(bytes_of(tree))
        for array in (found.instance, found.triangle, found.distance, found.u, found.v, all_of.kept["nodes"]):
            total.update(array.tobytes())
    return total.hexdigest()


@x86_only
def test_every_processor_makes_the_same_bytes() -> None:
    code = "from tests.kernels.test_tracing import digest; print(digest())"
    made = {}
    for level in LEVELS[: library().rendersdg_cpu_level() - 1]:
        env = os.environ | {"RENDERSDG_KERNELS": level, "PYTHONPATH": str(ROOT)}
        made[level] = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        ).stdout

    assert len(set(made.values())) == 1, made


def test_any_number_of_threads_makes_the_same_bytes(four_threads: None) -> None:
    by_four = digest()
    set_threads(1)

    assert by_four == digest()
