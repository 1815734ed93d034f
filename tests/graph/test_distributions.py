"""Distributions: every value is a function of (seed, site, execution)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendersdg.errors import BadArgument
from rendersdg.graph.distributions import Choice, Combine, LogUniform, Normal, SequenceOf, Uniform
from rendersdg.streams import Source


def source(execution: int = 0, seed: int = 0, site: str = "here") -> Source:
    return Source(seed, site, execution)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=4), st.floats(0, 1e3), st.integers(0, 2**40))
def test_uniform_stays_in_its_box(lower: list[float], width: float, seed: int) -> None:
    upper = [low + width for low in lower]

    values = np.array(Uniform(lower, upper).draw(source(seed=seed), 7))

    assert values.shape == (7, len(lower))
    assert (values >= lower).all() and (values <= upper).all()


def test_moments_are_those_asked_for() -> None:
    normal = np.array(Normal([2.0, -1.0], [0.5, 3.0]).draw(source(), 20_000))
    log = np.log(np.array(LogUniform(0.1, 10.0).draw(source(), 20_000)))

    assert np.allclose(normal.mean(0), [2.0, -1.0], atol=0.1)
    assert np.allclose(normal.std(0), [0.5, 3.0], rtol=0.03)
    assert abs(log.mean()) < 0.05 and log.min() >= np.log(0.1) and log.max() <= np.log(10)


def test_more_prims_leave_the_first_ones_alone() -> None:
    dist = Uniform([0, 0, 0], [1, 1, 1])

    assert dist.draw(source(), 9)[:4] == dist.draw(source(), 4)


def test_choice_follows_weights_and_never_picks_weight_zero() -> None:
    picks = Choice(["a", "b", "c"], [1, 0, 3]).draw(source(), 8_000)

    assert picks.count("b") == 0
    assert 0.22 < picks.count("a") / 8_000 < 0.28


@given(st.integers(1, 12), st.integers(0, 10**6))
def test_choice_without_replacement_gives_different_entries(count: int, seed: int) -> None:
    picks = Choice(list(range(12)), None, False).draw(source(seed=seed), count)

    assert len(set(picks)) == count


def test_choice_without_replacement_says_when_there_are_too_few() -> None:
    with pytest.raises(BadArgument, match="at least 3 choices"):
        Choice(["a", "b"], None, False).draw(source(), 3)


def test_sequence_steps_wraps_and_shuffles_each_round() -> None:
    ordered = [SequenceOf([1, 2, 3]).draw(source(k), 2) for k in range(4)]
    shuffled = [SequenceOf([1, 2, 3, 4, 5], ordered=False).draw(source(k), 1)[0] for k in range(10)]

    assert ordered == [[1, 1], [2, 2], [3, 3], [1, 1]]
    assert sorted(shuffled[:5]) == sorted(shuffled[5:]) == [1, 2, 3, 4, 5]


def test_combine_and_nesting_join_components() -> None:
    nested = Choice([Uniform(5, 6), Uniform(7, 8)])
    rows = Combine([Uniform(0, 1), 3.0, nested]).draw(source(), 50)

    assert all(len(r) == 3 and 0 <= r[0] < 1 and r[1] == 3.0 and (5 <= r[2] < 6 or 7 <= r[2] < 8) for r in rows)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Uniform(2, 1), "exceeds upper"),
        (lambda: Uniform([0, 0], [1, 1, 1]), "2 components"),
        (lambda: Normal(0, -1), "negative"),
        (lambda: LogUniform(0, 1), "0 < lower"),
        (lambda: Choice([]), "at least one"),
        (lambda: Choice([1, 2], [1]), "as many weights"),
        (lambda: Uniform(float("nan"), 1), "not finite"),
    ],
)
def test_impossible_distributions_are_refused_with_their_values(make: Callable[[], object], text: str) -> None:
    with pytest.raises(BadArgument, match=text):
        make()


def test_bounds_that_cross_by_the_rounding_of_32_bits_are_equal() -> None:
    lower, upper = float(np.float32(0.96)) + 2e-8, float(np.float32(0.96))

    drawn = Uniform((lower, 6.0), (upper, 7.0)).draw(Source(0, "here", 0), 4)

    assert all(upper <= x <= lower and 6 <= y < 7 for x, y in drawn)
