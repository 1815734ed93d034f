"""Procedural assets and the stand-ins for a library's names."""

from __future__ import annotations

import numpy as np
import pytest

from rendersdg.assets.library import LIBRARY, stand_in_for
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


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/Isaac/Props/KLT_Bin/small_KLT.usd", "warehouse/crate"),
        ("/NVIDIA/Assets/ArchVis/Residential/Food/Fruit/Lemon_01.usd", "fruit/lemon"),
        ("/Isaac/Environments/Simple_Warehouse/Props/SM_PaletteA_01.usd", "warehouse/pallet"),
        ("/Isaac/Environments/Simple_Warehouse/Props/SM_Thing.usd", "household/block"),
        ("/Isaac/Environments/Simple_Warehouse/warehouse.usd", "environment/warehouse"),
        ("/Isaac/Environments/Grid/default_environment.usd", "environment/ground"),
        (
            "/DigitalTwin/Assets/Warehouse/Equipment/Pallet_Jacks/Scale_A/PalletJackScale_A01_PR_NVD_01.usd",
            "warehouse/pallet_jack",
        ),
        ("/Isaac/Environments/Simple_Room/simple_room.usd", "environment/room"),
        ("/Isaac/Props/Pallet/pallet.usd", "warehouse/pallet"),
        ("/Isaac/Props/YCB/Axis_Aligned/005_tomato_soup_can.usd", "household/can"),
    ],
)
def test_stand_ins_follow_the_name(path: str, name: str) -> None:
    assert stand_in_for(path) == name
