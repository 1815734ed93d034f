"""The sweep over triangles: exact coverage of the half-pixel grid, counts and boxes,
against integer arithmetic done slowly.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rendersdg.backends.labelpass import see
from rendersdg.backends.scene_tables import SceneTables
from rendersdg.snapshot import Camera, Entity, Instance, Material, Mesh, RenderProduct, Snapshot

W, H, FOCAL = 24, 16, 64.0
TABLES = SceneTables()
Corner = tuple[int, int]  # in 1/256 pixels
Triangle = tuple[Corner, Corner, Corner]


def snapshot_of(triangles: list[Triangle], distances: list[float]) -> Snapshot:
    """Return a snapshot of triangles that face the camera, each its own entity, at distances that are powers of two."""
    f4, pose = np.float32, np.eye(4)
    meshes = []
    for k, (corners, w) in enumerate(zip(triangles, distances)):
        u, v = np.array(corners, float).T / 256
        points = np.stack([(u - W / 2) / FOCAL * w, (H / 2 - v) / FOCAL * w, np.full(3, -w)], 1).astype(f4)
        blank = np.zeros((3, 3), f4)
        meshes.append(
            Mesh(f"t{k}", points, blank + f4((0, 0, 1)), blank[:, :2], blank + f4(1), np.array([[0, 1, 2]], np.int32))
        )
    instances = tuple(Instance(f"/t{k}", k, 0, k, pose, pose) for k in range(len(meshes)))
    entities = tuple(Entity(i.prim_path, (("class", "t"),), pose, *m.bounds) for i, m in zip(instances, meshes))
    camera = Camera("/camera", (W, H), pose, pose, "pinhole", (FOCAL, FOCAL), (W / 2, H / 2), (0.01, 1000.0))
    return Snapshot(
        0, 0.0, 1.0, "Z", tuple(meshes), (), (Material(),), instances, entities, (), (RenderProduct("view", camera),)
    )


def covered(triangle: Triangle) -> NDArray[np.bool_]:
    """Return which samples (2H, 2W) lie in a triangle; sample h is at 128 (h + 1).
    Of two that share an edge one has it.
    """
    (x0, y0), (x1, y1), (x2, y2) = triangle
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    corners = triangle if area > 0 else (triangle[0], triangle[2], triangle[1])
    px, py = np.meshgrid(128 * (np.arange(2 * W) + 1), 128 * (np.arange(2 * H) + 1))
    inside = np.full(px.shape, area != 0)
    for k in range(3):
        (ax, ay), (bx, by) = corners[k], corners[(k + 1) % 3]
        edge = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
        owns = ay > by or (ay == by and bx > ax)
        inside &= (edge > 0) | ((edge == 0) & owns)
    return inside


def near(reach: int) -> st.SearchStrategy[Triangle]:
    """Return triangles with corners within ``reach`` 1/256 pixels of a point in or a little beside the picture.

    Half of them have their corners on samples, so that edges run through samples.
    """

    def built(unit: int) -> st.SearchStrategy[Triangle]:
        at = st.tuples(
            st.integers(-512 // unit, (256 * W + 512) // unit), st.integers(-512 // unit, (256 * H + 512) // unit)
        )
        offset = st.integers(-reach // unit, reach // unit)
        place = st.tuples(at, *[st.tuples(offset, offset)] * 3)
        return place.map(lambda p: tuple(((p[0][0] + dx) * unit, (p[0][1] + dy) * unit) for dx, dy in p[1:]))

    return st.one_of(built(1), built(128))


@settings(max_examples=150, deadline=None)
@given(st.lists(near(900) | near(2048) | near(9000), min_size=1, max_size=6), st.permutations(range(6)))
def test_samples_counts_and_boxes_are_those_of_integer_arithmetic(triangles: list[Triangle], order: list[int]) -> None:
    distances = [2.0 ** order[k] for k in range(len(triangles))]
    snapshot = snapshot_of(triangles, distances)
    masks = [covered(t) for t in triangles]
    expected = np.full((2 * H, 2 * W), -1)
    for k in sorted(range(len(triangles)), key=lambda k: -distances[k]):
        expected[masks[k]] = k

    fine = see(snapshot, snapshot.products[0].camera, TABLES, 1)
    centres = see(snapshot, snapshot.products[0].camera, TABLES, 2)

    assert (fine.triangle.reshape(2 * H, 2 * W) == expected).all()
    assert (centres.triangle.reshape(H, W) == expected[::2, ::2]).all()
    for view in (fine, centres):
        for k, mask in enumerate(masks):
            rows, columns = np.nonzero(mask[::2, ::2])
            assert view.unoccluded[k] == len(rows)
            if len(rows):
                assert view.loose[k].tolist() == [columns.min(), rows.min(), columns.max(), rows.max()]


@given(near(900) | near(9000), st.tuples(st.integers(-3000, 256 * W), st.integers(-3000, 256 * H)))
@settings(max_examples=100, deadline=None)
def test_two_triangles_on_an_edge_leave_no_crack_and_share_no_sample(triangle: Triangle, apex: Corner) -> None:
    a, b, _ = triangle
    c = triangle[2]
    if ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) * (
        (b[0] - a[0]) * (apex[1] - a[1]) - (apex[0] - a[0]) * (b[1] - a[1])
    ) >= 0:
        return  # both on one side of the edge
    snapshot = snapshot_of([triangle, (a, b, apex)], [4.0, 4.0])

    view = see(snapshot, snapshot.products[0].camera, TABLES, 2)

    seen = view.triangle.reshape(H, W)
    assert view.unoccluded.tolist() == [(seen == 0).sum(), (seen == 1).sum()]
    on_edge = covered(triangle) & covered((a, b, apex))
    assert not on_edge.any()


@pytest.mark.parametrize("unit", [128, 256, 640])
def test_squares_whose_edges_run_through_samples_share_them_out(unit: int) -> None:
    """A square is left and top of its neighbours: it has the samples on its left and top edges,
    and none of the others'.
    """

    def square(column: int, row: int) -> list[Triangle]:
        x0, y0, x1, y1 = (unit * k + 512 for k in (column, row, column + 1, row + 1))
        return [((x0, y0), (x0, y1), (x1, y1)), ((x0, y0), (x1, y1), (x1, y0))]

    triangles = [t for column in range(3) for row in range(3) for t in square(column, row)]
    snapshot = snapshot_of(triangles, [4.0] * len(triangles))

    view = see(snapshot, snapshot.products[0].camera, TABLES, 1)

    seen = view.triangle.reshape(2 * H, 2 * W) // 2
    side = unit // 128
    first = 512 // 128 - 1  # sample h is at 128 (h + 1)
    for k in range(9):
        columns, rows = first + side * (k // 3), first + side * (k % 3)
        assert (seen[rows : rows + side, columns : columns + side] == k).all()
    assert (seen >= 0).sum() == 9 * side * side
