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
    assert asyncio.get_event_loop().run_until_complete(omni.client.list_async("omniverse://localhost/Fruit"))[1]
    """

    assert ran(tmp_path, text).error is None


def test_folders_in_a_folder_say_that_they_can_have_children(tmp_path: Path) -> None:
    (tmp_path / "props" / "chairs").mkdir(parents=True)
    for name in ("box.usd", "chairs/red.usd", "chairs/blue.usd", "notes.txt"):
        (tmp_path / "props" / name).write_text("#usda 1.0\n")
    text = """
    import omni.client
    from pathlib import Path
    result, entries = omni.client.list(str(Path(__file__).with_name("props")))
    assert result == omni.client.Result.OK
    inner = omni.client.ItemFlags.CAN_HAVE_CHILDREN
    assert [(e.relative_path, bool(e.flags & inner)) for e in entries] == [
        ("box.usd", False), ("chairs", True), ("notes.txt", False)]
    """

    assert ran(tmp_path, text).error is None


def test_a_listed_name_behind_its_folder_is_a_path_that_stands_for_that_thing(tmp_path: Path) -> None:
    text = """
    import omni.client, omni.replicator.core as rep
    for folder in ("/Isaac/Props/YCB/Axis_Aligned", "/NVIDIA/Assets/Fruit"):
        url = "omniverse://localhost" + folder
        entries = omni.client.list(url)[1]
        assert entries and all(e.relative_path.endswith(".usd") for e in entries)
        for entry in entries:
            rep.functional.create.reference(usd_path=f"{url}/{entry.relative_path}", name="thing")
    """
    outcome = ran(tmp_path, text)
    stood_in = {e["subject"].rsplit("/", 1)[-1]: e["text"] for e in outcome.report if e["kind"] == "substitution"}

    assert outcome.error is None
    assert stood_in["008_pudding_box.usd"] == "rendersdg:grocery/pudding_box"
    assert stood_in["025_mug.usd"] == "rendersdg:household/mug"
    assert stood_in["banana.usd"] == "rendersdg:fruit/banana"
