"""Patches: blotches of one level, less what bites and pierces them."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.kinds.patch import Patch
from tests.defects.painting import area, middle, painted


def test_a_plain_patch_has_one_level() -> None:
    layers = painted(Patch(gain=0.47, mottle=0.0, notches=0))

    assert middle(layers.gain) == pytest.approx(0.47, abs=1e-3)
    assert layers.gain.max() == 1 and layers.gain.min() == pytest.approx(0.47, abs=1e-3)
    assert not layers.height.any()


def test_notches_and_holes_take_from_it() -> None:
    plain, bitten, pierced = (
        painted(Patch(mottle=0.0, notches=notches, holes=holes, notch=16.0, blur=2.0))
        for notches, holes in ((0, 0), (6, 0), (0, 6))
    )
    whole = area(plain, plain.gain < 0.7)

    assert whole == pytest.approx(np.pi * 36 * 27, rel=0.4)  # two merged ovals with bent outlines
    assert area(bitten, bitten.gain < 0.7) < 0.95 * whole
    assert area(pierced, pierced.gain < 0.7) < 0.95 * whole
