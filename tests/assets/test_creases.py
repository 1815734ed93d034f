"""Creased normals: parts have edges, round things are smooth, and odd meshes come out sane."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rendersdg.assets.creases import creased, creased_normals, merged_points, wound_against
from tests.assets import solids
from tests.assets.solids import off_by


def shared(soup: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return triangles as points and indices, equal points joined, by Python's own dictionary."""
    points = [tuple(p) for p in soup.reshape(-1, 3).tolist()]
    numbers = {p: k for k, p in enumerate(dict.fromkeys(points))}
    return np.array(list(numbers)), np.array([numbers[p] for p in points]).reshape(-1, 3)


def normals_of(soup: np.ndarray, **options: float) -> np.ndarray:
    as_stored = soup.astype(np.float32).astype(float)
    return creased_normals(as_stored.reshape(-1, 3), np.arange(3 * len(soup)).reshape(-1, 3), **options)


@pytest.mark.parametrize("part", [solids.cube(), solids.gear(), solids.washer()], ids=["cube", "gear", "washer"])
def test_a_part_has_the_normals_that_its_maker_drew(part: tuple[np.ndarray, np.ndarray]) -> None:
    soup, true = part

    assert off_by(normals_of(soup), true).max() < 0.01


def test_a_bend_in_sheet_metal_is_round_and_its_legs_are_flat() -> None:
    soup, true = solids.bent_sheet()

    off = off_by(normals_of(soup), true)

    assert off.max() < 2.0  # degrees; at the tangent of a leg and a bend, which are 5.6 apart there
    assert np.mean(off) < 0.2
    is_leg = (soup[..., 0] < -1).any(1) | (soup[..., 2] > 1).any(1)
    assert off[is_leg].max() < 2.0 and np.median(off[is_leg]) < 0.3


def test_a_scanned_blob_is_smooth() -> None:
    soup, true = solids.scanned_blob()

    off = off_by(normals_of(soup), true)

    assert off.max() < 1.5 and off.mean() < 0.2


@pytest.mark.parametrize(("angle", "is_smooth"), [(40.0, False), (46.0, True)])
def test_the_angle_says_what_is_an_edge(angle: float, is_smooth: bool) -> None:
    soup, _ = solids.washer(count=8)  # facets meet at 45 degrees
    walls = np.abs(solids.face_normals(soup)[:, 2]) < 0.5

    normals = normals_of(soup, angle=angle)

    assert (off_by(normals, solids.flat(soup))[walls].max() > 1) == is_smooth


def test_twelve_facets_meet_at_thirty_degrees_and_are_smooth_however_they_are_turned() -> None:
    soup, true = solids.washer(count=12)
    for degrees in (0.0, 17.0, 133.7):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])

        assert off_by(normals_of(soup @ turn.T), true @ turn.T).max() < 0.01


def test_smoothing_groups_decide_where_there_are_any() -> None:
    soup, true = solids.cube()
    points, triangles = shared(soup)

    one = creased_normals(points, triangles, groups=np.ones(12, np.int64))
    none = creased_normals(points, triangles, groups=np.zeros(12, np.int64))
    sides = creased_normals(points, triangles, groups=np.repeat(np.arange(1, 7), 2))

    assert off_by(one, points[triangles] / np.linalg.norm(points[0])).max() < 1e-6  # towards its corners
    assert off_by(none, true).max() < 1e-6 and off_by(sides, true).max() < 1e-6


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_faces_and_corners_changes_no_normal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    soup, _ = solids.gear(5)
    before = normals_of(soup)
    order, first = rng.permutation(len(soup)), rng.integers(0, 3, len(soup))
    corners = (np.arange(3)[None] + first[:, None]) % 3

    after = normals_of(soup[order[:, None], corners])

    assert off_by(after, before[order[:, None], corners]).max() < 1e-3


def test_both_sides_of_a_sheet_are_smooth_by_themselves() -> None:
    x, y = np.meshgrid(np.arange(6.0), np.arange(6.0))
    grid = np.stack([x, y, 0.05 * x**2], -1)
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
    up = np.concatenate([np.stack([a, b, c], 2).reshape(-1, 3, 3), np.stack([a, c, d], 2).reshape(-1, 3, 3)])

    both = normals_of(np.concatenate([up, up[:, ::-1]]))
    alone = normals_of(up)

    assert off_by(both[: len(up)], alone).max() < 0.01
    assert off_by(both[len(up) :, ::-1], -alone).max() < 0.01


def test_faces_that_are_there_twice_change_nothing() -> None:
    soup, true = solids.washer()

    twice = normals_of(np.concatenate([soup, soup[:40]]))

    assert off_by(twice[: len(soup)], true).max() < 0.01


def test_faces_without_area_do_not_part_their_neighbours() -> None:
    soup, true = solids.washer()
    a, b = soup[0, 0], soup[0, 1]
    sliver = np.array([[b, a, (a + b) / 2]])

    normals = normals_of(np.concatenate([soup, sliver, np.tile(a, (1, 3, 1))]))

    assert off_by(normals[: len(soup)], true).max() < 0.01
    assert np.isfinite(normals).all() and np.allclose(np.linalg.norm(normals, axis=2), 1)


def test_rounding_between_two_faces_of_a_round_part_makes_no_edge() -> None:
    soup, true = solids.washer()
    moved = soup.copy()
    moved[::2] += 1e-7  # each pair of triangles was written by itself

    assert off_by(normals_of(moved), true).max() < 0.01


def test_two_cones_that_touch_at_their_tips_keep_their_own_normals() -> None:
    a = np.linspace(0, 2 * np.pi, 37)
    ring = np.stack([np.cos(a), np.sin(a), np.full(37, 4.0)], 1)
    up = np.stack([np.zeros((36, 3)), ring[1:], ring[:-1]], 1)
    down = (up * [1, 1, -1])[:, ::-1]

    normals = normals_of(np.concatenate([up, down]))

    assert (normals[:36, 0, 2] < -0.1).all() and (normals[36:, 2, 2] > 0.1).all()


def test_faces_wound_the_other_way_are_found() -> None:
    soup, _ = solids.washer()
    points, triangles = shared(soup)
    turned = triangles.copy()
    turned[5:30] = turned[5:30, ::-1]

    assert not wound_against(points, triangles).any()
    assert np.array_equal(np.flatnonzero(wound_against(points, turned)), np.arange(5, 30))


def test_a_strip_of_one_side_ends() -> None:
    a = np.linspace(0, 2 * np.pi, 41)[:-1]
    edges = [
        np.stack([(3 + s * np.cos(a / 2)) * np.cos(a), (3 + s * np.cos(a / 2)) * np.sin(a), s * np.sin(a / 2)], 1)
        for s in (-0.5, 0.5)
    ]
    low, high = (np.concatenate([edges[k], edges[1 - k][:1]]) for k in (0, 1))
    soup = np.concatenate([quad for k in range(40) for quad in [solids.quad(low[k], low[k + 1], high[k + 1], high[k])]])
    points, triangles = shared(np.round(soup, 9))

    assert np.isfinite(creased_normals(points, triangles)).all()
    assert wound_against(points, triangles).sum() < len(soup)


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([0.0, -0.0, 1.0, 2.5, -3.0])] * 3), min_size=1, max_size=40))
def test_equal_points_are_joined_as_a_dictionary_does_it(points: list[tuple[float, float, float]]) -> None:
    numbers = {p: k for k, p in enumerate(dict.fromkeys(tuple(v + 0.0 for v in p) for p in points))}

    for dtype in (np.float32, np.float64):
        first, which = merged_points(np.array(points, dtype))

        assert which.tolist() == [numbers[tuple(v + 0.0 for v in p)] for p in points]
        assert np.array_equal(np.array(points)[first], np.array(list(numbers)))


def test_a_part_is_wound_and_given_normals_in_one_go() -> None:
    soup, true = solids.washer()
    mixed = soup.copy()
    mixed[7:20] = mixed[7:20, ::-1]

    against, normals = creased(*shared(mixed))
    unchanged, same = creased(*shared(soup))

    assert np.flatnonzero(against).tolist() == list(range(7, 20)) and not unchanged.any()
    assert off_by(normals, true).max() < 0.01 and off_by(same, true).max() < 0.01


def test_no_triangles_have_no_normals() -> None:
    assert creased_normals(np.zeros((0, 3)), np.zeros((0, 3), np.int64)).shape == (0, 3, 3)
