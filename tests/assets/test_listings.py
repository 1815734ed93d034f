"""Folders of public libraries that are not at hand: each file that they hold has a stand-in of its own kind."""

from __future__ import annotations

import pytest

from rendersdg.assets.listings import known_files
from rendersdg.assets.stand_ins import NOTHING_NAMED, stand_in_for

FOLDERS = [
    "omniverse://host/Isaac/Props/YCB/Axis_Aligned/",
    "/Isaac/Props/YCB/Axis_Aligned_Physics",
    "/Isaac/Environments/Simple_Warehouse/Props/",
    "/Isaac/Environments/Office/Props/",
    "/Isaac/Environments/Hospital/Props/",
    "/Isaac/Samples/Replicator/Infinigen/dining_rooms/",
]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_of_a_known_folder_is_stood_in_for_by_a_block(folder: str) -> None:
    files = known_files(folder)

    assert files
    assert all(file.startswith(folder.rstrip("/") + "/") and file.endswith(".usd") for file in files)
    assert NOTHING_NAMED not in {stand_in_for(file) for file in files}


def test_nothing_is_known_of_other_folders() -> None:
    assert known_files("/my/own/props") == []
    assert known_files("/thisaac/props/ycb/axis_aligned") == []
