"""What rays see: walls known by hand, every triangle tried in turn, and scenes that are not any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels.rays import NOWHERE, Seen, Thing, see_rays

SQUARE = np.array([[0, 1, 2], [2, 1, 3]])


def wall(z: float, *, left: float = -50.0, right: float = 50.0, **more: object) -> Thing:
    """Return two triangles across the view at depth -z; the first has the lower left corner."""
    points = np.array([[left, -50, z], [right, -50, z], [left, 50, z], [right, 50, z]], float)
    uvs = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], float)
    return Thing(points, SQUARE, uvs=uvs, **more)  # type: ignore[arg-type]


def ahead(height: int, width: int, spread: float = 0.02) -> np.ndarray:
    """Return rays (2H, 2W, 3) about -z, a fan from left to right and from top to bottom."""
    y, x = np.meshgrid(-(np.arange(2 * height) - height + 0.5), np.arange(2 * width) - width + 0.5, indexing="ij")
    rays = np.stack([x * spread, y * spread, -np.ones_like(x)], -1)
    return np.asarray(rays / np.linalg.norm(rays, axis=-1, keepdims=True))


def test_a_wall_is_seen_by_its_two_triangles() -> None:
    seen = see_rays([wall(-2)], ahead(3, 4))

    # the diagonal runs from the upper left to the lower right
    assert set(seen.triangle.ravel()) == {0, 1}
    assert seen.triangle[0, 3] == 1 and seen.triangle[2, 0] == 0
    assert seen.unoccluded.tolist() == [12] and seen.loose.tolist() == [[0, 0, 3, 2]]


def test_the_nearest_wall_is_seen_and_those_behind_are_counted_too() -> None:
    things = [wall(-3, entity=0), wall(-2, entity=1, right=0.0), wall(-200, entity=2)]

    seen = see_rays(things, ahead(2, 4), entities=3)

    assert (seen.triangle[:, :2] // 2 == 1).all() and (seen.triangle[:, 2:] // 2 == 0).all()
    assert seen.unoccluded.tolist() == [8, 4, 0]
    assert seen.loose.tolist() == [[0, 0, 3, 1], [0, 0, 1, 1], [NOWHERE, NOWHERE, -1, -1]]


def test_of_triangles_at_one_place_the_lowest_number_is_seen_whatever_the_order() -> None:
    things = [wall(-2), wall(-2), wall(-2)]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        assert set(see_rays(things, ahead(3, 3), order=order).triangle.ravel()) <= {0, 1}
    assert set(see_rays(things, ahead(3, 3), order=[2, 1]).triangle.ravel()) <= {2, 3}


def test_nothing_is_seen_before_near_or_behind_far() -> None:
    for z, is_seen in ((-0.4, False), (-0.6, True), (-2.9, True), (-3.2, False), (2.0, False)):
        assert (see_rays([wall(z)], ahead(1, 1), near=0.5, far=3.0).triangle >= 0).all() == is_seen


def test_rays_look_every_way() -> None:
    rays = np.zeros((2, 8, 3))
    rays[0, ::2] = [(0, 0, 1), (1, 0, 0), (0, -1, 0), (0, 0, 0)]
    thing = Thing(
        np.array([(-1, -1, 2), (1, -1, 2), (0, 1, 2), (3, -1, -1), (3, 1, -1), (3, 0, 2)], float),
        np.array([[0, 1, 2], [3, 4, 5]]),
    )

    assert see_rays([thing], rays).triangle.tolist() == [[0, 1, -1, -1]]


def test_with_step_one_all_four_samples_of_a_pixel_are_seen_and_centres_alone_are_counted() -> None:
    rays = ahead(2, 3)
    fine, coarse = see_rays([wall(-2)], rays, step=1), see_rays([wall(-2)], rays, step=2)

    assert fine.triangle.shape == (4, 6) and (fine.triangle >= 0).all()
    assert np.array_equal(fine.triangle[::2, ::2], coarse.triangle)
    assert fine.unoccluded.tolist() == coarse.unoccluded.tolist() == [6] and np.array_equal(fine.loose, coarse.loose)


def test_a_cut_out_lets_rays_through_where_its_texture_is_clear() -> None:
    texels = np.zeros((1, 2, 4), np.uint16)
    texels[0, 1, 2] = 40_000  # blue: the right half is there
    behind = wall(-3, entity=1)
    seen = see_rays([wall(-2, cut_texture=0, cut_channel=2), behind], ahead(2, 4), entities=2, texels=texels)

    assert (seen.triangle[:, :2] // 2 == 1).all() and (seen.triangle[:, 2:] // 2 == 0).all()
    assert seen.unoccluded.tolist() == [4, 8]
    assert (
        see_rays([wall(-2, cut_texture=0, cut_channel=2, cut_threshold=0.7)], ahead(2, 4), texels=texels).triangle == -1
    ).all()


def test_a_cut_out_is_found_by_the_row_from_the_top() -> None:
    texels = np.zeros((4, 1, 4), np.uint16)
    texels[0, 0, 3] = 65_535
    thing = wall(-2, cut_texture=0)
    assert thing.uvs is not None
    thing.uvs = thing.uvs * 2 + 3.0  # repeats
    rays = np.zeros((8, 2, 3))
    y = np.array([45.0, 30, 20, 5, -5, -20, -30, -45])
    rays[:, 0, 1], rays[..., 2] = y / 2, -1
    seen = see_rays([thing], rays / np.linalg.norm(rays, axis=-1, keepdims=True), step=1, texels=texels)

    assert (seen.triangle[:, 0] >= 0).tolist() == [True, False, False, False, True, False, False, False]


@pytest.mark.parametrize("uv", [np.nan, np.inf, 6e18, -6e18, 1e30, -1e30])  # the texture is two texels wide
@pytest.mark.parametrize("channel", [-1, 3, 4, 2**40])
def test_a_cut_out_at_no_place_of_its_texture_ends_somehow(uv: float, channel: int) -> None:
    texels = np.full((2, 2, 4), 65_535, np.uint16)
    thing = wall(-2, cut_texture=0, cut_channel=channel)
    thing.uvs = np.full((4, 2), uv)

    assert (see_rays([thing], ahead(1, 2), texels=texels).triangle >= 0).all()
    thing.cut_texture = 7  # there is none
    assert (see_rays([thing], ahead(1, 2)).triangle >= 0).all()


def slow(points: np.ndarray, triangles: np.ndarray, ray: np.ndarray, near: float, far: float) -> tuple[int, bool]:
    """Try every triangle in turn; return the nearest, and whether rounding may decide otherwise."""
    best, found = far, -1
    d = ray.astype(float)
    a, b, c = (points[triangles[:, k]].astype(float) for k in range(3))
    u, w = b - a, c - a
    p = np.cross(d, w)
    with np.errstate(all="ignore"):
        inverse = 1 / (u * p).sum(1)
        e1 = -(a * p).sum(1) * inverse
        q = np.cross(-a, u)
        e2 = (d * q).sum(1) * inverse
        t = (w * q).sum(1) * inverse
    edges = np.stack([e1, e2, 1 - e1 - e2])
    is_close = bool((np.isfinite(t) & (np.abs(edges).min(0) < 1e-4) & (edges.min(0) > -1e-4)).any())
    for k in range(len(triangles)):
        if e1[k] >= 0 and e2[k] >= 0 and e1[k] + e2[k] <= 1 and near < t[k] < best:
            is_close |= best - t[k] < 1e-4 * best
            best, found = t[k], k
    return found, is_close


@given(st.integers(0, 2**32 - 1), st.integers(0, 300), st.sampled_from([0.05, 0.5, 3.0]))
@settings(max_examples=60, deadline=None)
def test_tiles_find_what_every_triangle_tried_in_turn_finds(number: int, count: int, size: float) -> None:
    rng = np.random.default_rng(number)
    middle = rng.normal(0, 2, (count, 1, 3))
    points = (middle + rng.normal(0, size, (count, 3, 3))).reshape(-1, 3).astype(np.float32)
    triangles = np.arange(3 * count).reshape(-1, 3)
    rays = rng.normal(size=(8, 8, 3))
    rays = (rays / np.linalg.norm(rays, axis=-1, keepdims=True)).astype(np.float32)

    seen = see_rays([Thing(points, triangles)], rays, step=1, near=0.01, far=20.0)

    for ray, triangle in zip(rays.reshape(-1, 3), seen.triangle.ravel()):
        expected, is_close = slow(points, triangles, ray, float(np.float32(0.01)), 20.0)
        assert triangle == expected or is_close


def test_a_ray_counts_any_number_of_entities() -> None:
    count = 5000
    things = [wall(-1 - k / count, entity=k) for k in range(count)]

    seen = see_rays(things, ahead(1, 2), entities=count)

    assert (seen.unoccluded == 2).all() and (seen.loose == [0, 0, 1, 0]).all()
    assert (seen.triangle // 2 == 0).all()


@pytest.mark.parametrize("towards", [-1, 1])
def test_a_ray_meets_entities_behind_what_it_sees_whichever_way_it_runs(towards: int) -> None:
    corners = np.array([(1, -1, -1), (1, 1, -1), (1, 0, 2)], float) * [towards, 1, 1]
    things = [Thing(corners * [1 + k, 1, 1], np.array([[0, 1, 2]]), entity=k) for k in range(90)]
    rays = np.zeros((2, 2, 3))
    rays[..., 0] = towards

    seen = see_rays(things, rays, entities=90)

    assert seen.triangle.tolist() == [[0]] and (seen.unoccluded == 1).all()


def test_an_entity_of_many_triangles_is_counted_once_a_pixel() -> None:
    seen = see_rays([wall(-1 - k / 50, entity=0) for k in range(50)], ahead(3, 3))

    assert seen.unoccluded.tolist() == [9]


def test_triangles_of_all_sizes_that_floats_have_are_found() -> None:
    """Each triangle is twice as far out as the one before it, and many stand at one place."""
    scale = 2.0 ** np.arange(-60, 60)
    scale = np.concatenate([np.repeat(scale, 20), np.full(5000, 7.0)])
    points = (scale[:, None, None] * np.array([(1, 0, -1), (1, 1, -1), (1, 0.5, 1)])).reshape(-1, 3)
    rays = np.zeros((2, 2, 3))
    rays[..., 0], rays[..., 1] = 1, 0.4

    seen = see_rays([Thing(points, np.arange(len(points)).reshape(-1, 3))], rays, near=0.9)

    assert seen.triangle.tolist() == [[61 * 20 - 20]]  # of those at distance one and more
    assert seen.unoccluded.tolist() == [1]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_triangle_with_a_corner_nowhere_is_left_out(bad: float) -> None:
    for axis in range(3):
        thing = wall(-1, entity=1)
        thing.points[0, axis] = bad
        seen = see_rays([wall(-2), thing], ahead(3, 3), entities=2)
        assert 2 not in seen.triangle and 3 in seen.triangle
        assert seen.unoccluded.tolist() == [9, (seen.triangle == 3).sum()]


@pytest.mark.parametrize("bad", [-1, 4, 2**31 - 1, -(2**31)])
def test_a_triangle_of_a_vertex_that_is_not_there_is_left_out(bad: int) -> None:
    for corner in range(3):
        thing = wall(-2)
        thing.triangles = SQUARE.copy()
        thing.triangles[0, corner] = bad
        seen = see_rays([wall(-200), thing, wall(-200)], ahead(3, 3))  # the vertices of other meshes are not its own
        assert set(seen.triangle.ravel()) == {-1, 3}


@pytest.mark.parametrize("entity", [-1, 1, 2**40])
def test_an_entity_that_is_not_there_is_seen_and_not_counted(entity: int) -> None:
    seen = see_rays([wall(-2, entity=entity)], ahead(2, 2))

    assert (seen.triangle >= 0).all() and seen.unoccluded.tolist() == [0]


def test_what_is_drawn_and_is_not_an_instance_is_left_out() -> None:
    seen = see_rays([wall(-2)], ahead(1, 1), order=[-1, 1, 2**40, 0])

    assert (seen.triangle >= 0).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 0.0])
def test_a_ray_without_a_direction_sees_nothing(bad: float) -> None:
    rays = ahead(1, 2)
    rays[0, 0] = (bad, 0, 0)

    seen = see_rays([wall(-2)], rays)

    assert seen.triangle[0, 0] == -1 and seen.triangle[0, 1] >= 0 and seen.unoccluded.tolist() == [1]


def test_no_triangles_are_not_seen() -> None:
    empty = Thing(np.zeros((3, 3)), np.zeros((0, 3), int))
    for things in ([], [empty], [empty, empty]):
        seen: Seen = see_rays(things, ahead(2, 2))
        assert (seen.triangle == -1).all() and not seen.unoccluded.any()


wild = st.one_of(st.floats(-4, 4, width=32), st.floats(width=32))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_scene_ends_in_triangles_that_it_has(data: st.DataObject) -> None:
    vertices = data.draw(st.integers(1, 6))
    count = data.draw(st.integers(0, 20))
    points = np.array(data.draw(st.lists(wild, min_size=3 * vertices, max_size=3 * vertices))).reshape(-1, 3)
    uvs = np.array(data.draw(st.lists(wild, min_size=2 * vertices, max_size=2 * vertices))).reshape(-1, 2)
    triangles = np.array(
        data.draw(st.lists(st.integers(-1, vertices), min_size=3 * count, max_size=3 * count))
    ).reshape(-1, 3)
    rays = np.array(data.draw(st.lists(wild, min_size=48, max_size=48))).reshape(4, 4, 3)
    thing = Thing(points, triangles, uvs=uvs, cut_texture=data.draw(st.integers(-1, 1)), cut_threshold=data.draw(wild))

    with np.errstate(all="ignore"):
        seen = see_rays([thing], rays, step=1, near=data.draw(wild), far=data.draw(wild))

    assert seen.triangle.min() >= -1 and seen.triangle.max() < max(count, 1)
    assert 0 <= seen.unoccluded[0] <= 4
