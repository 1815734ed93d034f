"""Dents and bumps: the profile is the formula that their docstring gives."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.kinds.dent import Bump, Dent
from tests.defects.painting import middle, painted


def test_a_round_dent_follows_its_profile() -> None:
    layers = painted(Dent(diameter=12.0, depth=0.6, aspect=1.0, flatness=0.0, irregular=0.0))
    rho = np.hypot(layers.s, layers.t) / 6

    assert layers.height == pytest.approx(-0.6 * np.clip(1 - rho**2, 0, 1) ** 2, abs=1e-4)
    assert ((layers.part == 1) == (rho < 1)).all()  # its floor belongs to it


def test_a_flat_floored_dent_is_deep_almost_to_its_wall() -> None:
    round_, flat = (painted(Dent(flatness=f, irregular=0.0, aspect=1.0)) for f in (0.0, 1.0))

    assert (flat.height < -0.5).sum() > 3 * (round_.height < -0.5).sum()


def test_a_bump_is_a_dent_turned_out() -> None:
    dent, bump = painted(Dent(irregular=0.2)), painted(Bump(irregular=0.2))

    assert np.array_equal(bump.height, -dent.height)
    assert middle(bump.height) == pytest.approx(0.6, rel=0.01)
