"""Listings and events."""

from __future__ import annotations

from pathlib import Path

from rendersdg.scene import utils
from rendersdg.scene.recorder import recording
from tests.conftest import Opener


def test_files_of_a_folder_are_listed_and_filtered(tmp_path: Path) -> None:
    for name in ("a.usd", "b.usda", "notes.txt", "sub/c.usd"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("#usda 1.0\n")
    with recording(tmp_path):
        flat = utils.get_usd_files(str(tmp_path))
        deep = utils.get_usd_files(str(tmp_path), recursive=True, path_filter=r"\.usd$")

    assert [Path(p).name for p in flat] == ["a.usd", "b.usda"]
    assert [Path(p).name for p in deep] == ["a.usd", "c.usd"]


def test_an_event_fires_what_waits_for_it(open_scene: Opener) -> None:
    session = open_scene(
        "box: {create.cube: {}}\nt: {trigger.on_frame: {interval: 2, max_execs: 3}}\n"
        "e: {trigger.on_custom_event: {event_name: go}}\n"
        "send:\n  with.t:\n    utils.send_og_event: {event_name: go}\n"
        "move:\n  with.e:\n    with.box:\n      modify.pose: {position: {distribution.sequence: "
        "{items: [[0, 0, 1], [0, 0, 2], [0, 0, 3]]}}}\n"
    )

    heights = [session.snapshot(k).instances[0].world_from_mesh[2, 3] for k in range(5)]
    assert heights == [1, 1, 2, 2, 3]
