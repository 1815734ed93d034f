"""Coverage: holes that were made are found, chance alone makes none, and what a scene does not tell is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detectors.samples import Sample, Samples
from rendersdg.graph.distributions import Choice, LogUniform, Normal, Uniform
from rendersdg.graph.parameters import Parameter
from rendersdg.reports.coverage import coverage, covered
from tests.reports.planted import rendered
from tests.reports.sets import labelled


def parameter(distribution: Any, low: float, high: float, scale: Any = "linear", **changes: Any) -> Parameter:
    fields = dict.fromkeys(("also", "entries", "weights"), ())
    return Parameter(
        **{
            "name": "g/op/x",
            "input": "g/op/x",
            "component": None,
            "own_component": None,
            "low": low,
            "high": high,
            "scale": scale,
            "is_fixed": False,
            "distribution": distribution,
            "node": _Node(),
            **fields,
            **changes,
        }
    )


class _Node:
    """As much of a node as coverage looks at."""

    def __init__(self, interval: int = 1) -> None:
        self.trigger = type("Trigger", (), {"interval": interval})()


def frames(values: Any, site: str = "g/op/x") -> dict[int, Any]:
    return {k: {site: [value]} for k, value in enumerate(np.asarray(values).tolist())}


def test_a_hole_is_named_by_its_ends_with_its_probability() -> None:
    values = [0.0, 0.1, 0.2, 0.3, 0.4, 0.8, 0.9] + np.linspace(0, 0.4, 50).tolist()

    (found,), _ = coverage(frames(values), [parameter(Uniform(0, 1), 0, 1)])

    (hole,) = found.holes
    assert (hole.low, hole.high) == (0.4, 0.8)
    assert hole.probability == pytest.approx(58 * 0.6**57)
    assert found.draws == 57 and sum(found.counts) == 57


@pytest.mark.parametrize(
    ("distribution", "low", "high", "scale", "draw"),
    [
        (Uniform(2, 5), 2, 5, "linear", lambda rng, n: rng.uniform(2, 5, n)),
        (LogUniform(1, 1000), 1, 1000, "log", lambda rng, n: np.exp(rng.uniform(0, np.log(1000), n))),
        (Normal(5, 2), -1, 11, "normal", lambda rng, n: rng.normal(5, 2, n)),
    ],
)
def test_chance_alone_makes_no_holes(distribution: Any, low: float, high: float, scale: Any, draw: Any) -> None:
    rng = np.random.default_rng(1)
    known = [parameter(distribution, low, high, scale)]

    alarms = sum(bool(coverage(frames(draw(rng, n)), known)[0][0].holes) for n in (3, 20, 200) for _ in range(100))

    assert alarms <= 6  # 3 on average at most: one in a hundred


def test_a_hole_in_a_logarithm_is_one_on_that_scale() -> None:
    rng = np.random.default_rng(1)
    values = np.exp(rng.uniform(0, np.log(1000), 300))

    (found,), _ = coverage(
        frames(values[(values < 10) | (values > 31)]), [parameter(LogUniform(1, 1000), 1, 1000, "log")]
    )

    (hole,) = found.holes
    assert 9 < hole.low < 10 and 31 < hole.high < 35


def test_an_entry_that_is_never_drawn_is_named_only_where_it_should_have_been() -> None:
    choice = parameter(Choice(["a", "b"]), 0, 0, "entries", entries=("a", "b", "rare"), weights=(0.5, 0.49, 0.01))

    (many,), _ = coverage(frames(["a"] * 40), [choice])
    (few,), _ = coverage(frames(["a"] * 4), [choice])

    assert [h.entry for h in many.holes] == ["b"] and few.holes == ()
    assert many.counts == (40, 0, 0) and many.expected == pytest.approx((20, 19.6, 0.4))


def test_values_that_an_interval_keeps_count_once() -> None:
    values = np.repeat(np.linspace(0, 0.6, 10), 30)

    (found,), _ = coverage(frames(values), [parameter(Uniform(0, 1), 0, 1)])

    assert found.draws == 10 and found.holes == ()


def test_a_parameter_drawn_once_is_no_hole() -> None:
    (found,), _ = coverage(frames([0.5] * 99), [parameter(Uniform(0, 1), 0, 1, is_fixed=True)])

    assert found.is_fixed and found.holes == () and found.draws == 1


def test_parameters_that_go_together_are_named_and_others_are_not() -> None:
    rng = np.random.default_rng(2)
    one, other = rng.random(80), rng.random(80)
    values = {k: {"g/a": [one[k]], "g/b": [one[k] ** 3], "g/c": [other[k]]} for k in range(80)}
    known = [parameter(Uniform(0, 1), 0, 1, name=n, input=n) for n in ("g/a", "g/b", "g/c")]

    _, (pair,) = coverage(values, known)

    assert (pair.first, pair.second, pair.frames) == ("g/a", "g/b", 80)
    assert pair.rho == pytest.approx(1) and pair.probability < 1e-6


def test_what_no_scene_tells_is_shown_between_its_own_bounds() -> None:
    values = {k: {"g/op/number": [float(k)], "g/op/word": ["x" if k % 3 else "y"]} for k in range(9)}

    found, pairs = coverage(values, [])

    number, word = sorted(found, key=lambda c: c.name)
    assert (number.is_known, number.low, number.high, sum(number.counts)) == (False, 0, 8, 9)
    assert word.entries == ("x", "y") and word.counts == (6, 3) and pairs == ()


def test_no_draws_are_no_hole() -> None:
    (found,), _ = coverage({}, [parameter(Uniform(0, 1), 0, 1)])

    assert found.draws == 0 and found.holes == ()


def test_a_set_of_photographs_has_no_parameters(tmp_path: Path) -> None:
    assert covered(labelled(tmp_path, [[]])) is None


def test_a_rendered_set_with_photographs_among_it_says_how_many_are_none_of_its_frames(tmp_path: Path) -> None:
    photographs = labelled(tmp_path / "real", [[]] * 2)
    out = rendered(tmp_path, 6)
    frames = [Sample(out / "images" / f"{k:06d}.png", (160, 120)) for k in range(5)]

    found = covered(photographs.of([*photographs.images, *frames]))

    assert found is not None
    assert found.frames == 5 and found.notes == ("2 images of 7 are of none of its frames.",)
    assert [p.label for p in found.parameters] == ["move.position[0]", "move.position[1]", "move.rotation[2]"]


def test_records_that_are_damaged_are_said_and_the_rest_reported(tmp_path: Path) -> None:
    out = rendered(tmp_path, 3)
    for record in (out / ".rendersdg" / "frames").glob("*.record"):
        record.write_text("{")
    samples = Samples((), (Sample(out / "images" / "000000.png", (160, 120)),))

    found = covered(samples)

    assert found is not None and found.parameters == ()
    assert "cannot be read" in found.notes[0]
