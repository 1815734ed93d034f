"""Isaac Lab's launcher."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_arguments_reach_the_application(tmp_path: Path) -> None:
    text = """
    import argparse
    from isaaclab.app import AppLauncher
    parser = argparse.ArgumentParser()
    AppLauncher.add_app_launcher_args(parser)
    launcher = AppLauncher(parser.parse_args(["--headless", "--device", "cpu"]), width=64)
    assert launcher.app.config["headless"] is True and launcher.app.config["width"] == 64
    launcher.app.close()
    """

    assert ran(tmp_path, text).error is None
