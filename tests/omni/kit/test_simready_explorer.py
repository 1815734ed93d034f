"""Assets of the SimReady library."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import passes, ran

pytest.importorskip("mujoco")
pytestmark = pytest.mark.extra


def test_assets_are_found_by_words_and_fall_as_their_variant_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = passes("simready", tmp_path, monkeypatch)

    assert any(e["subject"] == "action omni.simready.explorer toggle_window" for e in outcome.report)


def test_a_library_that_is_at_hand_is_the_one_that_is_searched(tmp_path: Path) -> None:
    place = tmp_path / "simready" / "stone_table"
    place.mkdir(parents=True)
    (place / "stone_table.usda").write_text('#usda 1.0\n(defaultPrim = "A")\ndef Xform "A" {}\n')
    text = """
    import asyncio
    import omni.simready.explorer as sre
    (asset,) = asyncio.get_event_loop().run_until_complete(sre.find_assets(["table"]))
    assert asset.name == "stone_table" and asset.main_url.endswith("/stone_table/stone_table.usda")
    added, path = sre.add_asset_to_stage(asset.main_url)
    assert added and path.endswith("/stone_table")
    """
    outcome = ran(tmp_path, text, assets=(("Assets/simready_content/common_assets/props", str(place.parent)),))

    assert outcome.error is None and not [e for e in outcome.report if e["kind"] == "substitution"]
