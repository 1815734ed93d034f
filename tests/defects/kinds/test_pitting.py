"""Pitting: as many pits as the density says, and islands of the share that was asked for."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rendersdg.defects.kinds.pitting import Pitting
from rendersdg.defects.layers import Layers
from tests.defects.painting import painted


def test_the_density_says_how_many_pits_there_are() -> None:
    field = Pitting(length=100.0, breadth=100.0, density=0.01, pit=2.0, spread=0.0, gain=0.3, blur=0.1)
    counts = []
    for seed in range(5):
        layers = painted(field, seed, 1000)
        counts.append(cv2.connectedComponents((layers.gain < 0.8).astype(np.uint8))[0] - 1)

    assert np.mean(counts) == pytest.approx(100, rel=0.15)  # a Poisson number of 100 each; a few touch


def test_islands_cover_their_share() -> None:
    layers = painted(Pitting(density=0.0, erosion=0.3, erosion_gain=0.7))

    assert (layers.gain < 0.85).mean() == pytest.approx(0.3, abs=0.06)
    assert layers.gain.min() == pytest.approx(0.7, abs=1e-3)


def test_pits_are_flat_unless_they_have_a_depth() -> None:
    flat, deep = (painted(Pitting(depth=d)).height for d in (0.0, 0.2))

    assert not flat.any() and deep.min() < -0.1 and deep.max() <= 0


def test_a_field_for_which_no_pit_is_drawn_has_none() -> None:
    layers = painted(Pitting(length=10.0, breadth=10.0, density=0.0))

    assert (layers.gain == 1).all() and not layers.part.any()


def thirds(layers: Layers) -> np.ndarray:
    """Return the share of pits in each of nine parts of the middle of a field."""
    away = np.array(layers.shape) // 6  # from the rim, where a field that drifts thins out anyway
    dark = (layers.gain < 0.8)[away[0] : -away[0], away[1] : -away[1]]
    rows, columns = (np.array_split(np.arange(n), 3) for n in dark.shape)
    return np.array([[dark[np.ix_(r, c)].mean() for c in columns] for r in rows])


def test_drift_lets_the_density_change_over_the_field() -> None:
    plain = {"length": 150.0, "breadth": 150.0, "density": 0.05, "pit": 3.0, "gain": 0.3, "blur": 0.3}
    even, uneven = (thirds(painted(Pitting(drift=d, **plain), 4)) for d in (0.0, 1.0))

    assert even.std() / even.mean() < 0.25
    assert uneven.std() / uneven.mean() > 2 * even.std() / even.mean()


def test_beyond_a_border_there_are_no_pits() -> None:
    layers = painted(Pitting(length=150.0, breadth=150.0, density=0.08, pit=3.0, gain=0.3, border=0.5), 4)
    near = cv2.dilate((layers.gain < 0.8).astype(np.uint8), np.ones((25, 25), np.uint8))  # 9 mm across

    assert near.mean() == pytest.approx(0.55, abs=0.12)


def test_veins_are_thin_lines() -> None:
    layers = painted(Pitting(density=0.0, veins=2, vein=2.0, erosion_gain=0.5))
    dark = (layers.gain < 0.9).astype(np.uint8)

    assert 0.002 < dark.mean() < 0.1
    assert not cv2.erode(dark, np.ones((9, 9), np.uint8)).any()  # nowhere 4 mm wide
