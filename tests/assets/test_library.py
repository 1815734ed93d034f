"""Procedural assets."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.assets.library import LIBRARY
from rendersdg.assets.resolver import modelled
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


def test_the_crate_of_marbles_is_open_along_x(open_scene: Opener) -> None:
    stage = load(open_scene, "rendersdg:warehouse/crate_about_its_centre")
    box = bounds(stage)

    assert np.allclose(box, [[-0.11, -0.2, -0.3], [0.11, 0.2, 0.3]], atol=2e-3)
    slats = next(p for p in LIBRARY["warehouse/crate_about_its_centre"]() if p.name == "slats").shape
    middles = slats.vertices[slats.triangles].mean(axis=1)
    within = (np.abs(middles[:, 1:]) < (0.15, 0.2)).all(axis=1)
    assert within.any() and middles[within, 0].max() < -0.09  # the floor lies at -X, and nothing lies over it


@pytest.mark.parametrize(
    ("path", "unit", "axis"),
    [
        ("omniverse://localhost/NVIDIA/Assets/Isaac/4.0/Isaac/Props/YCB/Axis_Aligned/003_cracker_box.usd", 1.0, "Z"),
        ("omniverse://localhost/NVIDIA/Assets/Isaac/4.0/Isaac/Props/Pallet/pallet.usd", 1.0, "Z"),
        ("omniverse://localhost/NVIDIA/Assets/Characters/Reallusion/Worker/Worker.usd", 0.01, "Z"),
        ("omniverse://localhost/NVIDIA/Assets/Vegetation/Shrub/Boxwood.usd", 0.01, "Z"),
        ("omniverse://localhost/NVIDIA/Assets/ArchVis/Commercial/Conference/Kraft.usd", 0.01, "Z"),
        ("omniverse://localhost/NVIDIA/Assets/Scenes/Templates/Basic/display_riser.usd", 0.01, "Y"),
    ],
)
def test_libraries_have_the_axis_that_scripts_count_on(path: str, unit: float, axis: str) -> None:
    how = modelled(path)

    assert how is not None
    assert (how.up_axis, how.meters_per_unit) == (axis, unit)
