"""Surfaces of scenes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import Opener
from tests.fit.plate import PLATE


def test_a_surface_is_new_in_each_frame_and_comes_back_with_it(open_scene: Opener) -> None:
    session = open_scene(PLATE % 0.4, bare=True)
    images = [session.capture(session.planner.plan(k)).views["Replicator"].buffers.rgb for k in (0, 1, 0)]

    assert np.array_equal(images[0], images[2])
    assert not np.array_equal(images[0], images[1])
    assert images[0][..., 0].mean() == pytest.approx(0.4 * 255, abs=3)
