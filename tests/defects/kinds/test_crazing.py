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
