"""Tubes and balls: frames do not twist, balls are as round as there is room for."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.stage.strands import MOST_TRIANGLES, Lines, balls, tubes


def bent(closed: bool = False) -> Lines:
    angle = np.linspace(0, np.pi, 20)
    places = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(20)])[None] * 5
    return Lines(places, np.full((1, 20), 0.5), np.zeros((1, 20, 3)), None, closed)


@pytest.mark.parametrize("sides", [3, 8])
def test_a_tube_keeps_its_distance_from_its_line(sides: int) -> None:
    lines = bent()
    shape, colours = tubes(lines, sides)
    away = np.linalg.norm(shape.vertices[:, None] - lines.places[0], axis=2).min(1)

    assert away == pytest.approx(0.5) and len(colours) == len(shape.vertices)
    assert len(shape.triangles) == 19 * sides * 2 + 2 * (sides - 2)


def test_points_on_one_place_make_no_nan() -> None:
    shape, _ = tubes(Lines(np.zeros((1, 4, 3)), np.ones((1, 4)), np.zeros((1, 4, 3)), None, False), 4)

    assert np.isfinite(shape.vertices).all() and np.isfinite(shape.normals).all()


@pytest.mark.parametrize("count, faces", [(1, 512), (5_000, 32), (MOST_TRIANGLES // 8, 8)])
def test_balls_are_as_round_as_there_is_room_for(count: int, faces: int) -> None:
    shape, owner = balls(np.zeros((count, 3)), np.ones(count))

    assert len(shape.triangles) == count * faces and len(owner) == len(shape.vertices)
