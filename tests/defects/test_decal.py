"""Decals: images lie on the patch the right way up, cut by their alpha."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.defects.decal import Decal
from tests.defects.painting import painted


def test_the_first_row_of_an_image_is_the_top_of_the_patch() -> None:
    image = np.zeros((8, 8, 4), np.float32)
    image[..., 3] = 1
    image[:4, :, 0] = 1  # the upper half is red
    layers = painted(Decal(10, 10, diffuse=image), texels=64)

    assert layers.add[-4, 32] == pytest.approx((1, 0, 0)) and layers.add[4, 32] == pytest.approx((0, 0, 0))
    assert layers.t[-4, 32] > 0 > layers.t[4, 32]
    assert layers.gain.max() == 0


def test_alpha_cuts_colour_and_roughness() -> None:
    image = np.full((4, 4, 4), 0.5, np.float32)
    rough = np.ones((4, 4, 4), np.float32)
    layers = painted(Decal(10, 5, diffuse=image, roughness=rough), texels=32)

    assert layers.gain == pytest.approx(0.5) and layers.add == pytest.approx(0.25)
    assert layers.rough_gain == pytest.approx(0.5) and layers.rough_add == pytest.approx(0.5)


def test_a_flat_normal_bends_nothing_and_a_tilted_one_does() -> None:
    normal = np.ones((4, 4, 4), np.float32)
    normal[..., :3] = (0.5, 0.5, 1.0)
    tilted = normal.copy()
    tilted[..., :3] = (0.5 + 0.5 * 0.6, 0.5, 0.5 + 0.5 * 0.8)  # three in four to the right

    assert painted(Decal(5, 5, normal=normal)).slopes == pytest.approx(0)
    assert painted(Decal(5, 5, normal=tilted)).slopes[..., 0] == pytest.approx(-0.75)
