"""The metrics of MVTec AD: answers known by hand, a slow definition, and scikit-learn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.anomaly.metrics import au_pro, auroc, regions, scores_of
from rendersdg.arrays import F4, Mask
from rendersdg.errors import BadArgument

METRICS = pytest.importorskip("sklearn.metrics")


def slow_au_pro(heats: list[F4], masks: list[Mask], limit: float) -> float:
    """The definition, threshold by threshold: overlap of each region against false positives."""
    good = np.concatenate([h[~m] for h, m in zip(heats, masks)])
    parts = [h[regions(m)[1] == k] for h, m in zip(heats, masks) for k in range(1, regions(m)[0] + 1)]
    points = [(0.0, 0.0)]
    for threshold in sorted({float(v) for h in heats for v in h.ravel()}, reverse=True):
        overlaps = [float(np.mean(part >= threshold)) for part in parts]
        points.append((float(np.mean(good >= threshold)), float(np.mean(overlaps))))
    xs, ys = np.array(points).T
    grid = sorted({limit, *(x for x in xs if x <= limit)})
    area = 0.0
    for left, right in itertools.pairwise(grid):
        # the curve may rise straight up at one x: its value left of a stretch is the highest there
        low = max(y for x, y in points if x == left)
        ahead = int(np.argmax(xs >= right))
        before = ahead - 1
        share = (right - xs[before]) / (xs[ahead] - xs[before])
        area += (right - left) * (low + ys[before] + share * (ys[ahead] - ys[before])) / 2
    return area / limit


def drawn(seed: int, levels: int) -> tuple[list[F4], list[Mask]]:
    rng = np.random.default_rng(seed)
    shapes = [(7, 9), (8, 5), (6, 6)]
    masks = [rng.random(shape) < 0.25 for shape in shapes]
    masks[0][0, 0], masks[0][5, 5] = True, False
    heats = [(np.floor(rng.random(m.shape) * levels) / levels + 0.25 * m).astype(np.float32) for m in masks]
    return heats, masks


def test_two_scores_out_of_order_among_four_pairs_give_three_quarters() -> None:
    assert auroc(np.array([1.0, 4.0, 3.0, 8.0]), np.array([False, False, True, True])) == 0.75


def test_equal_scores_count_as_half() -> None:
    assert auroc(np.full(10, 0.3), np.arange(10) < 3) == 0.5


@given(st.integers(0, 10_000), st.sampled_from([2, 5, 1000]))
@settings(max_examples=30, deadline=None)
def test_auroc_is_that_of_scikit_learn(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    scores = np.floor(rng.random(60) * levels)
    is_bad = rng.random(60) < 0.4
    is_bad[:2] = True, False

    assert auroc(scores, is_bad) == pytest.approx(METRICS.roc_auc_score(is_bad, scores), abs=1e-12)


def test_pixel_auroc_is_that_of_scikit_learn_over_all_pixels() -> None:
    heats, masks = drawn(3, 50)
    scores = scores_of(heats, np.array([0.9, 0.8, 0.1]), masks, np.array([True, True, False]))

    flat = np.concatenate([h.ravel() for h in heats]), np.concatenate([m.ravel() for m in masks])
    assert scores.pixel_auroc == pytest.approx(METRICS.roc_auc_score(flat[1], flat[0]), abs=1e-12)
    assert scores.image_auroc == 1.0


def test_a_map_that_is_the_mask_has_an_overlap_of_one() -> None:
    mask = np.zeros((10, 10), bool)
    mask[2:4, 2:4] = True

    assert au_pro([mask.astype(np.float32)], [mask]) == pytest.approx(1)


def test_a_map_that_is_the_same_everywhere_has_half_of_the_limit() -> None:
    mask = np.zeros((10, 10), bool)
    mask[2:4, 2:4] = True

    # the curve is the diagonal: its area up to 0.3 is 0.045, over 0.3
    assert au_pro([np.ones((10, 10), np.float32)], [mask]) == pytest.approx(0.15)


def test_a_small_region_counts_as_much_as_a_large_one() -> None:
    mask = np.zeros((10, 20), bool)
    mask[0, 0] = True
    mask[5:9, 2:12] = True
    heat = np.zeros((10, 20), np.float32)
    heat[0, 0] = 1

    # half of the regions is found at once; the rest by the diagonal from (0, 0.5) to (1, 1), 0.65 at 0.3
    assert au_pro([heat], [mask]) == pytest.approx((0.5 + 0.65) / 2)


def test_pixels_that_touch_by_a_corner_are_one_region() -> None:
    assert regions(np.eye(4, dtype=bool))[0] == 1


@given(st.integers(0, 10_000), st.sampled_from([3, 10, 100_000]), st.sampled_from([0.05, 0.3, 1.0]))
@settings(max_examples=40, deadline=None)
def test_au_pro_is_its_slow_definition(seed: int, levels: int, limit: float) -> None:
    heats, masks = drawn(seed, levels)

    assert au_pro(heats, masks, limit) == pytest.approx(slow_au_pro(heats, masks, limit), abs=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_map_stretched_by_a_rising_function_scores_the_same(seed: int) -> None:
    heats, masks = drawn(seed, 20)
    stretched = [np.exp(3 * h).astype(np.float32) - 7 for h in heats]

    assert au_pro(stretched, masks) == pytest.approx(au_pro(heats, masks))


def test_what_a_set_cannot_say_is_no_number() -> None:
    heat, mask = np.zeros((4, 4), np.float32), np.zeros((4, 4), bool)

    scores = scores_of([heat, heat], np.array([0.1, 0.2]), [mask, None], np.array([False, False]))

    assert np.isnan([scores.image_auroc, scores.pixel_auroc, scores.au_pro]).all()


def test_an_image_without_a_mask_is_left_out_of_what_is_about_pixels() -> None:
    heats, masks = drawn(5, 20)
    wild = np.random.default_rng(0).random((5, 5)).astype(np.float32)

    with_it = scores_of([*heats, wild], np.arange(4.0), [*masks, None], np.array([False, True, True, True]))

    assert with_it.au_pro == au_pro(heats, masks)


@pytest.mark.parametrize(
    ("heat", "text"),
    [(np.zeros((3, 4), np.float32), "shape"), (np.full((4, 4), np.nan, np.float32), "not finite")],
)
def test_maps_that_do_not_fit_are_refused(heat: F4, text: str) -> None:
    with pytest.raises(BadArgument, match=text):
        au_pro([heat], [np.ones((4, 4), bool)])
