"""Corrosion: rust covers the share of its area that was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.kinds.corrosion import Corrosion
from tests.defects.painting import area, painted


@pytest.mark.parametrize("share", [0.2, 0.55])
def test_rust_covers_its_share(share: float) -> None:
    layers = painted(Corrosion(length=30.0, breadth=22.0, share=share))

    # its edge fades: a little less than the share of the ellipse is covered by half
    assert area(layers, layers.gain < 0.5) == pytest.approx(share * np.pi * 15 * 11, rel=0.15)


def test_rust_is_neither_metal_nor_smooth() -> None:
    layers = painted(Corrosion())
    rusted = layers.gain < 0.01

    assert rusted.any()
    assert layers.metal_gain[rusted].max() < 0.02 and layers.metal_add.max() == 0
    assert layers.rough_add[rusted] == pytest.approx(0.95, abs=0.02)
