"""Procedural assets."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.assets.library import LIBRARY
from tests.assets.loading import bounds, load
from tests.conftest import Opener


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_procedural_assets_stand_on_the_ground_with_a_plausible_size(open_scene: Opener, name: str) -> None:
    box = bounds(load(open_scene, f"rendersdg:{name}"))

    assert (
        abs(box[:, 2].sum() if name.endswith("about_its_centre") else box[0, 2])
        < 0.02 * np.ptp(box, axis=0).max() + 1e-3
    )
    assert 0.005 < np.ptp(box, axis=0).max() < 65


def test_the_crate_about_its_centre_opens_along_x() -> None:
    parts = {part.name: part.shape for part in LIBRARY["warehouse/crate_about_its_centre"]()}
    points = np.concatenate([shape.vertices for shape in parts.values()])
    slats = parts["slats"].vertices
    bottom = slats[np.abs(slats[:, 1]) < 0.18]  # boards have corners here, walls have none

    assert np.allclose(points.min(0) + points.max(0), 0, atol=0.02) and np.allclose(np.ptp(points, 0), (0.22, 0.4, 0.6))
    assert len(bottom) and bottom[:, 0].max() < -0.09
