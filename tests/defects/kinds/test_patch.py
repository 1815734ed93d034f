"""Patches: blotches of one level, less what bites and pierces them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rendersdg.defects.kinds.patch import Patch
from rendersdg.defects.layers import Layers
from tests.defects.painting import area, extent, middle, painted


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


def rim(layers: Layers) -> float:
    """Return the area between a quarter and three quarters of the change, for each millimetre of the outline."""
    share = (1 - layers.gain) / (1 - layers.gain.min())
    outline = cv2.findContours((share > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    length = sum(cv2.arcLength(c, True) for c in outline) * layers.texel
    return area(layers, (share > 0.25) & (share < 0.75)) / length


def test_a_lobe_is_a_bar_of_its_size_with_an_edge_as_wide_as_asked() -> None:
    plain = {"mottle": 0.0, "notches": 0, "irregular": 0.0, "lobes": 1, "square": 1.0}
    narrow, wide = (painted(Patch(length=90.0, breadth=40.0, blur=b, **plain)) for b in (4.0, 16.0))
    along, across = extent(narrow, narrow.gain < 0.735)

    assert along == pytest.approx(90 * 0.87, abs=12) and across == pytest.approx(40, abs=8)
    assert rim(wide) > 2.5 * rim(narrow)


def test_square_lobes_fill_their_box_and_round_ones_do_not() -> None:
    shares = []
    for square in (0.0, 1.0):
        layers = painted(
            Patch(length=60.0, breadth=60.0, mottle=0.0, notches=0, irregular=0.0, lobes=1, square=square, blur=1.0)
        )
        dark = layers.gain < 0.735
        rows, columns = np.nonzero(dark)
        shares.append(dark.sum() / ((np.ptp(rows) + 1) * (np.ptp(columns) + 1)))

    assert shares[0] < 0.82 < shares[1]


def test_grit_dissolves_the_edge_and_leaves_the_size() -> None:
    plain = {"mottle": 0.0, "notches": 0, "irregular": 0.2, "lobes": 2, "blur": 4.0}
    clean, dissolved = (painted(Patch(grit=g, speck=2.0, **plain)) for g in (0.0, 3.0))

    def pieces(layers: Layers) -> int:
        return int(cv2.connectedComponents((layers.gain < 0.735).astype(np.uint8))[0]) - 1

    assert pieces(clean) == 1 < pieces(dissolved)
    assert area(dissolved, dissolved.gain < 0.735) == pytest.approx(area(clean, clean.gain < 0.735), rel=0.15)
