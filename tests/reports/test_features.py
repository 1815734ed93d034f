"""Distance by features: none between draws of one distribution, some between two."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rendersdg.errors import DatasetError
from rendersdg.reports.features import by_chance, discrepancy, feature_distance
from tests.reports.sets import labelled


def test_the_discrepancy_has_no_bias_and_grows_with_the_difference() -> None:
    rng = np.random.default_rng(0)
    drawn = [discrepancy(rng.normal(size=(12, 4)), rng.normal(size=(12, 4))) for _ in range(300)]
    near, far = (discrepancy(rng.normal(size=(60, 4)), rng.normal(size=(60, 4)) + shift) for shift in (0.5, 2))

    assert abs(np.mean(drawn)) < 3 * np.std(drawn) / np.sqrt(300)
    assert 0 < near < far


def test_the_discrepancy_is_that_of_the_kernel_written_out() -> None:
    a, b = np.array([[1.0, 0], [0, 1]]), np.array([[1.0, 1], [2, 0]])

    def k(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / 2 + 1) ** 3)

    slow = k(a[0], a[1]) + k(b[0], b[1]) - 2 * np.mean([k(x, y) for x in a for y in b])
    assert discrepancy(a, b) == pytest.approx(slow)


def test_sets_of_one_distribution_are_rarely_farther_apart_than_by_chance() -> None:
    rng = np.random.default_rng(3)

    far = 0
    for _ in range(60):
        a, b = rng.normal(size=(15, 3)), rng.normal(size=(12, 3))
        far += discrepancy(a, b) > by_chance(a, b, 60)

    assert 0 < far <= 9  # 3 on average
    assert discrepancy(a, b + 2) > by_chance(a, b + 2)


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    samples = labelled(tmp_path, [[]] * 4).images

    with pytest.raises(DatasetError, match="run"):
        feature_distance(tmp_path / "run", samples, samples, lambda: None)
