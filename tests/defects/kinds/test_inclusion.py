"""Inclusions: dark spindles along the rolling direction, flush with the surface."""

from __future__ import annotations

import cv2
import numpy as np

from rendersdg.defects.kinds.inclusion import Inclusion
from tests.defects.painting import extent, painted


def test_a_spindle_lies_along_the_rolling_direction() -> None:
    layers = painted(Inclusion(grains=1, gain=0.5, blur=1.0))
    along, across = extent(layers, layers.gain < 0.9)

    assert along > 2 * across
    assert 0.5 <= layers.gain.min() < 0.75 and layers.gain.max() <= 1
    assert not layers.height.any() and np.all(layers.rough_gain == 1)


def test_strands_lie_side_by_side() -> None:
    one, many = (painted(Inclusion(strands=n, breadth=60.0, blur=1.0)) for n in (1, 6))

    assert extent(many, many.gain < 0.98)[1] > 2 * extent(one, one.gain < 0.98)[1]


def area_of_the_end(taper: float) -> float:
    layers = painted(Inclusion(grains=1, grain=60.0, gain=0.5, blur=0.5, taper=taper))
    dark = layers.gain < 0.9
    along = np.abs(layers.s)
    return float(dark[along > 20].mean() / dark[along < 10].mean())


def test_tapered_spindles_end_in_tails() -> None:
    assert area_of_the_end(1.5) < 0.6 * area_of_the_end(0.0)


def test_a_frayed_inclusion_falls_apart_into_streaks_along_the_rolling_direction() -> None:
    def parts(fray: float) -> tuple[int, float]:
        layers = painted(Inclusion(length=150.0, grain=40.0, grains=6, width=14.0, gain=0.5, blur=2.0, fray=fray), 3)
        _, _, stats, _ = cv2.connectedComponentsWithStats((layers.gain < 0.85).astype(np.uint8))
        pieces = stats[1:][stats[1:, cv2.CC_STAT_AREA] > 8]
        return len(pieces), float(np.median(pieces[:, cv2.CC_STAT_WIDTH] / pieces[:, cv2.CC_STAT_HEIGHT]))

    whole, torn = parts(0.0), parts(1.0)

    assert torn[0] > whole[0]
    assert torn[1] > 1.5


def test_uneven_strands_leave_their_even_places() -> None:
    def gaps(uneven: float) -> np.ndarray:
        kind = Inclusion(strands=8, grains=1, grain=80.0, width=2.0, breadth=80.0, gain=0.3, blur=0.5, uneven=uneven)
        layers = painted(kind)
        dark = (layers.gain[:, layers.shape[1] // 2] < 0.9).astype(int)
        return np.diff(np.flatnonzero(np.diff(dark) == 1))

    assert gaps(1.0).std() > 3 * gaps(0.0).std()
