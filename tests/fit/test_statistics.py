"""Statistics of known pictures."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.fit.statistics import NAMES, statistics, told_apart


def test_statistics_of_a_known_picture() -> None:
    x = np.arange(200)
    image = 120 + 20 * np.sin(2 * np.pi * 12 * x / 200)[None] + np.linspace(-15, 15, 200)[:, None]
    found = statistics(np.clip(np.round(image), 0, 255).astype(np.uint8))

    assert found["mean"] == pytest.approx(120, abs=0.2)
    assert found["octave_4"] == pytest.approx(20 / np.sqrt(2), rel=0.05)  # 12 cycles lie in 8 to 16
    assert found["octave_6"] < 0.5
    assert found["slope_y"] == pytest.approx(30, rel=0.05)
    assert abs(found["slope_x"]) < 6
    assert found["lean"] > 100


def test_how_well_statistics_tell_two_sets_apart() -> None:
    rng = np.random.default_rng(0)
    here, there = ({name: rng.standard_normal(400) for name in NAMES} for _ in range(2))
    away = {name: values + (0.5 if name in ("mean", "grain") else 0.0) for name, values in there.items()}

    assert told_apart(here, there) == pytest.approx(0.5, abs=0.08)
    # two independent shifts of half a deviation are sqrt(0.5) together: the best line has AUC Phi(sqrt(0.5) / sqrt(2))
    assert np.mean([told_apart(here, away, seed) for seed in range(5)]) == pytest.approx(0.6915, abs=0.06)
    assert told_apart(here, {name: values + 5 for name, values in there.items()}) == 1.0
