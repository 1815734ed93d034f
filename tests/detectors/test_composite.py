"""Rendered changes on photographs: light is multiplied, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.composite import Change, Mark, change_between, composited
from rendersdg.colour import linear_from_eight_bit
from rendersdg.errors import BadArgument
from tests.detectors.anomaly.parts import part


def frame(gain: float = 0.5) -> Change:
    intact = np.full((60, 80, 3), 0.4, np.float32)
    damaged, mask = intact.copy(), np.zeros((60, 80), bool)
    mask[20:40, 30:55] = True
    damaged[mask] *= gain
    change = change_between(damaged, intact, [Mark("pit", mask)])
    assert change is not None
    return change


def test_a_change_is_cut_to_where_something_changes() -> None:
    change = frame()

    assert change.corner_xy == (30, 20)
    assert change.mask.shape == (20, 25)
    assert change.gain == pytest.approx(0.5, abs=0.01)


def test_a_frame_that_looks_like_its_twin_changes_nothing() -> None:
    light = np.ones((4, 4, 3), np.float32)

    assert change_between(light * 1.02, light, []) is None


def test_a_mark_that_noise_kept_from_a_label_is_defective_all_the_same() -> None:
    light = np.ones((4, 4, 3), np.float32)
    damaged = light.copy()
    damaged[1, 2] = 0.5

    change = change_between(damaged, light, [])

    assert change is not None
    assert (change.corner_xy, change.mask.tolist()) == ((2, 1), [[True]])


def test_black_beside_black_stays_as_it_is() -> None:
    light = np.zeros((4, 4, 3), np.float32)

    change = change_between(light, light, [Mark("pit", np.ones((4, 4), bool))])

    assert change is not None
    assert (change.gain == 1).all()


def test_half_the_light_is_half_the_light_of_the_photograph() -> None:
    photograph = part(0)[0]

    made = composited(photograph, frame(0.5), np.random.default_rng(1))
    out, mask = made.image, made.mask

    inner = mask & (linear_from_eight_bit(photograph)[..., 0] > 0.05)
    ratio = linear_from_eight_bit(out)[inner] / linear_from_eight_bit(photograph)[inner]
    assert np.median(ratio) == pytest.approx(0.5, abs=0.03)


@given(st.integers(0, 10_000), st.sampled_from([(80, 60), (33, 90), (200, 41)]))
@settings(max_examples=30, deadline=None)
def test_what_is_not_labelled_is_not_touched(seed: int, size_wh: tuple[int, int]) -> None:
    photograph = part(seed, size_wh=size_wh)[0]

    made = composited(photograph, frame(), np.random.default_rng(seed))
    out, mask = made.image, made.mask

    assert out.shape == photograph.shape
    far = np.ones(mask.shape, bool)
    rows, columns = np.nonzero(mask)
    if len(rows):
        far[max(rows.min() - 4, 0) : rows.max() + 5, max(columns.min() - 4, 0) : columns.max() + 5] = False
    assert (out[far] == photograph[far]).all()


def test_a_composite_is_a_function_of_its_draws() -> None:
    photograph = part(3)[0]

    one, other = (composited(photograph, frame(), np.random.default_rng(7)) for _ in range(2))

    assert (one.image == other.image).all()


def test_a_gain_that_does_not_fit_its_mask_is_refused() -> None:
    with pytest.raises(BadArgument, match="shape"):
        Change(np.ones((3, 3, 3), np.float32), np.ones((2, 3), bool), (0, 0), (9, 9))
