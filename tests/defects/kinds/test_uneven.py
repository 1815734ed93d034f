"""Uneven grinding: a band that fades from a straight border."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.kinds.uneven import Uneven
from rendersdg.defects.layers import Layers
from tests.defects.painting import painted


def test_a_band_fades_as_its_formula_says() -> None:
    layers = painted(Uneven(length=40.0, breadth=16.0, gain=1.5, fade=0.6, step=0.01))
    column, t = layers.gain[:, layers.shape[1] // 2], layers.t[:, 0]
    level = np.interp([-7.0, 3.2, 5.6, 7.9], t, column)  # 0.94, 0.3, 0.15 and 0.006 of the breadth from its far side

    assert level == pytest.approx([1.5, 1.25, 1.125, 1.005], abs=0.01)
    assert layers.height.max() == pytest.approx(0.01, rel=0.01)


def border_of(layers: Layers) -> tuple[np.ndarray, np.ndarray]:
    """Return s and t of the lowest row in each column where the band has half of its strength, millimetres."""
    inside = np.flatnonzero(np.abs(layers.s[0]) < 18)
    return layers.s[0][inside], layers.t[:, 0][(layers.gain[:, inside] > 1.25).argmax(0)]


def test_a_slanted_border_leaves_s_by_its_angle_and_keeps_its_middle() -> None:
    s, t = border_of(painted(Uneven(length=40.0, breadth=16.0, gain=1.5, fade=0.02, slant=10.0)))
    rise, middle = np.polyfit(s, t, 1)

    assert np.degrees(np.arctan(rise)) == pytest.approx(10, abs=0.2)
    assert middle == pytest.approx(-8, abs=0.15)


def test_a_ragged_border_strays_about_as_far_as_asked() -> None:
    plain, ragged = (
        border_of(painted(Uneven(length=40.0, breadth=16.0, gain=1.5, fade=0.02, ragged=r)))[1] for r in (0.0, 0.6)
    )

    assert np.ptp(plain) == 0
    assert 0.3 < ragged.std() < 1.2


def test_lines_run_across_the_band_with_their_deviation_and_light_ones_stand_out_most() -> None:
    band = Uneven(length=80.0, breadth=8.0, gain=1.0, fade=0.02, lines=0.3, line=0.4, line_length=400.0)
    layers = painted(band, texels=800)
    inside = layers.gain[np.abs(layers.t[:, 0]) < 3][:, np.abs(layers.s[0]) < 39]

    assert inside.std(1).mean() == pytest.approx(0.3, rel=0.25)
    assert inside.mean() == pytest.approx(1, abs=0.05)
    assert np.ptp(inside, axis=0).max() < 0.1 * np.ptp(inside, axis=1).max()
    assert inside.max() - 1 > 1.5 * (1 - inside.min())
    assert layers.gain[np.abs(layers.s) > 40.5] == pytest.approx(1)
