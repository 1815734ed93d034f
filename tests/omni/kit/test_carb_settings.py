"""The settings tree."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_setting_is_read_back_in_every_form(tmp_path: Path) -> None:
    text = """
    import carb.settings
    settings = carb.settings.get_settings()
    settings.set("/a/b", 2)
    settings.set_default_int("a/b", 5)
    settings.set_default_string("a/c", "x")
    assert (settings.get("a/b"), settings.get_as_float("/a/b"), settings.get_as_bool("/a/b")) == (2, 2.0, True)
    assert settings.get_as_string("/a/c") == "x" and settings.get_as_string("/none") == ""
    settings.set_default("a/b", 7)
    assert settings.get("a/b") == 2
    root = settings.get("/persistent/isaac/asset_root/default")
    from isaacsim.storage.native import get_assets_root_path
    assert root + "/Isaac" == get_assets_root_path() + "/Isaac"
    settings.destroy_item("/a/b")
    assert settings.get("/a/b") is None and settings.get_as_int("/a/b") == 0
    """

    assert ran(tmp_path, text).error is None
