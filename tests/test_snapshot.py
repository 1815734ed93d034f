"""Snapshots refuse what cannot be drawn, and say what they hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rendersdg.errors import BadArgument
from rendersdg.snapshot import Mesh, Sensor
from tests.kernels.nasty import snapshot

POINTS = np.array([[0, 0, 0], [2, 0, 0], [0, 3, -1]], np.float32)
MESH = Mesh("m", POINTS, POINTS, POINTS[:, :2], POINTS, np.array([[0, 1, 2]], np.int32))


def test_the_bounds_of_a_mesh_are_its_lowest_and_highest_numbers() -> None:
    low, high = MESH.bounds

    assert low.tolist() == [0, 0, -1] and high.tolist() == [2, 3, 0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"normals": POINTS[:2]}, r"normals must have shape \(3, 3\), got \(2, 3\)"),
        ({"uvs": POINTS}, r"uvs must have shape \(3, 2\)"),
        ({"triangles": np.array([[0, 1, 3]], np.int32)}, r"must lie in 0\.\.2"),
    ],
)
def test_a_mesh_whose_arrays_do_not_fit_is_an_error(change: dict[str, np.ndarray], said: str) -> None:
    with pytest.raises(BadArgument, match=said):
        replace(MESH, **change)


def test_a_sensor_out_of_range_is_an_error() -> None:
    with pytest.raises(BadArgument, match=r"vignetting=2 must lie in 0\.\.1"):
        Sensor(vignetting=2)
    with pytest.raises(BadArgument, match="tone='log'"):
        Sensor(tone="log")  # type: ignore[arg-type]


@pytest.mark.parametrize(("tiles", "columns"), [(0, 1), (1, 1), (2, 2), (4, 2), (5, 3), (9, 3), (10, 4)])
def test_tiles_stand_in_a_square_as_near_as_can_be(tiles: int, columns: int) -> None:
    product = snapshot(5).products[0]
    tiled = replace(product, tiles=(product,) * tiles)

    assert tiled.columns == columns and len(tiled.shots) == max(tiles, 1)


def test_what_is_shown_intact_stands_in_the_twin_alone() -> None:
    shown = snapshot(5)
    assert len(shown.instances) > 1 and not shown.has_twin and shown.drawn().all()

    first = replace(shown.instances[0], shown="intact")
    twin = replace(shown, instances=(first, *shown.instances[1:]))

    assert twin.has_twin and not twin.drawn()[0] and twin.drawn()[1:].all() and twin.drawn(intact=True).all()
    assert twin.worlds.shape == (len(shown.instances), 4, 4)
