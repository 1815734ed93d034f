"""Crazing keeps to its direction."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rendersdg.defects.kinds.crazing import Crazing
from rendersdg.defects.kinds.patch import Patch
from rendersdg.defects.layers import Layers


def test_cracks_keep_to_their_direction_and_edges_break_up() -> None:
    steep = []
    for lean in (0.0, 1.0):
        layers = Layers((140.0, 90.0), 0.5)
        Crazing(lean=lean, gaps=0).paint(layers, np.random.default_rng(4))
        dark = (1 - layers.gain).astype(np.float32)
        gx, gy = (np.abs(np.diff(dark, axis=axis)).sum() for axis in (1, 0))
        steep.append(gy / gx)
    assert steep[0] == pytest.approx(1, abs=0.25)
    assert steep[1] > 1.3  # lines along x have their edges across y

    length, dark_share = [], []
    for ragged in (0.0, 1.0):
        layers = Layers((120.0, 100.0), 0.5)
        Patch(mottle=0, blur=14, ragged=ragged).paint(layers, np.random.default_rng(4))
        inside = (layers.gain < 0.735).astype(np.uint8)
        length.append(
            sum(cv2.arcLength(c, True) for c in cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0])
        )
        dark_share.append(inside.mean())
    assert length[1] > 1.5 * length[0]
    assert dark_share[1] == pytest.approx(dark_share[0], rel=0.1)


def cracks(**options: float) -> Layers:
    layers = Layers((140.0, 90.0), 0.5)
    Crazing(gaps=0, gain=0.5, **options).paint(layers, np.random.default_rng(4))
    return layers


def test_a_zigzag_turns_to_and_fro_and_keeps_its_way() -> None:
    steep = []
    for zigzag in (0.1, 1.0):
        dark = 1 - cracks(lean=1.0, zigzag=zigzag, forks=0.0).gain
        gx, gy = (np.abs(np.diff(dark, axis=axis)).sum() for axis in (1, 0))
        steep.append(gy / gx)

    assert steep[0] > 2.5 > 1.5 > steep[1]


def test_flecks_are_darker_than_the_cracks_and_lie_on_them() -> None:
    plain, broken = cracks(zigzag=0.5), cracks(zigzag=0.5, flecks=0.1, fleck=5.0)
    black = broken.gain < 0.45
    reach = cv2.dilate((plain.gain < 0.95).astype(np.uint8), np.ones((21, 21), np.uint8))  # 5 mm each way

    assert plain.gain.min() == pytest.approx(0.5, abs=0.01)
    assert (broken.gain / plain.gain).min() == pytest.approx(0.3, abs=0.02)  # of the ground beside a crack
    assert 0.002 < black.mean() < 0.1
    assert reach[black].mean() > 0.98


def test_without_forks_every_crack_starts_by_itself() -> None:
    def pieces(forks: float) -> int:
        return int(
            np.median(
                [
                    cv2.connectedComponents((layers.gain < 0.9).astype(np.uint8))[0]
                    for layers in (_web(forks, seed) for seed in range(5))
                ]
            )
        )

    assert pieces(0.0) > pieces(1.0) == 2  # one web, and the ground


def _web(forks: float, seed: int) -> Layers:
    layers = Layers((140.0, 90.0), 0.5)
    Crazing(gaps=0, gain=0.5, density=0.02, forks=forks, zigzag=0.4).paint(layers, np.random.default_rng(seed))
    return layers
