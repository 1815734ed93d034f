"""Layers of defects: a kind paints inside its patch."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects import DEFECTS
from rendersdg.defects.layers import Layers


@pytest.mark.parametrize("kind", list(DEFECTS))
def test_a_kind_paints_inside_its_patch_whatever_the_texel(kind: str) -> None:
    made = DEFECTS[kind]()
    areas = []
    for texels in (120, 300):
        layers = Layers(made.size(), max(made.size()) / texels)
        made.paint(layers, np.random.default_rng(5))
        stack = layers.stack()
        assert np.isfinite(stack).all()
        assert (layers.gain >= 0).all() and (layers.add >= 0).all()
        areas.append((np.abs(layers.gain - 1) + np.abs(layers.height) + layers.add.sum(-1)).mean())

    assert areas[0] > 0
    assert areas[1] == pytest.approx(areas[0], rel=0.4)
