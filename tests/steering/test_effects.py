"""Effects: a planted corner is found and named, and what does not matter is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rendersdg.steering.effects import Corner, corner, effects, significant, spread_p
from rendersdg.steering.outcomes import Outcome, View
from tests.steering.objects import entries, number, outcome, view

KNOWN = [number("gain"), number("length", 10, 20), entries("kind", "a", "b", weights=(3, 1)), number("angle", 0, 180)]


def planted(frames: int, seed: int = 0, base: float = 0.9) -> tuple[list[Outcome], list[View]]:
    """Return objects that are missed where gain is above 0.8 and length below 12, and found elsewhere; one a frame."""
    rng = np.random.default_rng(seed)
    rows, views = [], []
    for k in range(frames):
        values = {
            "gain": rng.uniform(0, 1),
            "length": rng.uniform(10, 20),
            "kind": "ab"[int(rng.random() < 0.25)],
            "angle": rng.uniform(0, 180),
        }
        is_hard = values["gain"] > 0.8 and values["length"] < 12
        rows.append(outcome(values, 0.05 if is_hard else base - 0.2 * rng.random(), k))
        views.append(view(k, **values))
    return rows, views


def test_the_planted_corner_is_named_with_its_two_ranges() -> None:
    rows, views = planted(1500)

    found = corner(rows, significant(effects(rows, views, KNOWN, 5, 0.3)), 0.3)

    assert isinstance(found, Corner)
    ranges = {e.parameter.label: e.part(k) for e, k in zip(found.effects, found.parts)}
    assert ranges == {"marks.gain": "0.8 to 1", "marks.length": "10 to 12"}
    assert (found.share, found.elsewhere) == (1.0, 0.0)
    assert "100% of" in str(found)


def test_what_matters_is_sure_and_what_does_not_is_not() -> None:
    rows, views = planted(1500)

    sure = significant(effects(rows, views, KNOWN, 5, 0.3))

    assert {e.parameter.label for e in sure} == {"marks.gain", "marks.length"}


def test_nothing_is_named_where_misses_fall_anywhere() -> None:
    wrong = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rows, views = planted(200, seed)
        rows = [outcome({k[6:]: v for k, v in r.values.items()}, float(rng.random()), r.group) for r in rows]
        wrong += bool(significant(effects(rows, views, KNOWN, 5, 0.3)))

    assert wrong <= 5  # a false discovery rate of one in ten, twenty times


def test_means_of_parts_are_those_that_can_be_counted() -> None:
    rows = [outcome({"gain": 0.1}, 1.0, k) for k in range(6)] + [outcome({"gain": 0.9}, 0.25, 6 + k) for k in range(6)]
    views = [view(k, gain=0.1 if k < 6 else 0.9) for k in range(12)]

    (effect,) = effects(rows, views, [KNOWN[0]], 2, 0.3)

    assert effect.harm.tolist() == [0.0, 0.75]
    assert effect.counts.tolist() == [6, 6]
    assert effect.overall == pytest.approx(0.375)


def test_false_alarms_count_where_their_frames_values_lie() -> None:
    rows = [outcome({"gain": 0.1 + 0.8 * (k % 2)}, 1.0, k) for k in range(40)]
    rows += [outcome({"gain": 0.9}, 0.8, k, is_object=False) for k in range(1, 40, 2)]
    views = [view(k, gain=0.1 + 0.8 * (k % 2)) for k in range(40)]

    (effect,) = effects(rows, views, [KNOWN[0]], 2, 0.3)

    assert effect.alarms.tolist() == [0.0, 1.0]
    assert effect.p < 1e-6
    assert effect.ratio[1] > 1.5 > 0.7 > effect.ratio[0]


def test_objects_of_one_frame_with_one_value_count_once() -> None:
    rows = [outcome({"gain": 0.1}, 0.0, 0) for _ in range(50)] + [outcome({"gain": 0.9}, 1.0, 1) for _ in range(50)]

    (effect,) = effects(rows, [view(0, gain=0.1), view(1, gain=0.9)], [KNOWN[0]], 2, 0.3)

    assert effect.counts.tolist() == [1, 1]
    assert effect.p == 1.0  # two frames prove nothing


@pytest.mark.parametrize(("spread", "freedom", "tail"), [(3.841, 1, 0.05), (9.488, 4, 0.05), (13.277, 4, 0.01)])
def test_the_tail_is_that_of_chi_squareds_tables(spread: float, freedom: int, tail: float) -> None:
    # values whose weighted spread over parts is what the table asks for: two-point data of known variance
    parts, each = freedom + 1, 2000
    rng = np.random.default_rng(0)
    place = np.repeat(np.arange(parts), each)
    noise = rng.standard_normal(len(place))
    for k in range(parts):
        noise[place == k] -= noise[place == k].mean()
    shift = np.zeros(parts)
    shift[0], shift[1] = 1, -1
    scale = math.sqrt(spread * noise.var(ddof=1) / (2 * each))

    p = spread_p(place, noise + scale * shift[place], parts)

    assert p == pytest.approx(tail, rel=0.08)


def test_no_objects_give_no_effects() -> None:
    assert effects([], [view(0, gain=0.1)], KNOWN, 5, 0.3) == []
    assert corner([], [], 0.3) is None
