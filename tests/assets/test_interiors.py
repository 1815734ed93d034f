"""Rooms as skies: what is seen where, and how bright they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rendersdg.assets.interiors import LOUNGE, PHOTO_STUDIO, WORKSHOP, Interior, panorama

BARE = Interior(
    half=(3, 2),
    height=3,
    floor=((0.1, 0.1, 0.5), (0.1, 0.1, 0.5)),
    laid=(9, 9),
    wall=(0.5, 0.1, 0.1),
    goods=((0.1, 0.1, 0.1),),
    filled=0.0,
    lamps=((0, 0, 0.3, 0.3),),
)


@pytest.mark.parametrize("room", [LOUNGE, WORKSHOP, PHOTO_STUDIO])
def test_a_room_lights_as_much_as_a_sky_and_its_background_is_not_blown(room: Interior) -> None:
    image = panorama(room)
    rows = np.sin((np.arange(len(image)) + 0.5) / len(image) * np.pi)[:, None]
    share = np.broadcast_to(rows, image.shape[:2]) / (rows.sum() * image.shape[1])

    assert (image.mean(-1) * share).sum() == pytest.approx(0.95, abs=0.01)
    assert share[image.mean(-1) > 1].sum() < 0.06  # of all directions
    assert 0.2 < np.median(image) < 0.5


def test_lamps_are_above_the_floor_below_and_windows_where_they_are_said() -> None:
    bare, lit = panorama(BARE), panorama(replace(BARE, windows=((0, 0.5, 0.4, 1.2, 1.8),)))
    height, width = bare.shape[:2]
    right = round(np.arctan2(0.5, 3.0) / (2 * np.pi) * width)  # where the first wall, at +X, is 0.5 m to the side

    assert bare[0].min() > 10 and bare[height // 4].max() < 1  # the lamp is 0.6 m wide, 1.5 m above
    assert (
        bare[-1].argmax(axis=-1).tolist() == [2] * width and bare[height // 2].argmax(axis=-1).tolist() == [0] * width
    )
    assert lit[height // 2, right + 12].argmax() == 2 and np.array_equal(
        lit[height // 2, width // 4 : -width // 4].argmax(-1), bare[height // 2, width // 4 : -width // 4].argmax(-1)
    )


def test_a_room_closes_behind_the_eye() -> None:
    image = panorama(replace(BARE, lamps=((1.0, 0, 0.3, 0.3),)))

    assert np.abs(image[:, 0] - image[:, -1]).max() < 0.02
