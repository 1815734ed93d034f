"""Made defects: their masks are where the photograph changed."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.anomaly.synthetic import synthetic
from tests.detectors.anomaly.parts import part

SIZES = st.sampled_from([(80, 60), (256, 30), (31, 200), (9, 9)])


@given(st.integers(0, 10_000), SIZES)
@settings(max_examples=60, deadline=None)
def test_what_is_far_from_the_mask_stays_as_it_was(seed: int, size_wh: tuple[int, int]) -> None:
    photograph = part(seed, size_wh=size_wh)[0]

    out, mask = synthetic(photograph, [photograph, part(seed + 1)[0]], np.random.default_rng(seed))

    assert out.shape == photograph.shape
    assert mask.shape == photograph.shape[:2]
    changed = np.abs(out.astype(int) - photograph).max(2)
    assert (changed[~mask] < 6).all()
    assert not mask.any() or changed[mask].mean() >= 4


def test_nearly_every_photograph_gets_a_defect() -> None:
    photographs = [part(k)[0] for k in range(5)]

    masks = [synthetic(photographs[k % 5], photographs, np.random.default_rng(k))[1] for k in range(100)]

    assert sum(mask.any() for mask in masks) >= 95
    assert len({int(mask.sum()) for mask in masks}) > 50  # sizes differ


def test_a_grey_photograph_stays_grey() -> None:
    photograph = part(0)[0]

    for k in range(40):
        out, _ = synthetic(photograph, [photograph], np.random.default_rng(k))

        assert (out[..., 0] == out[..., 2]).all()


def test_a_defect_is_a_function_of_its_draws() -> None:
    photograph = part(0)[0]

    one, other = (synthetic(photograph, [photograph], np.random.default_rng(4)) for _ in range(2))

    assert (one[0] == other[0]).all() and (one[1] == other[1]).all()
