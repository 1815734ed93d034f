"""Copy and paste: the object comes with its contrast, its box lies on it, and nothing else changes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.paste import pasted

BOX = np.array([20.0, 24.0, 32.0, 40.0])


def plate(level: int, mark: int | None = None, size: int = 96) -> np.ndarray:
    image = np.full((size, size, 3), level, np.uint8)
    if mark is not None:
        image[24:40, 20:32] = mark
    return image


@given(st.integers(0, 10**6))
def test_the_box_lies_on_the_object_and_all_else_stays(seed: int) -> None:
    found = pasted(plate(100), np.zeros((0, 4)), plate(100, 50), BOX, np.random.default_rng(seed))

    assert found is not None
    image, box = found
    ys, xs = np.nonzero(image[..., 0] < 75)
    assert [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1] == box.tolist()
    assert set(np.unique(image)) == {50, 100}


def test_the_object_takes_the_light_of_its_new_place() -> None:
    found = pasted(plate(150), np.zeros((0, 4)), plate(100, 50), BOX, np.random.default_rng(0))

    assert found is not None
    assert sorted(np.unique(found[0]).tolist()) == [75, 150]  # half of what is around it, as before


@given(st.integers(0, 10**6))
def test_nothing_that_is_there_is_hidden(seed: int) -> None:
    there = np.array([[10.0, 10.0, 60.0, 60.0]])

    found = pasted(plate(100), there, plate(100, 50), BOX, np.random.default_rng(seed))

    if found is not None:
        box = found[1]
        sides = np.minimum(box[2:], there[0, 2:]) - np.maximum(box[:2], there[0, :2])
        assert sides.clip(0).prod() <= 0.3 * 12 * 16


def test_what_has_no_room_is_not_pasted() -> None:
    large = np.array([0.0, 0.0, 96.0, 96.0])

    assert pasted(plate(100, size=40), np.zeros((0, 4)), plate(100), large, np.random.default_rng(0)) is None


@given(st.integers(0, 10**6), st.integers(0, 255), st.integers(0, 255))
def test_an_object_at_the_pictures_side_and_any_level_is_no_trouble(seed: int, a: int, b: int) -> None:
    corner = np.array([0.0, 0.0, 12.5, 7.25])

    found = pasted(plate(a), np.zeros((0, 4)), plate(b), corner, np.random.default_rng(seed))

    assert found is not None
    assert found[0].shape == (96, 96, 3) and np.abs(found[0].astype(int) - a).max() <= 1
    assert (found[1][2:] - found[1][:2]).tolist() == [12.5, 7.25]
