"""Folders of assets."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_folder_lists_what_is_at_hand(tmp_path: Path) -> None:
    text = """
    import asyncio, omni.client
    from pathlib import Path
    Path(__file__).with_name("box.usda").write_text("#usda 1.0\\n")
    assert omni.client.stat("box.usda")[0] == omni.client.Result.OK
    result, entries = omni.client.list("omniverse://localhost/NVIDIA/Assets/Fruit")
    assert result == omni.client.Result.OK and all("/" not in e.relative_path for e in entries)
    assert asyncio.get_event_loop().run_until_complete(omni.client.list_async("x")) == (omni.client.Result.OK, ())
    """

    assert ran(tmp_path, text).error is None
