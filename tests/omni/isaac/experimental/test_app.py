"""The newest generation's application."""

from __future__ import annotations

from pathlib import Path

from tests.running import ran


def test_updates_end_when_the_callback_says_so(tmp_path: Path) -> None:
    text = """
    from isaacsim import SimulationApp
    app = SimulationApp({})

    from isaacsim.core.experimental.utils import app as utils
    told = []
    utils.update_app(steps=5, callback=lambda step, steps: told.append((step, steps)) or step < 2)
    assert told == [(0, 5), (1, 5), (2, 5)]
    utils.play()
    assert utils.is_playing()
    utils.pause()
    assert not utils.is_playing()
    """

    assert ran(tmp_path, text).error is None
