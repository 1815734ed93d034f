"""The application."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_an_application_updates_and_ends(tmp_path: Path) -> None:
    text = """
    import asyncio, omni.kit.app
    app = omni.kit.app.get_app()
    assert omni.kit.app.get_app_interface() is app and app.is_running()
    assert asyncio.get_event_loop().run_until_complete(app.next_update_async()) == 1 / 60
    manager = app.get_extension_manager()
    assert manager.set_extension_enabled_immediate("any", True) and manager.is_extension_enabled("any")
    app.shutdown()
    assert not app.is_running()
    """

    assert ran(tmp_path, text).error is None
