"""Scores of made images are what a hand finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")

from detectors.generator.scores import (
    frechet,
    inception_score,
)

pytestmark = pytest.mark.extra


def test_the_distance_of_two_normals_is_what_the_formula_gives() -> None:
    rng = np.random.default_rng(0)
    base = rng.standard_normal((4000, 3))
    base = (base - base.mean(0)) @ np.linalg.inv(
        np.linalg.cholesky(np.cov(base, rowvar=False))
    ).T  # mean 0, covariance 1
    a, b = base * [1, 2, 3], base * [2, 2, 1] + [3, 0, -4]

    # independent axes: (3, 0, -4) apart, deviations 1, 2, 3 and 2, 2, 1
    assert frechet(a, b) == pytest.approx(25 + (1 - 2) ** 2 + 0 + (3 - 1) ** 2, rel=1e-9)
    assert frechet(a, a) == pytest.approx(0, abs=1e-9) and frechet(a, b) == pytest.approx(frechet(b, a), rel=1e-9)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_distance_is_that_of_a_matrix_square_root(seed: int) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    rng = np.random.default_rng(seed)
    a, b = (rng.standard_normal((50, 4)) @ rng.standard_normal((4, 4)) + rng.standard_normal(4) for _ in range(2))
    one, other = np.cov(a, rowvar=False), np.cov(b, rowvar=False)

    root = linalg.sqrtm(one @ other).real

    assert frechet(a, b) == pytest.approx(
        ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(one + other - 2 * root), rel=1e-5
    )


def test_the_inception_score_counts_the_classes() -> None:
    assert inception_score(np.eye(5)) == pytest.approx(5)
    assert inception_score(np.full((9, 5), 0.2)) == pytest.approx(1)
    assert inception_score(np.eye(5)[[0, 0, 1, 1]]) == pytest.approx(2)
