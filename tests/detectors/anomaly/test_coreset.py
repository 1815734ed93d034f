"""A coreset covers its rows, and is the greedy choice."""

from __future__ import annotations

import numpy as np

from detectors.anomaly.coreset import coreset, projected
from rendersdg.arrays import F4
from rendersdg.streams import generator


def rows(count: int, width: int, seed: int = 0) -> F4:
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def test_each_pick_is_the_row_farthest_from_those_before_it() -> None:
    features = rows(300, 8)

    picks = coreset(features, 40, seed=3)

    for k in range(1, 40):
        away = np.linalg.norm(features[:, None] - features[picks[:k]], axis=2).min(1)
        assert away[picks[k]] >= away.max() - 1e-4


def test_no_row_is_chosen_twice_even_where_all_are_equal() -> None:
    picks = coreset(np.ones((50, 4), np.float32), 20)

    assert len(set(picks.tolist())) == 20


def test_all_rows_are_kept_where_there_is_room() -> None:
    assert coreset(rows(5, 3), 9).tolist() == [0, 1, 2, 3, 4]


def test_few_far_rows_are_kept_among_many_near_ones() -> None:
    features = np.concatenate([rows(1000, 6) * 0.01, rows(5, 6) + 50])

    assert set(range(1000, 1005)) <= set(coreset(features, 10).tolist())


def test_the_choice_is_a_function_of_the_seed() -> None:
    features = rows(400, 100)

    assert coreset(features, 30, 1).tolist() == coreset(features, 30, 1).tolist()
    assert coreset(features, 30, 1).tolist() != coreset(features, 30, 2).tolist()


def test_a_projection_keeps_distances_about_as_they_are() -> None:
    features = rows(60, 500)

    shown = projected(features, generator(0, "test", 0))

    before, after = (np.linalg.norm(r[:30] - r[30:], axis=1) for r in (features, shown))
    assert np.abs(after / before - 1).mean() < 0.15
