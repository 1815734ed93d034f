"""Uneven grinding: a band that fades from a straight border."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.kinds.uneven import Uneven
from tests.defects.painting import painted


def test_a_band_fades_as_its_formula_says() -> None:
    layers = painted(Uneven(length=40.0, breadth=16.0, gain=1.5, fade=0.6, step=0.01))
    column, t = layers.gain[:, layers.shape[1] // 2], layers.t[:, 0]
    level = np.interp([-7.0, 3.2, 5.6, 7.9], t, column)  # 0.94, 0.3, 0.15 and 0.006 of the breadth from its far side

    assert level == pytest.approx([1.5, 1.25, 1.125, 1.005], abs=0.01)
    assert layers.height.max() == pytest.approx(0.01, rel=0.01)
