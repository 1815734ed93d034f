"""The viewport."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_there_is_one_viewport(tmp_path: Path) -> None:
    text = """
    from omni.kit.viewport.utility import create_viewport_window, get_active_viewport, get_active_viewport_window
    viewport = get_active_viewport()
    viewport.resolution = (640, 480)
    assert get_active_viewport().resolution == (640, 480)
    assert get_active_viewport_window().viewport_api is viewport and create_viewport_window("x").title == "Viewport"
    assert viewport.get_active_camera() == str(viewport.camera_path) == "/OmniverseKit_Persp"
    """

    assert ran(tmp_path, text).error is None
