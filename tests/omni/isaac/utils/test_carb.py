"""Settings."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_a_setting_is_read_back(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    import carb.settings
    from isaacsim.core.utils.carb import get_carb_setting, set_carb_setting
    settings = carb.settings.get_settings()
    set_carb_setting(settings, "/a", 3)
    assert get_carb_setting(settings, "/a") == 3
    """

    assert ran(tmp_path, text).error is None
